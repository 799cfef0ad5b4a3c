-- Redshift's catalog over PostgreSQL's, installed once into template1, from which every database is copied.
--
-- Three catalogs get columns that PostgreSQL's do not have (pg_class, pg_attribute, pg_attrdef): the table is renamed
-- and a view takes its name. PostgreSQL itself finds its catalogs by number, so it does not notice.

SET allow_system_table_mods = on;

CREATE SCHEMA redshift_catalog;
GRANT USAGE ON SCHEMA redshift_catalog TO PUBLIC;

-- ---------------------------------------------------------------------------------------------------------------
-- What CREATE TABLE said in words that PostgreSQL does not have
-- ---------------------------------------------------------------------------------------------------------------

CREATE TABLE redshift_catalog.table_attributes (
    relation  oid PRIMARY KEY,
    -- 0 EVEN, 1 KEY, 8 ALL, 9 AUTO
    diststyle int2 NOT NULL
);

CREATE TABLE redshift_catalog.column_attributes (
    relation   oid,
    attnum     int2,
    distkey    bool NOT NULL DEFAULT false,
    -- 0 none, 1, 2, 3 compound, 1, -2, 3 interleaved
    sortkeyord int2 NOT NULL DEFAULT 0,
    encoding   text,
    PRIMARY KEY (relation, attnum)
);

GRANT SELECT ON redshift_catalog.table_attributes, redshift_catalog.column_attributes TO PUBLIC;

CREATE FUNCTION redshift_catalog.number_of(relation oid, column_name text, clause text) RETURNS int2
LANGUAGE plpgsql STABLE AS $$
DECLARE
    found int2;
BEGIN
    SELECT a.attnum INTO found FROM pg_catalog.pg_attribute a
     WHERE a.attrelid = relation AND a.attname = column_name AND a.attnum > 0 AND NOT a.attisdropped;
    IF found IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '42703', MESSAGE = format('column "%s" named in %s does not exist', column_name, clause);
    END IF;
    RETURN found;
END $$;

-- Records the attributes that the proxy left behind the statement, as JSON in a comment.
CREATE FUNCTION redshift_catalog.apply_attributes(target oid, said jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    style int2;
    parent oid;
BEGIN
    IF said ? 'like' THEN
        parent := (said ->> 'like')::regclass;
        INSERT INTO redshift_catalog.table_attributes
        SELECT target, p.diststyle FROM redshift_catalog.table_attributes p WHERE p.relation = parent
        ON CONFLICT (relation) DO UPDATE SET diststyle = excluded.diststyle;
        INSERT INTO redshift_catalog.column_attributes (relation, attnum, distkey, sortkeyord, encoding)
        SELECT target, mine.attnum, c.distkey, c.sortkeyord, c.encoding
          FROM redshift_catalog.column_attributes c
          JOIN pg_catalog.pg_attribute theirs ON theirs.attrelid = parent AND theirs.attnum = c.attnum
          JOIN pg_catalog.pg_attribute mine ON mine.attrelid = target AND mine.attname = theirs.attname
         WHERE c.relation = parent;
    END IF;
    style := CASE said ->> 'diststyle' WHEN 'even' THEN 0 WHEN 'key' THEN 1 WHEN 'all' THEN 8 WHEN 'auto' THEN 9 END;
    IF style IS NOT NULL THEN
        INSERT INTO redshift_catalog.table_attributes VALUES (target, style)
        ON CONFLICT (relation) DO UPDATE SET diststyle = excluded.diststyle;
        UPDATE redshift_catalog.column_attributes SET distkey = false WHERE relation = target;
    END IF;
    IF said ? 'distkey' THEN
        INSERT INTO redshift_catalog.column_attributes (relation, attnum, distkey)
        VALUES (target, redshift_catalog.number_of(target, said ->> 'distkey', 'DISTKEY'), true)
        ON CONFLICT (relation, attnum) DO UPDATE SET distkey = true;
    END IF;
    IF said ? 'sortkey' THEN
        UPDATE redshift_catalog.column_attributes SET sortkeyord = 0 WHERE relation = target;
        INSERT INTO redshift_catalog.column_attributes (relation, attnum, sortkeyord)
        SELECT target, redshift_catalog.number_of(target, key.name, 'SORTKEY'),
               CASE WHEN (said ->> 'interleaved')::bool AND key.place % 2 = 0 THEN -key.place ELSE key.place END
          FROM jsonb_array_elements_text(said -> 'sortkey') WITH ORDINALITY AS key(name, place)
        ON CONFLICT (relation, attnum) DO UPDATE SET sortkeyord = excluded.sortkeyord;
    END IF;
    IF said ? 'encodings' THEN
        INSERT INTO redshift_catalog.column_attributes (relation, attnum, encoding)
        SELECT target, redshift_catalog.number_of(target, given.key, 'ENCODE'), given.value
          FROM jsonb_each_text(said -> 'encodings') AS given
        ON CONFLICT (relation, attnum) DO UPDATE SET encoding = excluded.encoding;
    END IF;
END $$;

CREATE FUNCTION redshift_catalog.after_ddl() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    said jsonb := (regexp_match(current_query(), '^.*/[*] redshift-local: ([{].*[}]) [*]/$'))[1];
    target oid;
BEGIN
    FOR target IN SELECT DISTINCT objid FROM pg_event_trigger_ddl_commands() WHERE object_type = 'table' LOOP
        -- PRIMARY KEY and UNIQUE are declared, shown and not enforced (fact 0.12). PostgreSQL leaves the check of an
        -- index that is not immediate to a trigger, and this one has none.
        UPDATE pg_catalog.pg_index SET indimmediate = false WHERE indrelid = target AND indisunique AND indimmediate;
        IF said IS NOT NULL THEN
            PERFORM redshift_catalog.apply_attributes(target, said);
        END IF;
    END LOOP;
END $$;

CREATE FUNCTION redshift_catalog.after_drop() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    DELETE FROM redshift_catalog.table_attributes t USING pg_event_trigger_dropped_objects() d
     WHERE t.relation = d.objid AND d.objsubid = 0 AND d.object_type = 'table';
    DELETE FROM redshift_catalog.column_attributes c USING pg_event_trigger_dropped_objects() d
     WHERE c.relation = d.objid AND d.objsubid IN (0, c.attnum) AND d.object_type IN ('table', 'table column');
END $$;

CREATE EVENT TRIGGER redshift_after_ddl ON ddl_command_end
    WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'ALTER TABLE') EXECUTE FUNCTION redshift_catalog.after_ddl();
