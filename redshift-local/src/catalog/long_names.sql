-- Names that PostgreSQL would cut (fact 3.6): it knows them by stand-ins, which the catalog's views turn into the names
-- again. src/sql/long_name.rs makes the same stand-ins.

CREATE SCHEMA redshift_catalog;
GRANT USAGE ON SCHEMA redshift_catalog TO PUBLIC;

-- Written by the proxy on a session of its own, so that a name is here before anything is called by it, and stays
-- whatever becomes of that.
CREATE TABLE redshift_catalog.long_names (
    stand_in text PRIMARY KEY,
    name     text NOT NULL
);
GRANT SELECT ON redshift_catalog.long_names TO PUBLIC;

-- The text with names in the places of stand-ins. The session's open transaction may have begun before a name of its
-- own was kept; the proxy has left it beside the transaction.
CREATE FUNCTION redshift_catalog.restored(said text) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    own jsonb := nullif(current_setting('redshift_local.long_names', true), '')::jsonb;
    found text;
BEGIN
    FOR found IN SELECT m[1] FROM regexp_matches(said, '(rs_long[_$][a-z2-7]{20})', 'g') AS m LOOP
        said := replace(said, found, coalesce(
            own ->> found, (SELECT l.name FROM redshift_catalog.long_names l WHERE l.stand_in = found), found));
    END LOOP;
    RETURN said;
END $$;

-- A name as the catalog shows it.
CREATE FUNCTION redshift_catalog.shown(name name) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN strpos($1::text, 'rs_long') = 0 THEN $1::text ELSE redshift_catalog.restored($1::text) END
$$;

