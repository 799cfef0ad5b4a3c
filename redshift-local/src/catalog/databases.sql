-- Databases and their isolation level (fact 2.4).

CREATE VIEW pg_catalog.pg_database_info AS
SELECT d.datname, d.oid AS datid, 100000 AS datdba,
       'concurrency_model=' || current_setting('redshift_local.concurrency_model') AS datconfig
  FROM pg_catalog.pg_database d;

CREATE VIEW pg_catalog.stv_db_isolation_level AS
SELECT d.datname AS db_name,
       CASE current_setting('redshift_local.concurrency_model') WHEN '1' THEN 'Snapshot Isolation' ELSE 'Serializable' END
           AS isolation_level
  FROM pg_catalog.pg_database d;

GRANT SELECT ON pg_catalog.pg_database_info, pg_catalog.stv_db_isolation_level TO PUBLIC;
