-- Views WITH NO SCHEMA BINDING: a view that holds on to nothing, made anew whenever something that it reads changes.
--
-- While something is missing that it reads, the view is one that says so when it is queried.

CREATE FUNCTION redshift_catalog.unbound(code text, message text) RETURNS SETOF integer LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = code, MESSAGE = message;
END $$;

CREATE FUNCTION redshift_catalog.name_of(relation oid) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT pg_catalog.format('%I.%I', n.nspname, c.relname)
      FROM pg_catalog.postgres_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = relation
$$;

-- Makes the view, anew where its columns are others now; its number.
CREATE FUNCTION redshift_catalog.make_whole_view(name text, columns text[], query text) RETURNS oid LANGUAGE plpgsql AS $$
DECLARE
    named text := CASE WHEN columns <> '{}' THEN
                      (SELECT '(' || string_agg(quote_ident(c), ', ' ORDER BY place) || ')'
                         FROM pg_catalog.postgres_unnest(columns) WITH ORDINALITY AS given(c, place)) END;
    owner oid;
    rights aclitem[];
BEGIN
    EXECUTE format('CREATE OR REPLACE VIEW %s %s AS %s', name, named, query);
    RETURN name::regclass;
EXCEPTION WHEN invalid_table_definition THEN
    IF to_regclass(name) IS NULL THEN
        RAISE;
    END IF;
    SELECT relowner, relacl INTO owner, rights FROM pg_catalog.postgres_class WHERE oid = name::regclass;
    EXECUTE format('DROP VIEW %s', name);
    EXECUTE format('CREATE VIEW %s %s AS %s', name, named, query);
    EXECUTE format('ALTER VIEW %s OWNER TO %I', name, pg_catalog.pg_get_userbyid(owner));
    UPDATE pg_catalog.postgres_class SET relacl = rights WHERE oid = name::regclass;
    RETURN name::regclass;
END $$;

-- Makes the view, whole or, for the reasons given (the beginnings of their SQLSTATEs), as one that
-- says what is wrong.
CREATE FUNCTION redshift_catalog.make_late_view(name text, columns text[], query text, reasons text[], OUT view oid, OUT broken bool)
LANGUAGE plpgsql AS $$
DECLARE
    shape text;
    code text;
    message text;
BEGIN
    BEGIN
        view := redshift_catalog.make_whole_view(name, columns, query);
        broken := false;
        RETURN;
    EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT;
        IF NOT EXISTS (SELECT FROM pg_catalog.postgres_unnest(reasons) AS reason WHERE starts_with(code, reason)) THEN
            RAISE;
        END IF;
    END;
    SELECT string_agg(format('NULL::%s AS %I', pg_catalog.format_type(a.atttypid, a.atttypmod), a.attname), ', ' ORDER BY a.attnum)
      INTO shape
      FROM pg_catalog.postgres_attribute a
     WHERE a.attrelid = to_regclass(name) AND a.attnum > 0 AND NOT a.attisdropped;
    EXECUTE format('CREATE OR REPLACE VIEW %s AS SELECT %s FROM redshift_catalog.unbound(%L, %L)', name, shape, code, message);
    view := name::regclass;
    broken := true;
END $$;

