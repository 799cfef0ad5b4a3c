-- SVV views: tables, columns and transactions of the database, without need of a search path (fact 3.3).

CREATE VIEW redshift_catalog.visible_tables AS
SELECT c.oid, current_database()::text AS database_name, n.nspname::text AS schema_name, c.relname::text AS table_name,
       CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END::text AS table_type, c.reldiststyle,
       array_to_string(c.relacl, '~') AS acl, obj_description(c.oid, 'pg_class') AS remarks
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'v', 'm') AND n.nspname NOT IN ('pg_toast', 'information_schema')
   -- A session sees its own temporary tables.
   AND (n.nspname NOT LIKE 'pg_temp%' OR n.oid = pg_catalog.pg_my_temp_schema())
   AND (pg_catalog.has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE') OR
        pg_catalog.has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE'));

CREATE VIEW pg_catalog.svv_redshift_tables AS
SELECT database_name, schema_name, table_name, table_type, acl AS table_acl, remarks FROM redshift_catalog.visible_tables;

CREATE VIEW pg_catalog.svv_redshift_columns AS
SELECT t.database_name, t.schema_name, t.table_name, a.attname::text AS column_name,
       a.attnum::integer AS ordinal_position, pg_catalog.format_type(a.atttypid, a.atttypmod) AS data_type,
       d.adsrc AS column_default, CASE WHEN a.attnotnull THEN 'NO' ELSE 'YES' END::text AS is_nullable,
       pg_catalog.format_encoding(a.attencodingtype::integer) AS encoding, a.attisdistkey AS distkey,
       a.attsortkeyord::integer AS sortkey, array_to_string(a.attacl, '~') AS column_acl,
       col_description(t.oid, a.attnum) AS remarks
  FROM redshift_catalog.visible_tables t
  JOIN redshift_catalog.all_attributes a ON a.attrelid = t.oid
  LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE a.attnum > 0 AND NOT a.attisdropped;

CREATE VIEW pg_catalog.svv_tables AS
SELECT database_name AS table_catalog, schema_name AS table_schema, table_name,
       CASE table_type WHEN 'TABLE' THEN 'BASE TABLE' ELSE table_type END AS table_type, remarks
  FROM redshift_catalog.visible_tables;

-- A type's name and its numbers are columns of their own.
CREATE VIEW pg_catalog.svv_columns AS
SELECT c.database_name AS table_catalog, c.schema_name AS table_schema, c.table_name, c.column_name, c.ordinal_position,
       c.column_default, c.is_nullable, split_part(c.data_type, '(', 1) AS data_type,
       CASE WHEN c.data_type LIKE '%char%' OR c.data_type LIKE 'binary%' THEN m.first END AS character_maximum_length,
       CASE split_part(c.data_type, '(', 1) WHEN 'numeric' THEN m.first WHEN 'smallint' THEN 16 WHEN 'integer' THEN 32
            WHEN 'bigint' THEN 64 END AS numeric_precision,
       CASE split_part(c.data_type, '(', 1) WHEN 'numeric' THEN 10 WHEN 'smallint' THEN 2 WHEN 'integer' THEN 2
            WHEN 'bigint' THEN 2 END AS numeric_precision_radix,
       CASE split_part(c.data_type, '(', 1) WHEN 'numeric' THEN m.second WHEN 'smallint' THEN 0 WHEN 'integer' THEN 0
            WHEN 'bigint' THEN 0 END AS numeric_scale,
       CASE WHEN c.data_type LIKE 'time%' THEN 6 END AS datetime_precision, NULL::text AS interval_type,
       NULL::text AS interval_precision, NULL::text AS character_set_catalog, NULL::text AS character_set_schema,
       NULL::text AS character_set_name, NULL::text AS collation_catalog, NULL::text AS collation_schema,
       NULL::text AS collation_name, NULL::text AS domain_name, c.remarks
  FROM pg_catalog.svv_redshift_columns c,
       LATERAL (SELECT substring(c.data_type FROM '[(]([0-9]+)')::integer AS first,
                       substring(c.data_type FROM ',([0-9]+)[)]')::integer AS second) m;

CREATE FUNCTION redshift_catalog.rows_of(relation oid) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
    found bigint;
BEGIN
    EXECUTE 'SELECT count(*) FROM ' || relation::regclass INTO found;
    RETURN found;
END $$;

-- An empty table has no row (fact 0.20). For superusers, unless somebody grants it.
CREATE VIEW pg_catalog.svv_table_info AS
SELECT t.database_name AS database, t.schema_name AS schema, t.oid::integer AS table_id, t.table_name AS "table",
       CASE WHEN t.reldiststyle = 9 AND k.said IS NULL THEN 'Y, AUTO(ENCODE)' ELSE 'Y' END::text AS encoded,
       CASE t.reldiststyle WHEN 0 THEN 'EVEN' WHEN 1 THEN format('KEY(%s)', k.distkey) WHEN 8 THEN 'ALL'
            ELSE 'AUTO(EVEN)' END AS diststyle,
       coalesce(k.sortkey, 'AUTO(SORTKEY)') AS sortkey1, k.widest AS max_varchar, NULL::text AS sortkey1_enc,
       k.sortkeys AS sortkey_num, greatest(1, pg_catalog.pg_table_size(t.oid) / 1048576) AS size, 0::numeric(10,4) AS pct_used,
       0::bigint AS empty, 0::numeric(5,2) AS unsorted, 0::numeric(5,2) AS stats_off, n.rows::numeric(38,0) AS tbl_rows,
       NULL::numeric(19,2) AS skew_sortkey1, NULL::numeric(19,2) AS skew_rows,
       n.rows::numeric(38,0) AS estimated_visible_rows
  FROM redshift_catalog.visible_tables t,
       LATERAL (SELECT max(r.encoding) AS said,
                       max(a.attname::text) FILTER (WHERE a.attisdistkey) AS distkey,
                       max(a.attname::text) FILTER (WHERE abs(a.attsortkeyord) = 1) AS sortkey,
                       count(*) FILTER (WHERE a.attsortkeyord <> 0)::integer AS sortkeys,
                       max(a.atttypmod - 4) FILTER (WHERE a.atttypid = 'varchar'::regtype) AS widest
                  FROM pg_catalog.pg_attribute a
                  LEFT JOIN redshift_catalog.column_attributes r ON r.relation = a.attrelid AND r.attnum = a.attnum
                 WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped) k,
       LATERAL (SELECT redshift_catalog.rows_of(t.oid) AS rows) n
 WHERE t.table_type = 'TABLE' AND t.oid >= 16384 AND n.rows > 0;

GRANT SELECT ON pg_catalog.svv_redshift_tables, pg_catalog.svv_redshift_columns, pg_catalog.svv_tables,
                pg_catalog.svv_columns TO PUBLIC;
