-- The other catalogs and views in which names of tables, columns, schemas and constraints stand: they show them whole.
-- In the rest (functions, types, what PostgreSQL counts) a name is whole too when it reaches the client, but no query can
-- find it by that.

SELECT redshift_catalog.show_names_of(('pg_catalog.' || named)::regclass)
  FROM pg_catalog.regexp_split_to_table('pg_constraint pg_tables pg_views pg_matviews pg_indexes', ' ') AS named;

SELECT redshift_catalog.show_names_of(c.oid::regclass)
  FROM pg_catalog.postgres_class c
 WHERE c.relnamespace = 'information_schema'::regnamespace AND c.relkind = 'v'
   AND EXISTS (SELECT FROM pg_catalog.postgres_attribute a
                WHERE a.attrelid = c.oid AND a.atttypid = 'information_schema.sql_identifier'::regtype);
