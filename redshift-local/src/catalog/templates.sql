-- Templates of COPY [DG r_CREATE_TEMPLATE, SYS_REDSHIFT_TEMPLATE]. The proxy has read what a template may say.
--
-- GRANT ... ON TEMPLATE is not covered: a template is its owner's and the superusers'.

-- Of each database its own, as templates are not for others.
CREATE TABLE redshift_catalog.templates (
    namespace   oid NOT NULL,
    name        text NOT NULL,
    owner       oid NOT NULL,
    created     timestamp NOT NULL,
    modified    timestamp NOT NULL,
    modified_by oid NOT NULL,
    -- As COPY says them.
    options     text NOT NULL,
    parameters  text NOT NULL
);
-- Keys of tables are for the planner only, as Redshift's are; this one is enforced.
CREATE UNIQUE INDEX templates_by_name ON redshift_catalog.templates (namespace, name);
GRANT SELECT, INSERT, UPDATE, DELETE ON redshift_catalog.templates TO PUBLIC;

CREATE FUNCTION redshift_catalog.is_superuser() RETURNS bool LANGUAGE sql STABLE AS $$
    SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user
$$;

-- The schema by its name; the user has this right on it.
CREATE FUNCTION redshift_catalog.schema_of_template(database text, schema text, needed text) RETURNS oid LANGUAGE plpgsql STABLE AS $$
DECLARE
    found oid := (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = schema);
BEGIN
    IF database <> current_database() THEN
        RAISE EXCEPTION USING ERRCODE = '0A000', MESSAGE = 'cross-database references to templates are not supported';
    ELSIF found IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '3F000', MESSAGE = format('schema "%s" does not exist', coalesce(schema, ''));
    ELSIF NOT pg_catalog.has_schema_privilege(current_user, found, needed) THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = format('permission denied for schema %s', schema);
    END IF;
    RETURN found;
END $$;

-- The template that is meant; without a schema the first of the search path. Null when there is none.
CREATE FUNCTION redshift_catalog.template_named(database text, schema text, template text) RETURNS redshift_catalog.templates LANGUAGE plpgsql STABLE AS $$
DECLARE
    found redshift_catalog.templates;
    place oid;
BEGIN
    IF schema IS NULL THEN
        SELECT t.* INTO found
          FROM pg_catalog.postgres_unnest(current_schemas(false)) WITH ORDINALITY AS path(schema, place)
          JOIN pg_catalog.pg_namespace n ON n.nspname = path.schema
          JOIN redshift_catalog.templates t ON t.namespace = n.oid AND t.name = template
         ORDER BY path.place LIMIT 1;
    ELSE
        place := redshift_catalog.schema_of_template(database, schema, 'USAGE');
        SELECT t.* INTO found FROM redshift_catalog.templates t WHERE t.namespace = place AND t.name = template;
    END IF;
    RETURN found;
END $$;

CREATE FUNCTION redshift_catalog.usable_template(database text, schema text, template text) RETURNS SETOF redshift_catalog.templates LANGUAGE plpgsql STABLE AS $$
DECLARE
    found redshift_catalog.templates := redshift_catalog.template_named(database, schema, template);
BEGIN
    IF found.name IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '42704', MESSAGE = format('template "%s" does not exist', template);
    ELSIF found.owner <> current_user::regrole AND NOT redshift_catalog.is_superuser() THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = format('permission denied for template %s', template);
    END IF;
    RETURN NEXT found;
END $$;

CREATE FUNCTION redshift_catalog.template_definition(namespace oid, template text, options text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT 'CREATE OR REPLACE TEMPLATE ' || format('%I.%I.%I', current_database(), redshift_catalog.shown(n.nspname), redshift_catalog.shown(template::name)) ||
           ' FOR COPY AS ' || options || ';'
      FROM pg_catalog.pg_namespace n WHERE n.oid = namespace
$$;

CREATE FUNCTION redshift_catalog.create_template(database text, schema text, template text, replaces bool, options text, parameters text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    place oid := redshift_catalog.schema_of_template(database, coalesce(schema, current_schema()), 'CREATE');
    there redshift_catalog.templates;
    today timestamp := statement_timestamp() AT TIME ZONE 'UTC';
BEGIN
    SELECT t.* INTO there FROM redshift_catalog.templates t WHERE t.namespace = place AND t.name = template;
    IF there.name IS NOT NULL AND NOT replaces THEN
        RAISE EXCEPTION USING ERRCODE = '42710', MESSAGE = format('template "%s" already exists', template);
    ELSIF there.owner <> current_user::regrole AND NOT redshift_catalog.is_superuser() THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = format('must be owner of template %s', template);
    ELSIF there.name IS NULL AND (SELECT count(*) FROM redshift_catalog.templates) >= 1000 THEN
        RAISE EXCEPTION USING ERRCODE = '54000', MESSAGE = 'there are 1000 templates, and no more can be created';
    END IF;
    IF there.name IS NULL THEN
        INSERT INTO redshift_catalog.templates
        VALUES (place, template, current_user::regrole, today, today, current_user::regrole, options, parameters);
    ELSE
        UPDATE redshift_catalog.templates t
           SET modified = today, modified_by = current_user::regrole,
               options = create_template.options, parameters = create_template.parameters
         WHERE t.namespace = place AND t.name = template;
    END IF;
END $$;

CREATE FUNCTION redshift_catalog.drop_template(database text, schema text, template text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    found redshift_catalog.templates := redshift_catalog.template_named(database, schema, template);
BEGIN
    IF found.name IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '42704', MESSAGE = format('template "%s" does not exist', template);
    ELSIF found.owner <> current_user::regrole AND NOT redshift_catalog.is_superuser() THEN
        RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = format('must be owner of template %s', template);
    END IF;
    DELETE FROM redshift_catalog.templates t WHERE t.namespace = found.namespace AND t.name = found.name;
END $$;

-- Ordinary users see their own only.
CREATE VIEW pg_catalog.sys_redshift_template AS
SELECT current_database()::char(128) AS database_name, redshift_catalog.shown(n.nspname)::char(128) AS schema_name,
       redshift_catalog.shown(t.name::name)::char(128) AS template_name, 1 AS template_type, t.created AS create_time,
       t.modified AS last_modified_time, t.owner::integer AS owner_id, t.modified_by::integer AS last_modified_by,
       t.parameters AS template_parameters
  FROM redshift_catalog.templates t JOIN pg_catalog.pg_namespace n ON n.oid = t.namespace
 WHERE t.owner = current_user::regrole OR redshift_catalog.is_superuser();
GRANT SELECT ON pg_catalog.sys_redshift_template TO PUBLIC;
