-- SUPER and VARBYTE, under the numbers that drivers know them by (facts 0.4, 3.2).
--
-- PostgreSQL gives a new type any free number. The shell of a type has no dependants yet, so its number is changed
-- there, and everything after that refers to the right one.

CREATE TYPE pg_catalog.super;
CREATE TYPE pg_catalog.varbyte;
UPDATE pg_catalog.pg_type SET oid = 4000 WHERE typname = 'super';
UPDATE pg_catalog.pg_type SET oid = 6551 WHERE typname = 'varbyte';

-- ---------------------------------------------------------------------------------------------------------------
-- SUPER: JSON text, as it was written
-- ---------------------------------------------------------------------------------------------------------------

CREATE FUNCTION pg_catalog.super_in(cstring) RETURNS super LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'json_in';
CREATE FUNCTION pg_catalog.super_out(super) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'json_out';
CREATE FUNCTION pg_catalog.super_recv(internal) RETURNS super LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'json_recv';
CREATE FUNCTION pg_catalog.super_send(super) RETURNS bytea LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'json_send';
CREATE TYPE pg_catalog.super (
    INPUT = pg_catalog.super_in, OUTPUT = pg_catalog.super_out, RECEIVE = pg_catalog.super_recv,
    SEND = pg_catalog.super_send, LIKE = pg_catalog.json
);
CREATE CAST (super AS json) WITHOUT FUNCTION;
CREATE CAST (json AS super) WITHOUT FUNCTION;

-- Without the blanks between tokens, which Redshift does not keep. (No parameter may be called `json`: since version 16
-- that is a word of the grammar.)
CREATE FUNCTION pg_catalog.json_parse(document varchar) RETURNS super LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT regexp_replace($1::json::text, E'("(?:[^"\\\\]|\\\\.)*")|\\s+', E'\\1', 'g')::json::super
$$;
CREATE FUNCTION pg_catalog.can_json_parse(document varchar) RETURNS bool LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    PERFORM document::json;
    RETURN true;
EXCEPTION WHEN invalid_text_representation THEN
    RETURN false;
END $$;
-- What a function makes of a value is a VARCHAR only as far as one reaches; the guide says that it fails beyond, and no words.
CREATE FUNCTION redshift_catalog.whole_varchar(made text) RETURNS varchar LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    IF octet_length(made) > 65535 THEN
        RAISE EXCEPTION USING ERRCODE = '22001', MESSAGE = 'value too long for type character varying(65535)';
    END IF;
    RETURN made::varchar;
END $$;
-- Of a NULL too it makes a text [DG JSON_SERIALIZE].
CREATE FUNCTION pg_catalog.json_serialize(value super) RETURNS varchar LANGUAGE sql IMMUTABLE AS $$
    SELECT redshift_catalog.whole_varchar(coalesce(value::json::text, 'null'))
$$;
CREATE FUNCTION pg_catalog.json_typeof(value super) RETURNS varchar LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT pg_catalog.json_typeof(value::json)::varchar
$$;