-- Writes down what the view is, and lets go of what it reads and calls.
CREATE FUNCTION redshift_catalog.note_late_view(view oid, broken bool, columns text[], query text, reads text[], source text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    tables CONSTANT oid := 'pg_catalog.postgres_class'::regclass;
    functions CONSTANT oid := 'pg_catalog.pg_proc'::regclass;
    called oid[] := (SELECT coalesce(pg_catalog.postgres_array_agg(d.refobjid), '{}')
                       FROM pg_catalog.pg_rewrite r
                       JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = r.oid
                      WHERE r.ev_class = view AND d.refclassid = functions);
BEGIN
    PERFORM redshift_catalog.label(view, 'redshift_local late view', postgres_jsonb_build_object('0', postgres_jsonb_build_object(
        'columns', columns, 'query', query, 'reads', reads,
        'found', (SELECT coalesce(pg_catalog.postgres_array_agg(to_regclass(name)::oid) FILTER (WHERE to_regclass(name) IS NOT NULL), '{}')
                    FROM pg_catalog.postgres_unnest(reads) AS name),
        'calls', called, 'source', source, 'broken', broken)));
    -- Of other kinds of objects nobody makes any, so that what is left holds on to nothing.
    DELETE FROM pg_catalog.pg_depend d USING pg_catalog.pg_rewrite r
     WHERE r.ev_class = view AND d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = r.oid AND d.deptype = 'n'
       AND d.refclassid IN (tables, functions) AND d.refobjid <> view;
END $$;

CREATE FUNCTION redshift_catalog.create_late_view(replaces bool, name text, columns text[], query text, reads text[], source text)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    before oid := to_regclass(name);
    missing text := (SELECT s FROM pg_catalog.postgres_unnest(reads) AS read, parse_ident(read) AS parts,
                            LATERAL (SELECT parts[array_length(parts, 1) - 1]) AS schemas(s)
                      WHERE to_regnamespace(quote_ident(s)) IS NULL LIMIT 1);
    -- That something is not there yet; whatever else is wrong is for whoever makes the view to hear.
    missing_things CONSTANT text[] := '{42P01,42703,42883,42704,3F000}';
    made record;
BEGIN
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = '3F000', MESSAGE = format('schema "%s" does not exist', missing);
    END IF;
    IF before IS NOT NULL AND NOT replaces THEN
        RAISE EXCEPTION USING ERRCODE = '42P07', MESSAGE = format('relation "%s" already exists', (parse_ident(name))[array_length(parse_ident(name), 1)]);
    END IF;
    PERFORM set_config('redshift_local.binding', 'on', true);
    SELECT * INTO made FROM redshift_catalog.make_late_view(name, columns, query, missing_things);
    PERFORM set_config('redshift_local.binding', 'off', true);
    PERFORM redshift_catalog.note_late_view(made.view, made.broken, columns, query,
        (SELECT coalesce(postgres_array_agg(quote_ident(parts[array_length(parts, 1) - 1]) || '.' || quote_ident(parts[array_length(parts, 1)])), '{}')
           FROM pg_catalog.postgres_unnest(reads) AS read, parse_ident(read) AS parts), source);
    PERFORM redshift_catalog.bind_late_views(ARRAY[redshift_catalog.name_of(made.view)], ARRAY[made.view], '{}');
END $$;

-- Makes the views anew that read one of these, those given, and those that read them. None is in the way of what changes
-- below it: one that cannot be made any more says so when it is queried.
CREATE FUNCTION redshift_catalog.bind_late_views(names text[], relations oid[], views oid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    -- The query, or the columns that it now has, are what is wrong; no lock, cancel or full disk.
    wrong_views CONSTANT text[] := '{0A,22,2B,3F,42}';
    done oid[] := '{}';
    old redshift_catalog.late_views;
    made record;
    view_name text;
BEGIN
    IF NOT EXISTS (SELECT FROM redshift_catalog.late_views) THEN
        RETURN;
    END IF;
    PERFORM set_config('redshift_local.binding', 'on', true);
    LOOP
        SELECT l.* INTO old FROM redshift_catalog.late_views l
         WHERE (l.reads && names OR l.found && relations OR l.relation = ANY (views)) AND l.relation <> ALL (done)
         ORDER BY l.relation LIMIT 1;
        EXIT WHEN NOT FOUND;
        view_name := redshift_catalog.name_of(old.relation);
        IF view_name IS NULL THEN
            -- Somebody drops it at this moment.
            done := done || old.relation;
            CONTINUE;
        END IF;
        SELECT * INTO made FROM redshift_catalog.make_late_view(view_name, old.columns, old.query, wrong_views);
        PERFORM redshift_catalog.note_late_view(made.view, made.broken, old.columns, old.query, old.reads, old.source);
        done := done || made.view;
        names := names || view_name;
        relations := relations || old.relation || made.view;
    END LOOP;
    PERFORM set_config('redshift_local.binding', 'off', true);
END $$;

CREATE FUNCTION redshift_catalog.late_views_after_change() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    names text[];
    relations oid[];
    views oid[];
BEGIN
    IF current_setting('redshift_local.binding', true) = 'on' OR NOT EXISTS (SELECT FROM redshift_catalog.late_views) THEN
        RETURN;
    END IF;
    IF tg_event = 'sql_drop' THEN
        SELECT pg_catalog.postgres_array_agg(d.object_identity), pg_catalog.postgres_array_agg(d.objid) INTO names, relations
          FROM pg_event_trigger_dropped_objects() d WHERE d.object_type IN ('table', 'view', 'table column');
        SELECT pg_catalog.postgres_array_agg(l.relation) INTO views
          FROM pg_event_trigger_dropped_objects() d JOIN redshift_catalog.late_views l ON d.objid = ANY (l.calls)
         WHERE d.object_type = 'function';
    ELSE
        SELECT pg_catalog.postgres_array_agg(c.object_identity), pg_catalog.postgres_array_agg(c.objid) INTO names, relations
          FROM pg_event_trigger_ddl_commands() c WHERE c.object_type IN ('table', 'view', 'table column', 'schema');
        -- A view of PostgreSQL would hold on to the one that is made anew.
        IF EXISTS (SELECT FROM pg_catalog.pg_rewrite r
                     JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = r.oid AND d.deptype = 'n'
                     JOIN redshift_catalog.late_views l ON l.relation = d.refobjid
                    WHERE r.ev_class = ANY (relations) AND l.relation <> r.ev_class) THEN
            RAISE EXCEPTION USING ERRCODE = '0A000',
                MESSAGE = 'a bound view of a view WITH NO SCHEMA BINDING is not covered by redshift-local';
        END IF;
        IF tg_tag = 'ALTER SCHEMA' THEN
            SELECT pg_catalog.postgres_array_agg(read) INTO names
              FROM redshift_catalog.late_views l, pg_catalog.postgres_unnest(l.reads) AS read;
        ELSIF tg_tag = 'CREATE FUNCTION' THEN
            -- What a view lacks is known by its text alone.
            SELECT pg_catalog.postgres_array_agg(l.relation) INTO views
              FROM pg_event_trigger_ddl_commands() c
              JOIN pg_catalog.pg_proc p ON p.oid = c.objid
              JOIN redshift_catalog.late_views l ON strpos(lower(l.query), lower(p.proname::text)) > 0
             WHERE l.broken;
        END IF;
    END IF;
    PERFORM redshift_catalog.bind_late_views(coalesce(names, '{}'), coalesce(relations, '{}'), coalesce(views, '{}'));
END $$;

CREATE EVENT TRIGGER redshift_late_views_after_ddl ON ddl_command_end
    WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'ALTER TABLE', 'CREATE VIEW', 'ALTER VIEW', 'ALTER SCHEMA',
                 'CREATE FUNCTION')
    EXECUTE FUNCTION redshift_catalog.late_views_after_change();
CREATE EVENT TRIGGER redshift_late_views_after_drop ON sql_drop EXECUTE FUNCTION redshift_catalog.late_views_after_change();

CREATE FUNCTION pg_catalog.pg_get_late_binding_view_cols() RETURNS SETOF record LANGUAGE sql STABLE AS $$
    SELECT n.nspname, c.relname, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)::varchar, a.attnum::integer
      FROM redshift_catalog.late_views l
      JOIN pg_catalog.postgres_class c ON c.oid = l.relation
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_catalog.postgres_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     ORDER BY n.nspname, c.relname, a.attnum
$$;
