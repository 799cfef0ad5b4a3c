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

-- The part comes as a literal: the proxy has put quotes around a bare word. Only timestamps, so that a literal is one.
CREATE FUNCTION redshift_catalog.date_part_of(word text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    part text := CASE
        WHEN word IN ('year', 'years', 'y', 'yr', 'yrs') THEN 'year'
        WHEN word IN ('quarter', 'quarters', 'qtr', 'qtrs') THEN 'quarter'
        WHEN word IN ('month', 'months', 'mon', 'mons') THEN 'month'
        WHEN word IN ('week', 'weeks', 'w') THEN 'week'
        WHEN word IN ('day', 'days', 'd') THEN 'day'
        WHEN word IN ('hour', 'hours', 'h', 'hr', 'hrs') THEN 'hour'
        WHEN word IN ('minute', 'minutes', 'm', 'min', 'mins') THEN 'minute'
        WHEN word IN ('second', 'seconds', 's', 'sec', 'secs') THEN 'second'
        WHEN word IN ('millisecond', 'milliseconds', 'ms', 'msec', 'msecs', 'msecond', 'mseconds', 'millisec', 'millisecs', 'millisecon') THEN 'milliseconds'
        WHEN word IN ('microsecond', 'microseconds', 'us', 'usec', 'usecs', 'usecond', 'useconds', 'microsec', 'microsecs', 'microsecond') THEN 'microseconds' END;
BEGIN
    IF part IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '0A000', MESSAGE = format('the datepart %s is not covered by redshift-local', word);
    END IF;
    RETURN part;
END $$;
CREATE FUNCTION pg_catalog.dateadd(part text, many bigint, at timestamp) RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE redshift_catalog.date_part_of(lower(part))
           WHEN 'quarter' THEN at + many * 3 * interval '1 month'
           ELSE at + many * ('1 ' || redshift_catalog.date_part_of(lower(part)))::interval END
$$;
-- Boundaries that lie between the two. On which day a week begins the guide does not say.
CREATE FUNCTION pg_catalog.datediff(part text, earlier timestamp, later timestamp) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    unit text := redshift_catalog.date_part_of(lower(part));
    years bigint := extract(year FROM later)::bigint - extract(year FROM earlier)::bigint;
BEGIN
    IF unit = 'week' THEN
        RAISE EXCEPTION USING ERRCODE = '0A000', MESSAGE = 'DATEDIFF of weeks is not covered by redshift-local';
    END IF;
    RETURN CASE unit
        WHEN 'year' THEN years
        WHEN 'quarter' THEN years * 4 + extract(quarter FROM later)::bigint - extract(quarter FROM earlier)::bigint
        WHEN 'month' THEN years * 12 + extract(month FROM later)::bigint - extract(month FROM earlier)::bigint
        WHEN 'day' THEN later::date - earlier::date
        WHEN 'hour' THEN extract(epoch FROM date_trunc('hour', later) - date_trunc('hour', earlier))::bigint / 3600
        WHEN 'minute' THEN extract(epoch FROM date_trunc('minute', later) - date_trunc('minute', earlier))::bigint / 60
        WHEN 'second' THEN extract(epoch FROM date_trunc('second', later) - date_trunc('second', earlier))::bigint
        WHEN 'milliseconds' THEN (extract(epoch FROM date_trunc('milliseconds', later) - date_trunc('milliseconds', earlier)) * 1000)::bigint
        WHEN 'microseconds' THEN (extract(epoch FROM later - earlier) * 1000000)::bigint
    END;
END $$;
CREATE FUNCTION pg_catalog.from_hex(digits text) RETURNS varbyte LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT decode(digits, 'hex')::varbyte
$$;

-- LISTAGG: the texts of a group, of which Redshift makes a VARCHAR [DG r_LISTAGG].
CREATE FUNCTION redshift_catalog.listagg_within(joined text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    IF octet_length(joined) > 65535 THEN
        RAISE EXCEPTION USING ERRCODE = 'XX000', MESSAGE = 'Result size exceeds LISTAGG limit',
            DETAIL = 'LISTAGG limit: 65535';
    END IF;
    RETURN joined;
END $$;

-- Of a CHAR the blanks at the end are not counted, of a VARCHAR they are [DG r_LEN].
CREATE FUNCTION pg_catalog.len(bpchar) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS 'SELECT pg_catalog.length($1)';
CREATE FUNCTION pg_catalog.len(text) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS 'SELECT pg_catalog.length($1)';
CREATE FUNCTION pg_catalog.len(varbyte) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS 'SELECT pg_catalog.length($1::bytea)';
