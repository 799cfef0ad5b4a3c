-- Rows in which ACCEPTINVCHARS replaced something, written by the proxy on a session of its own as load errors are
-- [DG r_STL_REPLACEMENTS, SYS_COPY_REPLACEMENTS].

CREATE UNLOGGED TABLE redshift_catalog.replacements (
    user_name text, query integer, session integer, tbl oid, starttime timestamp, filename text, line_number bigint,
    colname text, raw_line text
);
GRANT SELECT ON redshift_catalog.replacements TO PUBLIC;

-- Ordinary users see their own rows only.
CREATE VIEW redshift_catalog.visible_replacements AS
SELECT r.oid::integer AS userid, e.*
  FROM redshift_catalog.replacements e JOIN pg_catalog.pg_roles r ON r.rolname = e.user_name
 WHERE e.user_name = current_user OR (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user);

CREATE VIEW pg_catalog.stl_replacements AS
SELECT userid, query, 0 AS slice, tbl::integer AS tbl, starttime, session, redshift_catalog.padded(filename, 256) AS filename, line_number,
       redshift_catalog.padded(colname, 127) AS colname, redshift_catalog.padded(raw_line, 1024) AS raw_line
  FROM redshift_catalog.visible_replacements;

CREATE VIEW pg_catalog.sys_copy_replacements AS
SELECT userid AS user_id, query::bigint AS query_id, tbl::integer AS table_id, redshift_catalog.padded(filename, 256) AS file_name,
       redshift_catalog.padded(colname, 127) AS column_name, line_number, redshift_catalog.padded(raw_line, 1024) AS raw_line
  FROM redshift_catalog.visible_replacements;

GRANT SELECT ON pg_catalog.stl_replacements, pg_catalog.sys_copy_replacements TO PUBLIC;
