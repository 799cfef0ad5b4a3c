-- What sessions are doing and which tables they hold. Superusers see all of it, others themselves only.

CREATE VIEW redshift_catalog.visible_sessions AS
SELECT s.*
  FROM pg_catalog.pg_stat_activity s
 WHERE s.usename = current_user OR (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user);

-- Which transaction holds or awaits which table (fact 2.4b).
CREATE VIEW pg_catalog.svv_transactions AS
SELECT s.usename::text AS txn_owner, s.datname::text AS txn_db,
       coalesce(s.backend_xid::text, s.backend_xmin::text)::bigint AS xid, l.pid,
       s.xact_start AT TIME ZONE 'UTC' AS txn_start, l.mode AS lock_mode, l.locktype AS lockable_object_type,
       l.relation::integer AS relation, l.granted
  FROM pg_catalog.pg_locks l JOIN redshift_catalog.visible_sessions s USING (pid)
 WHERE l.locktype = 'relation' AND l.relation >= 16384;

-- The last statement of each session that is there, and not those before it.
CREATE VIEW pg_catalog.sys_query_history AS
SELECT s.usesysid::integer AS user_id, s.pid AS session_id, s.datname::char(128) AS database_name,
       (CASE s.state WHEN 'active' THEN 'running' ELSE 'success' END)::char(10) AS status,
       s.query_start AT TIME ZONE 'UTC' AS start_time,
       (CASE WHEN s.state <> 'active' THEN s.state_change END) AT TIME ZONE 'UTC' AS end_time,
       left(redshift_catalog.restored(s.query), 4000)::char(4000) AS query_text
  FROM redshift_catalog.visible_sessions s
 WHERE s.backend_type = 'client backend' AND s.query <> '';

GRANT SELECT ON redshift_catalog.visible_sessions, pg_catalog.svv_transactions, pg_catalog.sys_query_history TO PUBLIC;