CREATE EVENT TRIGGER redshift_after_drop ON sql_drop EXECUTE FUNCTION redshift_catalog.after_drop();

-- ---------------------------------------------------------------------------------------------------------------
-- Functions
-- ---------------------------------------------------------------------------------------------------------------

ALTER FUNCTION pg_catalog.version() RENAME TO postgres_version;
CREATE FUNCTION pg_catalog.version() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT 'PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2 20041017 (Red Hat 3.4.2-6.fc3), Redshift 1.0.99999'::text
$$;

CREATE FUNCTION pg_catalog.getdate() RETURNS timestamp LANGUAGE sql STABLE AS $$
    SELECT date_trunc('second', statement_timestamp() AT TIME ZONE 'UTC')
$$;
CREATE FUNCTION pg_catalog.sysdate() RETURNS timestamp LANGUAGE sql STABLE AS $$
    SELECT transaction_timestamp() AT TIME ZONE 'UTC'
$$;

-- Set by the proxy before any statement that asks.
CREATE FUNCTION pg_catalog.pg_last_copy_count() RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT current_setting('redshift_local.last_copy_count')::bigint
$$;
CREATE FUNCTION pg_catalog.pg_last_copy_id() RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT current_setting('redshift_local.last_copy_id')::integer
$$;

-- The numbers are ours; only what format_encoding makes of them is documented.
CREATE FUNCTION redshift_catalog.encodings() RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT ARRAY['none', 'bytedict', 'delta', 'delta32k', 'lzo', 'mostly8', 'mostly16', 'mostly32', 'runlength',
                 'text255', 'text32k', 'zstd', 'az64']
$$;
CREATE FUNCTION pg_catalog.format_encoding(encoding integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT (redshift_catalog.encodings())[encoding + 1]
$$;

-- A column's encoding where CREATE TABLE did not say one (fact 2.14).
CREATE FUNCTION redshift_catalog.encoding_number(said text, type oid, sortkeyord int2) RETURNS smallint
LANGUAGE sql STABLE AS $$
    SELECT (array_position(redshift_catalog.encodings(), CASE
        WHEN said = 'raw' THEN 'none'
        WHEN said <> 'auto' THEN said
        WHEN sortkeyord <> 0 THEN 'none'
        WHEN type IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'numeric'::regtype, 'date'::regtype,
                      'time'::regtype, 'timetz'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype) THEN 'az64'
        WHEN type IN ('bpchar'::regtype, 'varchar'::regtype) THEN 'lzo'
        ELSE 'none' END) - 1)::smallint
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- Catalogs
-- ---------------------------------------------------------------------------------------------------------------

-- Drivers that look up a range type get 42P01, as on Redshift (fact 0.4).
ALTER TABLE pg_catalog.pg_range RENAME TO postgres_range;
ALTER TABLE pg_catalog.pg_enum RENAME TO postgres_enum;

ALTER TABLE pg_catalog.pg_class RENAME TO postgres_class;
ALTER TABLE pg_catalog.pg_attribute RENAME TO postgres_attribute;
ALTER TABLE pg_catalog.pg_attrdef RENAME TO postgres_attrdef;

CREATE VIEW pg_catalog.pg_class AS
SELECT c.*,
       CASE WHEN c.relkind = 'r' AND c.oid >= 16384 THEN coalesce(t.diststyle, 9) ELSE 0 END::int2 AS reldiststyle
  FROM pg_catalog.postgres_class c LEFT JOIN redshift_catalog.table_attributes t ON t.relation = c.oid;

