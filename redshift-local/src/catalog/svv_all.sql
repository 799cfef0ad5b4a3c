-- SVV views that reach over databases, data shares and external schemas: here, one database and no external schema.

CREATE VIEW pg_catalog.svv_redshift_databases AS
SELECT d.datname::text AS database_name, d.datdba::integer AS database_owner, 'local'::text AS database_type,
       array_to_string(d.datacl, '~') AS database_acl, NULL::text AS database_options
  FROM pg_catalog.pg_database d WHERE d.datallowconn AND NOT d.datistemplate AND d.datname <> 'postgres';

CREATE VIEW pg_catalog.svv_redshift_schemas AS
SELECT current_database()::text AS database_name, n.nspname::text AS schema_name, n.nspowner::integer AS schema_owner,
       'local'::text AS schema_type, array_to_string(n.nspacl, '~') AS schema_acl, NULL::text AS schema_option
  FROM pg_catalog.pg_namespace n
 WHERE n.nspname <> 'pg_toast' AND n.nspname NOT LIKE 'pg_temp%' AND n.nspname NOT LIKE 'pg_toast_temp%';

CREATE VIEW pg_catalog.svv_all_schemas AS
SELECT database_name, schema_name, schema_owner, schema_type, schema_acl, NULL::text AS source_database, schema_option
  FROM pg_catalog.svv_redshift_schemas;

CREATE VIEW pg_catalog.svv_all_tables AS
SELECT database_name, schema_name, table_name, table_type, table_acl, remarks FROM pg_catalog.svv_redshift_tables;

CREATE VIEW pg_catalog.svv_all_columns AS
SELECT table_catalog AS database_name, table_schema AS schema_name, table_name, column_name, ordinal_position,
       column_default, is_nullable, data_type, character_maximum_length, numeric_precision, numeric_scale, remarks
  FROM pg_catalog.svv_columns;

CREATE VIEW pg_catalog.svv_external_schemas AS
SELECT NULL::oid AS esoid, NULL::int2 AS eskind, NULL::name AS schemaname, NULL::integer AS esowner,
       NULL::text AS databasename, NULL::text AS esoptions
 WHERE false;

CREATE VIEW pg_catalog.svv_external_tables AS
SELECT NULL::text AS redshift_database_name, NULL::text AS schemaname, NULL::text AS tablename, NULL::text AS tabletype,
       NULL::text AS location, NULL::text AS input_format, NULL::text AS output_format, NULL::text AS serialization_lib,
       NULL::text AS serde_parameters, NULL::integer AS compressed, NULL::text AS parameters
 WHERE false;

CREATE VIEW pg_catalog.svv_external_columns AS
SELECT NULL::text AS redshift_database_name, NULL::text AS schemaname, NULL::text AS tablename,
       NULL::text AS columnname, NULL::text AS external_type, NULL::integer AS columnnum, NULL::integer AS part_key, NULL::text AS is_nullable
 WHERE false;

GRANT SELECT ON pg_catalog.svv_redshift_databases, pg_catalog.svv_redshift_schemas, pg_catalog.svv_all_schemas,
                pg_catalog.svv_all_tables, pg_catalog.svv_all_columns, pg_catalog.svv_external_schemas,
                pg_catalog.svv_external_tables, pg_catalog.svv_external_columns TO PUBLIC;