CREATE FUNCTION redshift_catalog.stand_in(name text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    hash text := CASE WHEN starts_with(name, '#') THEN '#' ELSE '' END;
    digest bytea := sha256(convert_to(substr(name, length(hash) + 1), 'UTF8'));
BEGIN
    IF octet_length(name) <= 63 THEN
        RETURN name;
    ELSIF octet_length(name) > 127 THEN
        RAISE EXCEPTION USING ERRCODE = '42622', MESSAGE = format('identifier "%s" is longer than 127 bytes', name);
    END IF;
    RETURN hash || CASE WHEN substr(name, length(hash) + 1) ~ '^[a-z_][a-z0-9_]*$' THEN 'rs_long_' ELSE 'rs_long$' END ||
           (SELECT string_agg(substr('abcdefghijklmnopqrstuvwxyz234567', (get_byte(digest, place) & 31) + 1, 1), ''
                              ORDER BY place) FROM generate_series(0, 19) AS place);
END $$;

-- A text that PostgreSQL reads as names (a table with its schema, a search path), for PostgreSQL.
CREATE FUNCTION redshift_catalog.for_postgres(said text) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    part text;
    name text;
    whole text := '';
BEGIN
    FOR part IN
        SELECT m[1] FROM regexp_matches(said, '("(?:[^"]|"")*"|[^".,[:space:]]+|[".,[:space:]])', 'g') AS m
    LOOP
        name := CASE WHEN part LIKE '"%"' THEN replace(substr(part, 2, length(part) - 2), '""', '"') ELSE lower(part) END;
        IF octet_length(name) > 63 THEN
            IF current_setting('redshift_local.enable_case_sensitive_identifier', true) IS DISTINCT FROM 'on' THEN
                name := lower(name);
            END IF;
            part := quote_ident(redshift_catalog.stand_in(name));
        END IF;
        whole := whole || part;
    END LOOP;
    RETURN whole;
END $$;

-- Functions that take or give names as texts.
ALTER FUNCTION pg_catalog.to_regclass(text) RENAME TO postgres_to_regclass;
CREATE FUNCTION pg_catalog.to_regclass(text) RETURNS regclass LANGUAGE sql STABLE STRICT AS $$
    SELECT pg_catalog.postgres_to_regclass(CASE WHEN octet_length($1) < 64 THEN $1 ELSE redshift_catalog.for_postgres($1) END)
$$;
ALTER FUNCTION pg_catalog.to_regnamespace(text) RENAME TO postgres_to_regnamespace;
CREATE FUNCTION pg_catalog.to_regnamespace(text) RETURNS regnamespace LANGUAGE sql STABLE STRICT AS $$
    SELECT pg_catalog.postgres_to_regnamespace(CASE WHEN octet_length($1) < 64 THEN $1 ELSE redshift_catalog.for_postgres($1) END)
$$;
CREATE FUNCTION redshift_catalog.to_regclass(text) RETURNS regclass LANGUAGE sql STABLE STRICT AS $$
    SELECT pg_catalog.regclass(CASE WHEN octet_length($1) < 64 THEN $1 ELSE redshift_catalog.for_postgres($1) END)
$$;
UPDATE pg_catalog.pg_cast SET castfunc = 'redshift_catalog.to_regclass(text)'::regprocedure
 WHERE casttarget = 'regclass'::regtype AND castsource IN ('text'::regtype, 'varchar'::regtype);

ALTER FUNCTION pg_catalog.current_schema() RENAME TO postgres_current_schema;
CREATE FUNCTION pg_catalog.current_schema() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT redshift_catalog.shown(pg_catalog.postgres_current_schema())
$$;
ALTER FUNCTION pg_catalog.current_schemas(bool) RENAME TO postgres_current_schemas;
CREATE FUNCTION pg_catalog.current_schemas(implicit bool) RETURNS text[] LANGUAGE sql STABLE STRICT AS $$
    SELECT ARRAY(SELECT redshift_catalog.shown(path.name)
                   FROM postgres_unnest(pg_catalog.postgres_current_schemas($1)) WITH ORDINALITY AS path(name, place)
                  ORDER BY path.place)
$$;
ALTER FUNCTION pg_catalog.set_config(text, text, bool) RENAME TO postgres_set_config;
CREATE FUNCTION pg_catalog.set_config(setting text, value text, is_local bool) RETURNS text LANGUAGE sql VOLATILE AS $$
    -- How PostgreSQL tells that it has cut a name is not for a client to turn off.
    SELECT pg_catalog.postgres_set_config(
        CASE lower($1) WHEN 'client_min_messages' THEN 'redshift_local.client_min_messages' ELSE $1 END,
        CASE WHEN lower($1) = 'search_path' THEN redshift_catalog.for_postgres($2) ELSE $2 END, $3)
$$;

-- The last argument is the privilege, the one before it the object's name.
DO $$
DECLARE
    found record;
BEGIN
    FOR found IN
        SELECT p.oid, p.proname, p.pronargs, pg_catalog.pg_get_function_arguments(p.oid) AS arguments
          FROM pg_catalog.pg_proc p
         WHERE p.pronamespace = 'pg_catalog'::regnamespace
           AND p.proname IN ('has_schema_privilege', 'has_table_privilege')
           AND p.proargtypes[p.pronargs - 2] = 'text'::regtype
    LOOP
        EXECUTE format('ALTER FUNCTION %s RENAME TO %I', found.oid::regprocedure, 'postgres_' || found.proname);
        EXECUTE format('CREATE FUNCTION pg_catalog.%I(%s) RETURNS bool LANGUAGE sql STABLE STRICT AS %L',
            found.proname, found.arguments,
            format('SELECT pg_catalog.%I(%s redshift_catalog.for_postgres($%s), $%s)', 'postgres_' || found.proname,
                   CASE WHEN found.pronargs = 3 THEN '$1,' ELSE '' END, found.pronargs - 1, found.pronargs));
    END LOOP;
END $$;

-- Gives a catalog's names to a view that shows them whole. What is defined over the catalog stays with PostgreSQL's own.
CREATE FUNCTION redshift_catalog.show_names_of(catalog regclass) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    named name := (SELECT relname FROM pg_catalog.postgres_class WHERE oid = catalog);
    schema regnamespace := (SELECT relnamespace FROM pg_catalog.postgres_class WHERE oid = catalog);
BEGIN
    EXECUTE format('ALTER %s %s RENAME TO %I',
        CASE (SELECT relkind FROM pg_catalog.postgres_class WHERE oid = catalog) WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END,
        catalog, 'postgres_' || regexp_replace(named, '^pg_', ''));
    EXECUTE format('CREATE VIEW %s.%I AS SELECT %s FROM %s c', schema, named, redshift_catalog.shown_columns(catalog), catalog);
    EXECUTE format('GRANT SELECT ON %s.%I TO PUBLIC', schema, named);
END $$;

-- The columns of a catalog that a query calls `c`, names among them whole.
CREATE FUNCTION redshift_catalog.shown_columns(catalog regclass) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT string_agg(
                   CASE WHEN a.atttypid IN ('name'::regtype, 'information_schema.sql_identifier'::regtype)
                        THEN format('redshift_catalog.shown(c.%1$I::name) AS %1$I', a.attname)
                        ELSE format('c.%I', a.attname) END, ', ' ORDER BY a.attnum)
          FROM pg_catalog.postgres_attribute a
         WHERE a.attrelid = catalog AND a.attnum > 0 AND NOT a.attisdropped);
END $$;
