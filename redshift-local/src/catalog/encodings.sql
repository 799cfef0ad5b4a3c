-- How columns are encoded: said by CREATE TABLE, or Redshift's own choice.

-- The numbers are ours; only what format_encoding makes of them is documented.
CREATE FUNCTION redshift_catalog.encodings() RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT ARRAY['none', 'bytedict', 'delta', 'delta32k', 'lzo', 'mostly8', 'mostly16', 'mostly32', 'runlength',
                 'text255', 'text32k', 'zstd', 'az64']
$$;
CREATE FUNCTION pg_catalog.format_encoding(encoding integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT (redshift_catalog.encodings())[encoding + 1]
$$;

-- A column's encoding where CREATE TABLE did not say one (fact 2.14).
CREATE FUNCTION redshift_catalog.encoding_number(said text, type oid, sortkeyord int2, is_temporary bool) RETURNS smallint
LANGUAGE sql STABLE AS $$
    SELECT (postgres_array_position(redshift_catalog.encodings(), CASE
        WHEN said = 'raw' THEN 'none'
        WHEN said <> 'auto' THEN said
        WHEN sortkeyord <> 0 OR is_temporary THEN 'none'
        WHEN type IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'numeric'::regtype, 'date'::regtype,
                      'time'::regtype, 'timetz'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype) THEN 'az64'
        WHEN type IN ('bpchar'::regtype, 'varchar'::regtype, 'varbyte'::regtype) THEN 'lzo'
        WHEN type = 'super'::regtype THEN 'zstd'
        ELSE 'none' END) - 1)::smallint
$$;
