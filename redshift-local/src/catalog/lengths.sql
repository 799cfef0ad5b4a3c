-- VARCHAR is measured in bytes, CHAR holds single bytes only (fact 0.19).
--
-- PostgreSQL fits a value into a column of a certain length by a cast of the type to itself, which INSERT, UPDATE and
-- MERGE call. These casts are ours. COPY calls none of them: it has judged its rows before, so this costs it nothing.

-- Whole characters as far as they fit: what an explicit cast keeps.
CREATE FUNCTION redshift_catalog.cut(value text, bytes int4) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    kept text := left(value, bytes);
BEGIN
    WHILE octet_length(kept) > bytes LOOP
        kept := left(kept, -1);
    END LOOP;
    RETURN kept;
END $$;

CREATE FUNCTION redshift_catalog.too_long_for_varchar(value varchar, bytes int4, explicit bool) RETURNS varchar
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    -- Blanks at the end are cut off rather than refused.
    IF explicit OR octet_length(rtrim(value, ' ')) <= bytes THEN
        RETURN redshift_catalog.cut(value, bytes);
    END IF;
    RAISE EXCEPTION USING ERRCODE = '22001', MESSAGE = format('value too long for type character varying(%s)', bytes);
END $$;
CREATE FUNCTION redshift_catalog.fit_varchar(value varchar, modifier int4, explicit bool) RETURNS varchar
LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE WHEN octet_length(value) <= modifier - 4 THEN value
                ELSE redshift_catalog.too_long_for_varchar(value, modifier - 4, explicit) END
$$;

CREATE FUNCTION redshift_catalog.multibyte(value bpchar) RETURNS bpchar LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '22021',
        MESSAGE = format('Multibyte character not supported for CHAR (Hint: try using VARCHAR). Invalid char: %s',
                         encode(convert_to(substring(value FROM '[^[:ascii:]]'), 'UTF8'), 'hex'));
END $$;
CREATE FUNCTION redshift_catalog.fit_char(value bpchar, modifier int4, explicit bool) RETURNS bpchar
LANGUAGE sql IMMUTABLE STRICT AS $$
    -- As text it has lost the blanks at its end, on both sides.
    SELECT CASE WHEN octet_length(value::text) = char_length(value::text) THEN pg_catalog.bpchar(value, modifier, explicit)
                ELSE redshift_catalog.multibyte(value) END
$$;

-- A CHAR of a system view, which holds whatever stood in a file or in a name.
CREATE FUNCTION redshift_catalog.padded(value text, length int4) RETURNS bpchar LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT pg_catalog.bpchar(value::bpchar, length + 4, true)
$$;

UPDATE pg_catalog.pg_cast SET castfunc = 'redshift_catalog.fit_varchar(varchar, int4, bool)'::regprocedure
 WHERE castsource = 'varchar'::regtype AND casttarget = 'varchar'::regtype;
UPDATE pg_catalog.pg_cast SET castfunc = 'redshift_catalog.fit_char(bpchar, int4, bool)'::regprocedure
 WHERE castsource = 'bpchar'::regtype AND casttarget = 'bpchar'::regtype;