-- A scalar becomes its value. What does not fit becomes NULL, as cast_super_null_on_error says by default.
CREATE FUNCTION redshift_catalog.scalar(value super, kind text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE WHEN pg_catalog.json_typeof(value::json) = kind THEN value::json #>> '{}' END
$$;
CREATE FUNCTION redshift_catalog.super_to_varchar(super) RETURNS varchar LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE WHEN pg_catalog.json_typeof($1::json) NOT IN ('object', 'array') THEN $1::json #>> '{}' END::varchar
$$;
CREATE FUNCTION redshift_catalog.super_to_bigint(super) RETURNS int8 LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT redshift_catalog.scalar($1, 'number')::numeric::int8
$$;
CREATE FUNCTION redshift_catalog.super_to_integer(super) RETURNS int4 LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT redshift_catalog.scalar($1, 'number')::numeric::int4
$$;
CREATE FUNCTION redshift_catalog.super_to_numeric(super) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT redshift_catalog.scalar($1, 'number')::numeric
$$;
CREATE FUNCTION redshift_catalog.super_to_double(super) RETURNS float8 LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT redshift_catalog.scalar($1, 'number')::float8
$$;
CREATE FUNCTION redshift_catalog.super_to_boolean(super) RETURNS bool LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT redshift_catalog.scalar($1, 'boolean')::bool
$$;
CREATE CAST (super AS varchar) WITH FUNCTION redshift_catalog.super_to_varchar(super) AS ASSIGNMENT;
CREATE CAST (super AS int8) WITH FUNCTION redshift_catalog.super_to_bigint(super) AS ASSIGNMENT;
CREATE CAST (super AS int4) WITH FUNCTION redshift_catalog.super_to_integer(super) AS ASSIGNMENT;
CREATE CAST (super AS numeric) WITH FUNCTION redshift_catalog.super_to_numeric(super) AS ASSIGNMENT;
CREATE CAST (super AS float8) WITH FUNCTION redshift_catalog.super_to_double(super) AS ASSIGNMENT;
CREATE CAST (super AS bool) WITH FUNCTION redshift_catalog.super_to_boolean(super) AS ASSIGNMENT;

CREATE FUNCTION redshift_catalog.to_super(varchar) RETURNS super LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT to_json($1)::super
$$;
CREATE FUNCTION redshift_catalog.to_super(int8) RETURNS super LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT to_json($1)::super
$$;
CREATE FUNCTION redshift_catalog.to_super(int4) RETURNS super LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT to_json($1)::super
$$;
CREATE FUNCTION redshift_catalog.to_super(numeric) RETURNS super LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT to_json($1)::super
$$;
CREATE FUNCTION redshift_catalog.to_super(float8) RETURNS super LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT to_json($1)::super
$$;
CREATE FUNCTION redshift_catalog.to_super(bool) RETURNS super LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT to_json($1)::super
$$;
CREATE CAST (varchar AS super) WITH FUNCTION redshift_catalog.to_super(varchar) AS ASSIGNMENT;
CREATE CAST (int8 AS super) WITH FUNCTION redshift_catalog.to_super(int8) AS ASSIGNMENT;
CREATE CAST (int4 AS super) WITH FUNCTION redshift_catalog.to_super(int4) AS ASSIGNMENT;
CREATE CAST (numeric AS super) WITH FUNCTION redshift_catalog.to_super(numeric) AS ASSIGNMENT;
CREATE CAST (float8 AS super) WITH FUNCTION redshift_catalog.to_super(float8) AS ASSIGNMENT;
CREATE CAST (bool AS super) WITH FUNCTION redshift_catalog.to_super(bool) AS ASSIGNMENT;

-- ---------------------------------------------------------------------------------------------------------------
-- VARBYTE: bytes
-- ---------------------------------------------------------------------------------------------------------------

CREATE FUNCTION pg_catalog.varbyte_in(cstring) RETURNS varbyte LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'byteain';
CREATE FUNCTION pg_catalog.varbyte_out(varbyte) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'byteaout';
CREATE FUNCTION pg_catalog.varbyte_recv(internal) RETURNS varbyte LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'bytearecv';
CREATE FUNCTION pg_catalog.varbyte_send(varbyte) RETURNS bytea LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'byteasend';
CREATE TYPE pg_catalog.varbyte (
    INPUT = pg_catalog.varbyte_in, OUTPUT = pg_catalog.varbyte_out, RECEIVE = pg_catalog.varbyte_recv,
    SEND = pg_catalog.varbyte_send, TYPMOD_IN = pg_catalog.varchartypmodin, TYPMOD_OUT = pg_catalog.varchartypmodout,
    LIKE = pg_catalog.bytea
);
-- Not by assignment: a driver that sends bytea is refused (fact 4.4).
CREATE CAST (varbyte AS bytea) WITHOUT FUNCTION;
CREATE CAST (bytea AS varbyte) WITHOUT FUNCTION;

-- What INSERT and UPDATE call for a column of a certain length; COPY does not, it has judged the value before.
CREATE FUNCTION redshift_catalog.fit_varbyte(value varbyte, modifier int4, explicit bool) RETURNS varbyte
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    IF length(value::bytea) <= modifier - 4 THEN
        RETURN value;
    ELSIF explicit THEN
        RETURN substr(value::bytea, 1, modifier - 4)::varbyte;
    END IF;
    RAISE EXCEPTION USING ERRCODE = '22001', MESSAGE = format('value too long for type binary varying(%s)', modifier - 4);
END $$;
CREATE CAST (varbyte AS varbyte) WITH FUNCTION redshift_catalog.fit_varbyte(varbyte, int4, bool) AS IMPLICIT;

CREATE FUNCTION redshift_catalog.varchar_to_varbyte(varchar) RETURNS varbyte LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT convert_to($1, 'UTF8')::varbyte
$$;
CREATE CAST (varchar AS varbyte) WITH FUNCTION redshift_catalog.varchar_to_varbyte(varchar) AS ASSIGNMENT;

CREATE FUNCTION pg_catalog.to_varbyte(value varchar, format varchar) RETURNS varbyte LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE lower(format) WHEN 'hex' THEN decode(value, 'hex')
                              WHEN 'base64' THEN decode(value, 'base64')
                              ELSE convert_to(value, format) END::varbyte
$$;
CREATE FUNCTION pg_catalog.from_varbyte(value varbyte, format varchar) RETURNS varchar LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT redshift_catalog.whole_varchar(CASE lower(format) WHEN 'hex' THEN encode(value::bytea, 'hex')
                                                             WHEN 'base64' THEN encode(value::bytea, 'base64')
                                                             ELSE convert_from(value::bytea, format) END)
$$;
CREATE FUNCTION redshift_catalog.varbyte_to_varchar(varbyte) RETURNS varchar LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT redshift_catalog.whole_varchar(convert_from($1::bytea, 'UTF8'))
$$;
CREATE CAST (varbyte AS varchar) WITH FUNCTION redshift_catalog.varbyte_to_varchar(varbyte) AS ASSIGNMENT;

-- The whole of a SUPER, as bytes reach farther than a VARCHAR [DG JSON_SERIALIZE_TO_VARBYTE].
CREATE FUNCTION pg_catalog.json_serialize_to_varbyte(value super) RETURNS varbyte LANGUAGE sql IMMUTABLE AS $$
    SELECT convert_to(coalesce(value::json::text, 'null'), 'UTF8')::varbyte
$$;

CREATE FUNCTION pg_catalog.varbyte_eq(varbyte, varbyte) RETURNS bool LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'byteaeq';
CREATE FUNCTION pg_catalog.varbyte_ne(varbyte, varbyte) RETURNS bool LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'byteane';
CREATE FUNCTION pg_catalog.varbyte_lt(varbyte, varbyte) RETURNS bool LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'bytealt';
CREATE FUNCTION pg_catalog.varbyte_le(varbyte, varbyte) RETURNS bool LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'byteale';
CREATE FUNCTION pg_catalog.varbyte_gt(varbyte, varbyte) RETURNS bool LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'byteagt';
CREATE FUNCTION pg_catalog.varbyte_ge(varbyte, varbyte) RETURNS bool LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'byteage';
CREATE FUNCTION pg_catalog.varbyte_cmp(varbyte, varbyte) RETURNS int4 LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'byteacmp';
CREATE OPERATOR pg_catalog.= (LEFTARG = varbyte, RIGHTARG = varbyte, FUNCTION = pg_catalog.varbyte_eq, COMMUTATOR = OPERATOR(pg_catalog.=), MERGES);
CREATE OPERATOR pg_catalog.<> (LEFTARG = varbyte, RIGHTARG = varbyte, FUNCTION = pg_catalog.varbyte_ne, COMMUTATOR = OPERATOR(pg_catalog.<>), NEGATOR = OPERATOR(pg_catalog.=));
CREATE OPERATOR pg_catalog.< (LEFTARG = varbyte, RIGHTARG = varbyte, FUNCTION = pg_catalog.varbyte_lt);
CREATE OPERATOR pg_catalog.<= (LEFTARG = varbyte, RIGHTARG = varbyte, FUNCTION = pg_catalog.varbyte_le);
CREATE OPERATOR pg_catalog.> (LEFTARG = varbyte, RIGHTARG = varbyte, FUNCTION = pg_catalog.varbyte_gt);
CREATE OPERATOR pg_catalog.>= (LEFTARG = varbyte, RIGHTARG = varbyte, FUNCTION = pg_catalog.varbyte_ge);
CREATE OPERATOR CLASS pg_catalog.varbyte_ops DEFAULT FOR TYPE varbyte USING btree AS
    OPERATOR 1 pg_catalog.<, OPERATOR 2 pg_catalog.<=, OPERATOR 3 pg_catalog.=, OPERATOR 4 pg_catalog.>=,
    OPERATOR 5 pg_catalog.>, FUNCTION 1 pg_catalog.varbyte_cmp(varbyte, varbyte);

-- ---------------------------------------------------------------------------------------------------------------
-- Their names in the catalog
-- ---------------------------------------------------------------------------------------------------------------

ALTER FUNCTION pg_catalog.format_type(oid, int4) RENAME TO postgres_format_type;
CREATE FUNCTION pg_catalog.format_type(type oid, modifier int4) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN type = 6551 THEN 'binary varying' || CASE WHEN modifier > 4 THEN format('(%s)', modifier - 4) ELSE '' END
                ELSE pg_catalog.postgres_format_type(type, modifier) END
$$;
