-- The ledger: what was loaded, and which messages that answered, written in the transaction of the data. Run once, by an
-- administrator or by the loader's own user; `serve` creates it by itself where its user may (GRANT CREATE ON DATABASE).
--
--   psql -v ledger_schema=s3_to_redshift -f deploy/sql/ledger.sql
--
-- `ledger_schema` is the daemon's LEDGER_SCHEMA.
\if :{?ledger_schema}
\else
  \set ledger_schema s3_to_redshift
\endif

CREATE SCHEMA IF NOT EXISTS :"ledger_schema";

-- One row for each table loaded. Times are UTC. Sorted by the end of a load, as the ledger is read: by its latest rows.
CREATE TABLE IF NOT EXISTS :"ledger_schema".loads (
    load_id       VARCHAR(64)    NOT NULL,
    target_schema VARCHAR(127)   NOT NULL,
    target_table  VARCHAR(127)   NOT NULL,
    data_date     TIMESTAMP      NOT NULL,
    source_url    VARCHAR(2048)  NOT NULL,
    fingerprint   VARCHAR(64)    NOT NULL,
    message_id    VARCHAR(256)   NOT NULL,
    mode          VARCHAR(16)    NOT NULL,
    forced        BOOLEAN        NOT NULL,
    rows_loaded   BIGINT         NOT NULL,
    bytes_loaded  BIGINT         NOT NULL,
    started_at    TIMESTAMP      NOT NULL,
    finished_at   TIMESTAMP      NOT NULL,
    loader        VARCHAR(256)   NOT NULL,
    rows_deleted       BIGINT,
    rows_in_window     BIGINT,
    config_fingerprint VARCHAR(64),
    data_date_column   VARCHAR(127),
    table_was_empty    BOOLEAN,
    granularity        VARCHAR(16),
    timezone           VARCHAR(64),
    window_start       TIMESTAMP,
    window_end         TIMESTAMP,
    format             VARCHAR(16),
    unknown_fields     VARCHAR(4096),
    rows_duplicate     BIGINT,
    rows_outdated      BIGINT,
    rows_skipped       BIGINT,
    values_cut         BIGINT,
    values_replaced    BIGINT,
    widened            VARCHAR(4096),
    rows_beyond_keys   BIGINT,
    cadence_seconds    BIGINT
)
DISTSTYLE EVEN
COMPOUND SORTKEY (finished_at);

-- What an earlier version made gets the columns that came later. Daemons of both versions can run meanwhile.
SELECT COUNT(CASE WHEN a.attname = 'rows_deleted' THEN 1 END) = 0 AS lacks_rows_deleted,
       COUNT(CASE WHEN a.attname = 'rows_in_window' THEN 1 END) = 0 AS lacks_rows_in_window,
       COUNT(CASE WHEN a.attname = 'config_fingerprint' THEN 1 END) = 0 AS lacks_config_fingerprint,
       COUNT(CASE WHEN a.attname = 'data_date_column' THEN 1 END) = 0 AS lacks_data_date_column,
       COUNT(CASE WHEN a.attname = 'table_was_empty' THEN 1 END) = 0 AS lacks_table_was_empty,
       COUNT(CASE WHEN a.attname = 'granularity' THEN 1 END) = 0 AS lacks_granularity,
       COUNT(CASE WHEN a.attname = 'timezone' THEN 1 END) = 0 AS lacks_timezone,
       COUNT(CASE WHEN a.attname = 'window_start' THEN 1 END) = 0 AS lacks_window_start,
       COUNT(CASE WHEN a.attname = 'window_end' THEN 1 END) = 0 AS lacks_window_end,
       COUNT(CASE WHEN a.attname = 'format' THEN 1 END) = 0 AS lacks_format,
       COUNT(CASE WHEN a.attname = 'unknown_fields' THEN 1 END) = 0 AS lacks_unknown_fields,
       COUNT(CASE WHEN a.attname = 'rows_duplicate' THEN 1 END) = 0 AS lacks_rows_duplicate,
       COUNT(CASE WHEN a.attname = 'rows_outdated' THEN 1 END) = 0 AS lacks_rows_outdated,
       COUNT(CASE WHEN a.attname = 'rows_skipped' THEN 1 END) = 0 AS lacks_rows_skipped,
       COUNT(CASE WHEN a.attname = 'values_cut' THEN 1 END) = 0 AS lacks_values_cut,
       COUNT(CASE WHEN a.attname = 'values_replaced' THEN 1 END) = 0 AS lacks_values_replaced,
       COUNT(CASE WHEN a.attname = 'widened' THEN 1 END) = 0 AS lacks_widened,
       COUNT(CASE WHEN a.attname = 'rows_beyond_keys' THEN 1 END) = 0 AS lacks_rows_beyond_keys,
       COUNT(CASE WHEN a.attname = 'cadence_seconds' THEN 1 END) = 0 AS lacks_cadence_seconds
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = LOWER(:'ledger_schema') AND c.relname = 'loads' AND NOT a.attisdropped
\gset
\if :lacks_rows_deleted
    ALTER TABLE :"ledger_schema".loads ADD COLUMN rows_deleted BIGINT;
