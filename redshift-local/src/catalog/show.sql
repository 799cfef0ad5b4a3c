-- What SHOW COLUMNS shows (fact 3.3) [DG r_SHOW_COLUMNS].

CREATE VIEW redshift_catalog.show_columns AS
SELECT c.table_catalog AS database_name, c.table_schema AS schema_name, c.table_name, c.column_name, c.ordinal_position,
       c.column_default, c.is_nullable, c.data_type, c.character_maximum_length, c.numeric_precision, c.numeric_scale,
       c.remarks,
       CASE WHEN r.sortkey = 0 THEN NULL WHEN k.interleaved THEN 'INTERLEAVED' ELSE 'COMPOUND' END::text AS sort_key_type,
       r.sortkey AS sort_key, CASE WHEN r.distkey THEN 1 END AS dist_key, replace(r.encoding, 'none', 'raw') AS encoding,
       CASE WHEN c.data_type LIKE '%char%' THEN 'default' END::text AS collation
  FROM pg_catalog.svv_columns c
  JOIN pg_catalog.svv_redshift_columns r ON (r.schema_name, r.table_name, r.column_name) =
                                            (c.table_schema, c.table_name, c.column_name),
       LATERAL (SELECT bool_or(o.sortkey < 0) AS interleaved FROM pg_catalog.svv_redshift_columns o
                 WHERE (o.schema_name, o.table_name) = (c.table_schema, c.table_name)) k;
GRANT SELECT ON redshift_catalog.show_columns TO PUBLIC;
