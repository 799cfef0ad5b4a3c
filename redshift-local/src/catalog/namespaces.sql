-- Schemas: all but ours, which nobody's tool shall list.
--
-- As with relations.sql, a view takes the catalog's name. The views of the standard's information schema know the
-- catalog by number, so they are made anew.

ALTER TABLE pg_catalog.pg_namespace RENAME TO postgres_namespace;

CREATE VIEW redshift_catalog.namespaces AS
SELECT n.* FROM pg_catalog.postgres_namespace n WHERE n.nspname NOT IN ('redshift_catalog', 'redshift_local');

CREATE VIEW pg_catalog.pg_namespace AS
SELECT n.oid, redshift_catalog.shown(n.nspname) AS nspname, n.nspowner, n.nspacl FROM redshift_catalog.namespaces n;

GRANT SELECT ON redshift_catalog.namespaces, pg_catalog.pg_namespace TO PUBLIC;

DO $$
DECLARE
    found oid;
    definition text;
BEGIN
    -- No dependency of one system catalog on another is recorded, so the text has to tell.
    FOR found IN
        SELECT oid FROM pg_catalog.pg_class WHERE relkind = 'v' AND relnamespace = 'information_schema'::regnamespace
    LOOP
        definition := pg_catalog.pg_get_viewdef(found);
        IF definition LIKE '%postgres_namespace%' THEN
            EXECUTE format('CREATE OR REPLACE VIEW %s AS %s', found::regclass,
                           replace(definition, 'postgres_namespace', 'redshift_catalog.namespaces'));
        END IF;
    END LOOP;
END $$;
