-- Faults on demand: functions for superusers that tell the proxy what shall go wrong. Ordinary users have no access
-- to the schema.

CREATE SCHEMA redshift_local;

-- The proxy takes notices with this code out of the session and acts on them before it passes the result on. A notice
-- is not undone by a rollback, and neither is what it orders.
CREATE FUNCTION redshift_local.tell(said jsonb) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RAISE INFO USING ERRCODE = 'RLOCL', MESSAGE = said::text;
    RETURN true;
END $$;

-- Arms a fault and returns its number.
CREATE FUNCTION redshift_local.inject(
    point text, effect text, containing text DEFAULT NULL, table_name text DEFAULT NULL, user_name text DEFAULT NULL,
    application_name text DEFAULT NULL, times integer DEFAULT 1, seconds double precision DEFAULT NULL,
    code text DEFAULT NULL, message text DEFAULT NULL, detail text DEFAULT NULL
) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    -- Left by the proxy before every statement that names this schema.
    id integer := nullif(current_setting('redshift_local.next_fault', true), '')::integer;
BEGIN
    IF id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'one statement can arm one fault';
    END IF;
    PERFORM redshift_local.tell(postgres_jsonb_build_object(
        'order', 'inject', 'id', id, 'point', point, 'effect', effect, 'containing', containing,
        'table_name', table_name, 'user_name', user_name, 'application_name', application_name, 'times', times,
        'seconds', seconds, 'code', code, 'message', message, 'detail', detail));
    PERFORM set_config('redshift_local.next_fault', '', false);
    RETURN id;
END $$;

-- Answers when the fault has struck so many times, and fails after so many seconds.
CREATE FUNCTION redshift_local.wait_for_fault(id integer, seconds double precision DEFAULT 10, times integer DEFAULT 1)
RETURNS boolean LANGUAGE sql AS $$
    SELECT redshift_local.tell(postgres_jsonb_build_object(
        'order', 'wait_for_fault', 'id', id, 'times', times, 'seconds', seconds))
$$;

-- Lets a held session go on.
CREATE FUNCTION redshift_local.release(id integer) RETURNS boolean LANGUAGE sql AS $$
    SELECT redshift_local.tell(postgres_jsonb_build_object('order', 'release', 'id', id))
$$;

-- Forgets one fault, or all of them, and lets go whom they hold.
CREATE FUNCTION redshift_local.clear_faults(id integer DEFAULT NULL) RETURNS boolean LANGUAGE sql AS $$
    SELECT redshift_local.tell(postgres_jsonb_build_object('order', 'clear_faults', 'id', id))
$$;

-- Ends all sessions and refuses logins for so long.
CREATE FUNCTION redshift_local.maintenance(seconds double precision) RETURNS boolean LANGUAGE sql AS $$
    SELECT redshift_local.tell(postgres_jsonb_build_object('order', 'maintenance', 'seconds', seconds))
$$;
CREATE FUNCTION redshift_local.end_maintenance() RETURNS boolean LANGUAGE sql AS $$
    SELECT redshift_local.tell(postgres_jsonb_build_object('order', 'end_maintenance'))
$$;

-- state: armed, holding, or struck (as often as it was armed for).
CREATE VIEW redshift_local.faults AS
SELECT f.*
  FROM jsonb_to_recordset(coalesce(nullif(current_setting('redshift_local.board', true), ''), '[]')::jsonb)
       AS f(id integer, point text, effect text, state text, struck integer, holding integer, times integer,
            containing text, table_name text, user_name text, application_name text, seconds double precision,
            code text, message text, detail text);
