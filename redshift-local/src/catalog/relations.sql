-- Tables and columns as Redshift's catalog shows them.
--
-- Three catalogs get columns that PostgreSQL's do not have (pg_class, pg_attribute, pg_attrdef): the table is renamed
-- and a view takes its name. PostgreSQL itself finds its catalogs by number, so it does not notice.

-- Drivers that look up a range type get 42P01, as on Redshift (fact 0.4).
ALTER TABLE pg_catalog.pg_range RENAME TO postgres_range;
ALTER TABLE pg_catalog.pg_enum RENAME TO postgres_enum;

ALTER TABLE pg_catalog.pg_class RENAME TO postgres_class;
ALTER TABLE pg_catalog.pg_attribute RENAME TO postgres_attribute;
ALTER TABLE pg_catalog.pg_attrdef RENAME TO postgres_attrdef;

-- The columns differ between PostgreSQL's versions, so they are listed by the catalog itself. AWS's view find_depend, of
-- what depends on a table, takes relfilenode for oid: they are the same here.
DO $$
BEGIN
    -- psql asks a server of 8.0 for relhasoids.
    EXECUTE format('CREATE VIEW pg_catalog.pg_class AS
        SELECT %s, CASE WHEN c.relkind = ''r'' AND c.oid >= 16384 THEN coalesce(t.diststyle, 9) ELSE 0 END::int2 AS reldiststyle,
               false AS relhasoids
          FROM pg_catalog.postgres_class c LEFT JOIN redshift_catalog.table_attributes t ON t.relation = c.oid',
        replace(redshift_catalog.shown_columns('pg_catalog.postgres_class'), 'c.relfilenode', 'c.oid AS relfilenode'));
END $$;

CREATE VIEW pg_catalog.pg_class_info AS
SELECT c.oid AS reloid, c.*,
       CASE c.reldiststyle WHEN 9 THEN 10 ELSE c.reldiststyle END::int2 AS releffectivediststyle
  FROM pg_catalog.pg_class c;

-- An identity column has a default on Redshift and none on PostgreSQL. A temporary table is RAW, unless it is LIKE another:
-- then the proxy has given it an option.
DO $$
BEGIN
    EXECUTE format('CREATE VIEW redshift_catalog.all_attributes AS
        SELECT %s, coalesce(k.distkey = c.attnum, false) AS attisdistkey,
               coalesce((k.sortkey ->> c.attnum::text)::int2, 0::int2) AS attsortkeyord,
               redshift_catalog.encoding_number(r.encoding, c.atttypid, coalesce((k.sortkey ->> c.attnum::text)::int2, 0::int2),
                                                t.relpersistence = ''t'' AND t.reloptions IS NULL) AS attencodingtype
          FROM pg_catalog.postgres_attribute c
          LEFT JOIN pg_catalog.postgres_class t ON t.oid = c.attrelid
          LEFT JOIN redshift_catalog.table_attributes k ON k.relation = c.attrelid
          LEFT JOIN redshift_catalog.column_attributes r ON r.relation = c.attrelid AND r.attnum = c.attnum',
        replace(redshift_catalog.shown_columns('pg_catalog.postgres_attribute'),
                'c.atthasdef', '(c.atthasdef OR c.attidentity <> '''') AS atthasdef'));
END $$;
-- The columns of a view WITH NO SCHEMA BINDING are those that it has when it is queried (fact 3.3).
CREATE VIEW pg_catalog.pg_attribute AS
SELECT a.* FROM redshift_catalog.all_attributes a
 WHERE NOT EXISTS (SELECT FROM redshift_catalog.late_views l WHERE l.relation = a.attrelid);

-- An identity column's default is a call on Redshift, and PostgreSQL has no expression for it. So the catalog shows the
-- expression of a mark, and pg_get_expr() shows the call in its place; of columns up to the 128th.
DO $$
BEGIN
    EXECUTE (SELECT format('CREATE TABLE redshift_catalog.identity_marks (%s)',
                           string_agg(format('c%s text DEFAULT %L', n, 'redshift-local identity ' || n), ', ' ORDER BY n))
               FROM generate_series(1, 128) AS n);
END $$;
ALTER FUNCTION pg_catalog.pg_get_expr(pg_node_tree, oid) RENAME TO postgres_get_expr;
ALTER FUNCTION pg_catalog.pg_get_expr(pg_node_tree, oid, bool) RENAME TO postgres_get_expr;

CREATE VIEW pg_catalog.pg_attrdef AS
SELECT d.*, pg_catalog.postgres_get_expr(d.adbin, d.adrelid) AS adsrc FROM pg_catalog.postgres_attrdef d
UNION ALL
SELECT s.seqrelid, a.attrelid, a.attnum,
       (SELECT mark.adbin FROM pg_catalog.postgres_attrdef mark
         WHERE mark.adrelid = 'redshift_catalog.identity_marks'::regclass AND mark.adnum = a.attnum),
       format('"identity"(%s, %s, ''%s,%s''::text)', a.attrelid, a.attnum - 1, s.seqstart, s.seqincrement)
  FROM pg_catalog.postgres_attribute a
  JOIN pg_catalog.pg_depend d ON d.refobjid = a.attrelid AND d.refobjsubid = a.attnum AND d.deptype = 'i'
  JOIN pg_catalog.pg_sequence s ON s.seqrelid = d.objid
 WHERE a.attidentity <> '';

CREATE FUNCTION redshift_catalog.expression(shown text, relation oid) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN shown LIKE '''redshift-local identity %' THEN
               (SELECT d.adsrc FROM pg_catalog.pg_attrdef d
                 WHERE d.adrelid = relation AND d.adnum = substring(shown FROM '[0-9]+')::int2)
           ELSE shown END
$$;
CREATE FUNCTION pg_catalog.pg_get_expr(tree pg_node_tree, relation oid) RETURNS text LANGUAGE sql STABLE STRICT AS $$
    SELECT redshift_catalog.expression(pg_catalog.postgres_get_expr(tree, relation), relation)
$$;
CREATE FUNCTION pg_catalog.pg_get_expr(tree pg_node_tree, relation oid, pretty bool) RETURNS text LANGUAGE sql STABLE STRICT AS $$
    SELECT redshift_catalog.expression(pg_catalog.postgres_get_expr(tree, relation, pretty), relation)
$$;

CREATE VIEW pg_catalog.pg_table_def AS
SELECT n.nspname AS schemaname, c.relname AS tablename, a.attname AS "column",
       pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
       pg_catalog.format_encoding(a.attencodingtype::integer) AS encoding,
       a.attisdistkey AS distkey, a.attsortkeyord::integer AS sortkey, a.attnotnull AS notnull
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
 WHERE c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND n.nspname = ANY (pg_catalog.current_schemas(true));

CREATE VIEW pg_catalog.pg_proc_info AS SELECT p.oid AS prooid, p.* FROM pg_catalog.pg_proc p;

GRANT SELECT ON redshift_catalog.all_attributes, pg_catalog.pg_proc_info, pg_catalog.pg_class, pg_catalog.pg_class_info, pg_catalog.pg_attribute, pg_catalog.pg_attrdef,
                pg_catalog.pg_table_def TO PUBLIC;
