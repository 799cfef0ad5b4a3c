-- Functions that PostgreSQL has and Redshift has not (fact 3.5): under another name, so that a call fails in PostgreSQL's
-- own words, and what is defined over them, here and in PostgreSQL, stays whole.

DO $$
DECLARE
    names text[] := ARRAY['array_agg', 'array_position', 'array_positions', 'generate_subscripts', 'json_agg',
                          'json_object_agg', 'jsonb_agg', 'jsonb_build_array', 'jsonb_build_object', 'jsonb_object_agg',
                          'jsonb_set', 'unnest'];
    missing regprocedure;
    caller oid;
BEGIN
    FOR missing IN
        SELECT oid FROM pg_catalog.pg_proc
         WHERE pronamespace = 'pg_catalog'::regnamespace AND (proname = ANY (names) OR proname ~ '^pg_(try_)?advisory_')
    LOOP
        EXECUTE format('ALTER ROUTINE %s RENAME TO %I', missing,
                       'postgres_' || (SELECT proname FROM pg_catalog.pg_proc WHERE oid = missing));
    END LOOP;

    -- A body that is kept as text calls them by name: PostgreSQL 17's information_schema does.
    FOR caller IN
        SELECT p.oid FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang
         WHERE p.pronamespace IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
           AND l.lanname IN ('sql', 'plpgsql') AND p.prosqlbody IS NULL
           AND p.prosrc ~ format('\m(%s)\s*\(', array_to_string(names, '|'))
    LOOP
        EXECUTE regexp_replace(pg_get_functiondef(caller), format('\m(%s)\s*\(', array_to_string(names, '|')),
                               'postgres_\1(', 'g');
    END LOOP;
END $$;
