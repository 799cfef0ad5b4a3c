-- Functions that PostgreSQL has and Redshift has not (fact 3.5): under another name, so that a call fails in PostgreSQL's
-- own words, and what is defined over them, here and in PostgreSQL, stays whole.

DO $$
DECLARE
    missing regprocedure;
BEGIN
    FOR missing IN
        SELECT oid FROM pg_catalog.pg_proc
         WHERE pronamespace = 'pg_catalog'::regnamespace
           AND (proname IN ('array_agg', 'array_position', 'array_positions', 'generate_subscripts', 'json_agg',
                            'json_object_agg', 'jsonb_agg', 'jsonb_build_array', 'jsonb_build_object', 'jsonb_object_agg',
                            'jsonb_set', 'unnest')
                OR proname ~ '^pg_(try_)?advisory_')
    LOOP
        EXECUTE format('ALTER ROUTINE %s RENAME TO %I', missing,
                       'postgres_' || (SELECT proname FROM pg_catalog.pg_proc WHERE oid = missing));
    END LOOP;
END $$;
