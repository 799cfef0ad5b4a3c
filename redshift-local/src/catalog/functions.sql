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

-- PostgreSQL first, which also says whether the caller may; and then the proxy, since PostgreSQL does not see a signal
-- while it waits for the rows of a COPY (fact 4.7). How an order reaches the proxy, faults.sql says.
ALTER FUNCTION pg_catalog.pg_cancel_backend(int) RENAME TO postgres_cancel_backend;
CREATE FUNCTION pg_catalog.pg_cancel_backend(pid int) RETURNS bool LANGUAGE plpgsql STRICT AS $$
BEGIN
    IF pg_catalog.postgres_cancel_backend(pid) THEN
        RAISE INFO USING ERRCODE = 'RLOCL', MESSAGE = json_build_object('order', 'cancel', 'session', pid)::text;
        RETURN true;
    END IF;
    RETURN false;
END $$;

-- Set by the proxy before any statement that asks.
CREATE FUNCTION pg_catalog.pg_last_copy_count() RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT current_setting('redshift_local.last_copy_count')::bigint
$$;
CREATE FUNCTION pg_catalog.pg_last_copy_id() RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT current_setting('redshift_local.last_copy_id')::integer
$$;
