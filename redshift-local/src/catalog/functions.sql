-- Functions of Redshift that a client calls, beside those that belong to a catalog.

ALTER FUNCTION pg_catalog.version() RENAME TO postgres_version;
CREATE FUNCTION pg_catalog.version() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT 'PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2 20041017 (Red Hat 3.4.2-6.fc3), Redshift 1.0.99999'::text
$$;

CREATE FUNCTION pg_catalog.getdate() RETURNS timestamp LANGUAGE sql STABLE AS $$
    SELECT date_trunc('second', statement_timestamp() AT TIME ZONE 'UTC')
$$;
CREATE FUNCTION pg_catalog.sysdate() RETURNS timestamp LANGUAGE sql STABLE AS $$
    SELECT transaction_timestamp() AT TIME ZONE 'UTC'
$$;

CREATE FUNCTION pg_catalog.charindex(part text, whole text) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT pg_catalog.strpos(whole, part)
$$;
-- Without a replacement the matches are removed, all of them.
CREATE FUNCTION pg_catalog.regexp_replace(source text, pattern text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT pg_catalog.regexp_replace(source, pattern, '', 'g')
$$;

-- The proxy cancels, since PostgreSQL does not see a signal while it waits for the rows of a COPY (fact 4.7). How an
-- order reaches the proxy, faults.sql says.
ALTER FUNCTION pg_catalog.pg_cancel_backend(int) RENAME TO postgres_cancel_backend;
CREATE FUNCTION pg_catalog.pg_cancel_backend(pid int) RETURNS bool LANGUAGE plpgsql STRICT AS $$
DECLARE
    owner name := (SELECT a.usename FROM pg_catalog.pg_stat_activity a WHERE a.pid = pg_cancel_backend.pid);
BEGIN
    IF owner IS NULL THEN
        RAISE WARNING 'PID % is not a PostgreSQL server process', pid;
        RETURN false;
    END IF;
    IF owner <> current_user AND NOT (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'must be superuser to signal other server processes';
    END IF;
    RAISE INFO USING ERRCODE = 'RLOCL', MESSAGE = json_build_object('order', 'cancel', 'session', pid)::text;
    RETURN true;
END $$;

-- Set by the proxy before any statement that asks.
CREATE FUNCTION pg_catalog.pg_last_copy_count() RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT current_setting('redshift_local.last_copy_count')::bigint
$$;
CREATE FUNCTION pg_catalog.pg_last_copy_id() RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT current_setting('redshift_local.last_copy_id')::integer
$$;