\endif
\if :lacks_rows_in_window
    ALTER TABLE :"ledger_schema".loads ADD COLUMN rows_in_window BIGINT;
\endif
\if :lacks_config_fingerprint
    ALTER TABLE :"ledger_schema".loads ADD COLUMN config_fingerprint VARCHAR(64);
\endif
\if :lacks_data_date_column
    ALTER TABLE :"ledger_schema".loads ADD COLUMN data_date_column VARCHAR(127);
\endif
\if :lacks_table_was_empty
    ALTER TABLE :"ledger_schema".loads ADD COLUMN table_was_empty BOOLEAN;
\endif
\if :lacks_granularity
    ALTER TABLE :"ledger_schema".loads ADD COLUMN granularity VARCHAR(16);
\endif
\if :lacks_timezone
    ALTER TABLE :"ledger_schema".loads ADD COLUMN timezone VARCHAR(64);
\endif
\if :lacks_window_start
    ALTER TABLE :"ledger_schema".loads ADD COLUMN window_start TIMESTAMP;
\endif
\if :lacks_window_end
    ALTER TABLE :"ledger_schema".loads ADD COLUMN window_end TIMESTAMP;
\endif
\if :lacks_format
    ALTER TABLE :"ledger_schema".loads ADD COLUMN format VARCHAR(16);
\endif
\if :lacks_unknown_fields
    ALTER TABLE :"ledger_schema".loads ADD COLUMN unknown_fields VARCHAR(4096);
\endif
\if :lacks_rows_duplicate
    ALTER TABLE :"ledger_schema".loads ADD COLUMN rows_duplicate BIGINT;
\endif
\if :lacks_rows_outdated
    ALTER TABLE :"ledger_schema".loads ADD COLUMN rows_outdated BIGINT;
\endif
\if :lacks_rows_skipped
    ALTER TABLE :"ledger_schema".loads ADD COLUMN rows_skipped BIGINT;
\endif
\if :lacks_values_cut
    ALTER TABLE :"ledger_schema".loads ADD COLUMN values_cut BIGINT;
\endif
\if :lacks_values_replaced
    ALTER TABLE :"ledger_schema".loads ADD COLUMN values_replaced BIGINT;
\endif
\if :lacks_widened
    ALTER TABLE :"ledger_schema".loads ADD COLUMN widened VARCHAR(4096);
\endif
\if :lacks_rows_beyond_keys
    ALTER TABLE :"ledger_schema".loads ADD COLUMN rows_beyond_keys BIGINT;
\endif
\if :lacks_cadence_seconds
    ALTER TABLE :"ledger_schema".loads ADD COLUMN cadence_seconds BIGINT;
\endif

-- Messages that waited while another one asked the same: the load of that one answered them too.
CREATE TABLE IF NOT EXISTS :"ledger_schema".superseded_messages (
    message_id    VARCHAR(256)   NOT NULL,
    target_schema VARCHAR(127)   NOT NULL,
    target_table  VARCHAR(127)   NOT NULL,
    load_id       VARCHAR(64)    NOT NULL,
    recorded_at   TIMESTAMP      NOT NULL
)
DISTSTYLE EVEN
COMPOUND SORTKEY (recorded_at);

-- Files of loads of announced files, each of which is loaded once. Sorted as it is asked: by table and key.
CREATE TABLE IF NOT EXISTS :"ledger_schema".files (
    load_id       VARCHAR(64)    NOT NULL,
    target_schema VARCHAR(127)   NOT NULL,
    target_table  VARCHAR(127)   NOT NULL,
    bucket        VARCHAR(255)   NOT NULL,
    object_key    VARCHAR(1024)  NOT NULL,
    version_id    VARCHAR(1024),
    etag          VARCHAR(256)   NOT NULL,
    bytes         BIGINT         NOT NULL,
    recorded_at   TIMESTAMP      NOT NULL
)
DISTSTYLE EVEN
COMPOUND SORTKEY (target_schema, target_table, object_key);

-- What is paused (`s3-to-redshift pause`): both names are empty where every load is, and the schema alone where a table is in
-- every schema. The first pause makes it where its user may. Every daemon must be able to read it, or it starts no load.
CREATE TABLE IF NOT EXISTS :"ledger_schema".pauses (
    target_schema VARCHAR(127)   NOT NULL,
    target_table  VARCHAR(127)   NOT NULL,
    paused_at     TIMESTAMP      NOT NULL,
    paused_by     VARCHAR(256)   NOT NULL,
    reason        VARCHAR(1024)  NOT NULL
)
DISTSTYLE ALL;
GRANT SELECT ON :"ledger_schema".pauses TO PUBLIC;
