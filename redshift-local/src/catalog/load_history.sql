-- What each COPY did, written by the proxy on a session of its own as load errors are (fact 1.15).

CREATE UNLOGGED TABLE redshift_catalog.loads (
    user_name text, query integer, session integer, table_name text, data_source text, file_format text,
    completed bool, end_time timestamp, duration bigint, loaded_rows bigint, bytes bigint, files bigint,
    errors bigint
);
CREATE UNLOGGED TABLE redshift_catalog.load_files (
    user_name text, query integer, filename text, bytes bigint, lines bigint
);
GRANT SELECT ON redshift_catalog.loads, redshift_catalog.load_files TO PUBLIC;

-- Ordinary users see their own rows only.
CREATE VIEW redshift_catalog.visible_loads AS
SELECT r.oid::integer AS userid, l.*, l.end_time - l.duration * interval '1 microsecond' AS start_time
  FROM redshift_catalog.loads l JOIN pg_catalog.pg_roles r ON r.rolname = l.user_name
 WHERE l.user_name = current_user OR (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user);

CREATE VIEW pg_catalog.sys_load_history AS
SELECT userid AS user_id, query::bigint AS query_id, query::bigint AS transaction_id, session AS session_id,
       current_database()::text AS database_name, CASE WHEN completed THEN 'completed' ELSE 'aborted' END::text AS status,
       table_name, start_time, end_time, duration, data_source, file_format, loaded_rows,
       CASE WHEN completed THEN bytes ELSE 0 END AS loaded_bytes, files AS source_file_count, bytes AS source_file_bytes,
       files AS file_count_scanned, bytes AS file_bytes_scanned, errors AS error_count, 0::bigint AS copy_job_id
  FROM redshift_catalog.visible_loads;

CREATE VIEW pg_catalog.sys_load_detail AS
SELECT l.userid AS user_id, l.query::bigint AS query_id, redshift_catalog.padded(f.filename, 256) AS file_name, f.bytes AS bytes_scanned,
       f.lines AS lines_scanned, l.end_time AS record_time, 1 AS splits_scanned, l.start_time, l.end_time
  FROM redshift_catalog.visible_loads l JOIN redshift_catalog.load_files f USING (query);

-- A row does not mean that the transaction committed.
CREATE VIEW pg_catalog.stl_load_commits AS
SELECT l.userid, l.query, 0 AS slice, redshift_catalog.padded('', 256) AS name, redshift_catalog.padded(f.filename, 256) AS filename, 0 AS byte_offset,
       f.lines::integer AS lines_scanned, 0 AS errors, l.end_time AS curtime, 1 AS status,
       redshift_catalog.padded(l.file_format, 16) AS file_format, 0 AS is_partial, 0::bigint AS start_offset, NULL::bigint AS copy_job_id
  FROM redshift_catalog.visible_loads l JOIN redshift_catalog.load_files f USING (query)
 WHERE l.completed;

GRANT SELECT ON pg_catalog.sys_load_history, pg_catalog.sys_load_detail, pg_catalog.stl_load_commits TO PUBLIC;