CREATE VIEW pg_catalog.pg_class_info AS
SELECT c.oid AS reloid, c.*,
       CASE c.reldiststyle WHEN 9 THEN 10 ELSE c.reldiststyle END::int2 AS releffectivediststyle
  FROM pg_catalog.pg_class c;

-- The columns differ between PostgreSQL's versions, so they are listed by the catalog itself. An identity column has
-- a default on Redshift and none on PostgreSQL.
DO $$
DECLARE
    columns text;
BEGIN
    SELECT string_agg(CASE attname
               WHEN 'atthasdef' THEN '(a.atthasdef OR a.attidentity <> '''') AS atthasdef'
               ELSE format('a.%I', attname) END, ', ' ORDER BY attnum)
      INTO columns
      FROM pg_catalog.postgres_attribute WHERE attrelid = 'pg_catalog.postgres_attribute'::regclass AND attnum > 0;
    EXECUTE format('CREATE VIEW pg_catalog.pg_attribute AS
        SELECT %s, coalesce(r.distkey, false) AS attisdistkey, coalesce(r.sortkeyord, 0::int2) AS attsortkeyord,
               redshift_catalog.encoding_number(r.encoding, a.atttypid, coalesce(r.sortkeyord, 0::int2)) AS attencodingtype
          FROM pg_catalog.postgres_attribute a
          LEFT JOIN redshift_catalog.column_attributes r ON r.relation = a.attrelid AND r.attnum = a.attnum', columns);
END $$;

CREATE VIEW pg_catalog.pg_attrdef AS
SELECT d.*, pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS adsrc FROM pg_catalog.postgres_attrdef d
UNION ALL
SELECT s.seqrelid, a.attrelid, a.attnum, NULL,
       format('"identity"(%s, %s, ''%s,%s''::text)', a.attrelid, a.attnum - 1, s.seqstart, s.seqincrement)
  FROM pg_catalog.postgres_attribute a
  JOIN pg_catalog.pg_depend d ON d.refobjid = a.attrelid AND d.refobjsubid = a.attnum AND d.deptype = 'i'
  JOIN pg_catalog.pg_sequence s ON s.seqrelid = d.objid
 WHERE a.attidentity <> '';

CREATE VIEW pg_catalog.pg_table_def AS
SELECT n.nspname AS schemaname, c.relname AS tablename, a.attname AS "column",
       pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
       pg_catalog.format_encoding(a.attencodingtype::integer) AS encoding,
       a.attisdistkey AS distkey, a.attsortkeyord::integer AS sortkey, a.attnotnull AS notnull
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
 WHERE c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND n.nspname = ANY (pg_catalog.current_schemas(true));

CREATE VIEW pg_catalog.pg_database_info AS
SELECT d.datname, d.oid AS datid, 100000 AS datdba,
       'concurrency_model=' || current_setting('redshift_local.concurrency_model') AS datconfig
  FROM pg_catalog.pg_database d;

CREATE VIEW pg_catalog.stv_db_isolation_level AS
SELECT d.datname AS db_name,
       CASE current_setting('redshift_local.concurrency_model') WHEN '1' THEN 'Snapshot Isolation' ELSE 'Serializable' END
           AS isolation_level
  FROM pg_catalog.pg_database d;

-- ---------------------------------------------------------------------------------------------------------------
-- Load errors, written by the proxy on a session of its own so that they survive the rollback (fact 1.15)
-- ---------------------------------------------------------------------------------------------------------------

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
SELECT userid, 0 AS slice, tbl::integer AS tbl, starttime, session, query, filename::char(256) AS filename, line_number,
       colname::char(127) AS colname, type::char(10) AS type, col_length::char(10) AS col_length, "position",
       raw_line::char(1024) AS raw_line, raw_field_value::char(1024) AS raw_field_value, err_code,
       err_reason::char(100) AS err_reason, 0 AS is_partial, 0::bigint AS start_offset, NULL::bigint AS copy_job_id
  FROM redshift_catalog.visible_load_errors;

CREATE VIEW pg_catalog.sys_load_error_detail AS
SELECT userid AS user_id, query::bigint AS query_id, query::bigint AS transaction_id, session AS session_id,
       current_database()::text AS database_name, tbl::integer AS table_id, starttime AS start_time,
       filename::char(256) AS file_name, line_number, colname::char(127) AS column_name, type::char(10) AS column_type,
       col_length::char(10) AS column_length, "position", err_code AS error_code,
       err_reason::char(512) AS error_message
  FROM redshift_catalog.visible_load_errors;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['pg_class', 'pg_class_info', 'pg_attribute', 'pg_attrdef', 'pg_table_def',
                                'pg_database_info', 'stv_db_isolation_level', 'stl_load_errors', 'sys_load_error_detail'] LOOP
        EXECUTE format('GRANT SELECT ON pg_catalog.%I TO PUBLIC', name);
    END LOOP;
END $$;
