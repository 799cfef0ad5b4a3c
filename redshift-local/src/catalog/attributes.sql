-- What CREATE TABLE said in words that PostgreSQL does not have: kept beside PostgreSQL's catalog, by its own triggers.

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

-- Views WITH NO SCHEMA BINDING; late_views.sql has what keeps them up to date.
CREATE TABLE redshift_catalog.late_views (
    relation oid PRIMARY KEY,
    columns  text[] NOT NULL,
    query    text NOT NULL,
    -- What it reads: quoted names with their schemas, and as far as these are there.
    reads    text[] NOT NULL,
    found    oid[] NOT NULL,
    -- The functions that it calls, as far as the view could be made.
    calls    oid[] NOT NULL,
    source   text NOT NULL,
    -- It could not be made, and says so when it is queried.
    broken   bool NOT NULL
);
GRANT SELECT ON redshift_catalog.late_views TO PUBLIC;

CREATE FUNCTION redshift_catalog.number_of(relation oid, column_name text, clause text) RETURNS int2
LANGUAGE plpgsql STABLE AS $$
DECLARE
    found int2;
BEGIN
    SELECT a.attnum INTO found FROM pg_catalog.postgres_attribute a
     WHERE a.attrelid = relation AND a.attname = column_name AND a.attnum > 0 AND NOT a.attisdropped;
    IF found IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '42703', MESSAGE = format('column "%s" named in %s does not exist', column_name, clause);
    END IF;
    RETURN found;
END $$;

-- What ALTER TABLE does not change [DG r_ALTER_TABLE]; the words are ours.
CREATE FUNCTION redshift_catalog.check_alteration(target oid, said jsonb) RETURNS void LANGUAGE plpgsql STABLE AS $$
DECLARE
    is_temporary bool := (SELECT relpersistence = 't' FROM pg_catalog.postgres_class WHERE oid = target);
    is_interleaved bool := EXISTS (SELECT FROM redshift_catalog.column_attributes c
                                    WHERE c.relation = target AND c.sortkeyord < 0);
    refused text := CASE
        WHEN is_temporary AND said ? 'sortkey' THEN 'ALTER SORTKEY of a temporary table'
        WHEN is_temporary AND said ->> 'diststyle' IN ('all', 'even') THEN 'ALTER DISTSTYLE of a temporary table'
        WHEN is_interleaved AND said ->> 'diststyle' IN ('all', 'even', 'key') THEN
            'ALTER DISTSTYLE or DISTKEY of a table with an interleaved sort key'
        WHEN is_interleaved AND said ? 'encodings' THEN 'ALTER COLUMN ENCODE of a table with an interleaved sort key'
        WHEN EXISTS (SELECT FROM jsonb_each_text(coalesce(said -> 'encodings', '{}')) AS given
                       JOIN redshift_catalog.all_attributes a ON a.attrelid = target AND a.attname = redshift_catalog.shown(given.key::name)
                      WHERE pg_catalog.format_encoding(a.attencodingtype) = replace(given.value, 'raw', 'none')) THEN
            'ALTER COLUMN ENCODE with the encoding that the column has' END;
BEGIN
    IF refused IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = '0A000', MESSAGE = refused || ' is not supported';
    END IF;
END $$;

-- Records the attributes that the proxy left behind the statement, as JSON in a comment.
CREATE FUNCTION redshift_catalog.apply_attributes(target oid, said jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    style int2;
    parent oid;
BEGIN
    IF said ? 'alters' THEN
        PERFORM redshift_catalog.check_alteration(target, said);
    END IF;
    IF said ? 'like' THEN
        parent := (said ->> 'like')::regclass;
        INSERT INTO redshift_catalog.table_attributes
        SELECT target, p.diststyle FROM redshift_catalog.table_attributes p WHERE p.relation = parent
        ON CONFLICT (relation) DO UPDATE SET diststyle = excluded.diststyle;
        -- An IDENTITY column becomes an ordinary one [sicarul/redshiftTools #14]; what it becomes together with the defaults,
        -- among which Redshift counts it, is not known.
        IF (said ->> 'like_defaults')::bool AND EXISTS (
            SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = parent AND a.attidentity <> '' AND NOT a.attisdropped) THEN
            RAISE EXCEPTION USING ERRCODE = '0A000', MESSAGE =
                'LIKE ... INCLUDING DEFAULTS of a table with an IDENTITY column is not covered by redshift-local';
        END IF;
        -- Only what was said of the columns: what is written here counts under serializable isolation, so that two
        -- transactions with staging tables could not be in any order.
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
    IF EXISTS (SELECT FROM redshift_catalog.column_attributes c
                 JOIN pg_catalog.pg_attribute a ON a.attrelid = c.relation AND a.attnum = c.attnum
                WHERE c.relation = target AND a.atttypid IN ('super'::regtype, 'varbyte'::regtype) AND (c.distkey OR c.sortkeyord <> 0)) THEN
        RAISE EXCEPTION USING ERRCODE = '0A000',
            MESSAGE = 'A column of type SUPER or VARBYTE cannot be a distribution key or sort key';
    END IF;
    IF said ? 'foreign_keys' THEN
        PERFORM redshift_catalog.add_foreign_key(target, key) FROM jsonb_array_elements(said -> 'foreign_keys') AS key;
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
    -- [DG r_ALTER_TABLE]; a table that is dropped names none of its columns.
    IF EXISTS (SELECT FROM redshift_catalog.column_attributes c JOIN pg_event_trigger_dropped_objects() d
                   ON c.relation = d.objid AND c.attnum = d.objsubid AND d.object_type = 'table column'
                WHERE c.distkey OR c.sortkeyord <> 0) THEN
        RAISE EXCEPTION USING ERRCODE = '0A000', MESSAGE = 'cannot drop a column that is a distribution key or sort key';
    END IF;
    DELETE FROM redshift_catalog.table_attributes t USING pg_event_trigger_dropped_objects() d
     WHERE t.relation = d.objid AND d.objsubid = 0 AND d.object_type = 'table';
    DELETE FROM redshift_catalog.column_attributes c USING pg_event_trigger_dropped_objects() d
     WHERE c.relation = d.objid AND d.objsubid IN (0, c.attnum) AND d.object_type IN ('table', 'table column');
END $$;

CREATE EVENT TRIGGER redshift_after_ddl ON ddl_command_end
    WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'ALTER TABLE') EXECUTE FUNCTION redshift_catalog.after_ddl();
CREATE EVENT TRIGGER redshift_after_drop ON sql_drop EXECUTE FUNCTION redshift_catalog.after_drop();
