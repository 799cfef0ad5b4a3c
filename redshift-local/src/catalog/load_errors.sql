-- Load errors, written by the proxy on a session of its own so that they survive the rollback (fact 1.15).

CREATE UNLOGGED TABLE redshift_catalog.load_errors (
    user_name text, query integer, session integer, tbl oid, starttime timestamp, filename text, line_number bigint,
    colname text, type text, col_length text, "position" integer, raw_line text, raw_field_value text,
    err_code integer, err_reason text
);
GRANT SELECT ON redshift_catalog.load_errors TO PUBLIC;

-- Ordinary users see their own rows only.
CREATE VIEW redshift_catalog.visible_load_errors AS
SELECT r.oid::integer AS userid, e.*
  FROM redshift_catalog.load_errors e JOIN pg_catalog.pg_roles r ON r.rolname = e.user_name
 WHERE e.user_name = current_user OR (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user);

CREATE VIEW pg_catalog.stl_load_errors AS
SELECT userid, 0 AS slice, tbl::integer AS tbl, starttime, session, query, redshift_catalog.padded(filename, 256) AS filename, line_number,
       redshift_catalog.padded(colname, 127) AS colname, redshift_catalog.padded(type, 10) AS type, redshift_catalog.padded(col_length, 10) AS col_length, "position",
       redshift_catalog.padded(raw_line, 1024) AS raw_line, redshift_catalog.padded(raw_field_value, 1024) AS raw_field_value, err_code,
       redshift_catalog.padded(err_reason, 100) AS err_reason, 0 AS is_partial, 0::bigint AS start_offset, NULL::bigint AS copy_job_id
  FROM redshift_catalog.visible_load_errors;

CREATE VIEW pg_catalog.sys_load_error_detail AS
SELECT userid AS user_id, query::bigint AS query_id, query::bigint AS transaction_id, session AS session_id,
       current_database()::text AS database_name, tbl::integer AS table_id, starttime AS start_time,
       redshift_catalog.padded(filename, 256) AS file_name, line_number, redshift_catalog.padded(colname, 127) AS column_name, redshift_catalog.padded(type, 10) AS column_type,
       redshift_catalog.padded(col_length, 10) AS column_length, "position", err_code AS error_code,
       redshift_catalog.padded(err_reason, 512) AS error_message
  FROM redshift_catalog.visible_load_errors;

GRANT SELECT ON pg_catalog.stl_load_errors, pg_catalog.sys_load_error_detail TO PUBLIC;
