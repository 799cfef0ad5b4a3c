-- What CREATE TABLE said in words that PostgreSQL does not have: written on labels by PostgreSQL's own triggers.

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

-- The column's number in a table that has one of its name.
CREATE FUNCTION redshift_catalog.same_column(parent oid, number int4, target oid) RETURNS int2 LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT mine.attnum
              FROM pg_catalog.postgres_attribute theirs JOIN pg_catalog.postgres_attribute mine USING (attname)
             WHERE theirs.attrelid = parent AND theirs.attnum = number AND mine.attrelid = target);
END $$;

CREATE FUNCTION redshift_catalog.is_key(keys redshift_catalog.table_attributes, attnum int4) RETURNS bool
LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(keys.distkey = attnum OR keys.sortkey ? attnum::text, false)
$$;

CREATE FUNCTION redshift_catalog.is_interleaved(sortkey jsonb) RETURNS bool LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_path_exists(sortkey, '$.* ? (@ < 0)')
$$;

-- LIKE: keys and encodings go by the names of the columns.
CREATE FUNCTION redshift_catalog.copy_attributes(parent oid, target oid) RETURNS void LANGUAGE sql AS $$
    SELECT redshift_catalog.label(target, 'redshift_local', coalesce(postgres_jsonb_object_agg(part.number, part.said), '{}'))
      FROM (SELECT 0, postgres_jsonb_build_object(
                          'diststyle', t.diststyle,
                          'distkey', redshift_catalog.same_column(parent, t.distkey, target),
                          'sortkey', (SELECT postgres_jsonb_object_agg(redshift_catalog.same_column(parent, key.attnum::int4, target), key.place)
                                        FROM jsonb_each(t.sortkey) AS key(attnum, place)))
              FROM redshift_catalog.table_attributes t WHERE t.relation = parent
             UNION ALL
            SELECT redshift_catalog.same_column(parent, c.attnum, target), postgres_jsonb_build_object('encoding', c.encoding)
              FROM redshift_catalog.column_attributes c WHERE c.relation = parent) AS part(number, said)
$$;

-- What ALTER TABLE does not change [DG r_ALTER_TABLE]; the words are ours.
CREATE FUNCTION redshift_catalog.check_alteration(target oid, said jsonb) RETURNS void LANGUAGE plpgsql STABLE AS $$
DECLARE
    is_temporary bool := (SELECT relpersistence = 't' FROM pg_catalog.postgres_class WHERE oid = target);
    is_interleaved bool := EXISTS (SELECT FROM redshift_catalog.table_attributes t
                                    WHERE t.relation = target AND redshift_catalog.is_interleaved(t.sortkey));
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
    keys jsonb := '{}';
    parent oid;
BEGIN
    IF said ? 'alters' THEN
        PERFORM redshift_catalog.check_alteration(target, said);
    END IF;
    IF said ? 'like' THEN
        parent := (said ->> 'like')::regclass;
        -- An IDENTITY column becomes an ordinary one [sicarul/redshiftTools #14]; what it becomes together with the defaults,
        -- among which Redshift counts it, is not known.
        IF (said ->> 'like_defaults')::bool AND EXISTS (
            SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = parent AND a.attidentity <> '' AND NOT a.attisdropped) THEN
            RAISE EXCEPTION USING ERRCODE = '0A000', MESSAGE =
                'LIKE ... INCLUDING DEFAULTS of a table with an IDENTITY column is not covered by redshift-local';
        END IF;
        PERFORM redshift_catalog.copy_attributes(parent, target);
    END IF;
    style := CASE said ->> 'diststyle' WHEN 'even' THEN 0 WHEN 'key' THEN 1 WHEN 'all' THEN 8 WHEN 'auto' THEN 9 END;
    IF style IS NOT NULL THEN
        keys := postgres_jsonb_build_object('diststyle', style, 'distkey', NULL);
    END IF;
    IF said ? 'distkey' THEN
        keys := keys || postgres_jsonb_build_object(
            'distkey', redshift_catalog.number_of(target, said ->> 'distkey', 'DISTKEY'));
    END IF;
    IF said ? 'sortkey' THEN
        keys := keys || postgres_jsonb_build_object('sortkey', (
            SELECT postgres_jsonb_object_agg(
                       redshift_catalog.number_of(target, key.name, 'SORTKEY'),
                       CASE WHEN (said ->> 'interleaved')::bool AND key.place % 2 = 0 THEN -key.place ELSE key.place END)
              FROM jsonb_array_elements_text(said -> 'sortkey') WITH ORDINALITY AS key(name, place)));
    END IF;
    IF keys <> '{}' THEN
        PERFORM redshift_catalog.label(target, 'redshift_local', postgres_jsonb_build_object('0', keys));
    END IF;
    IF EXISTS (SELECT FROM redshift_catalog.table_attributes t JOIN pg_catalog.postgres_attribute a ON a.attrelid = t.relation
                WHERE t.relation = target AND a.atttypid IN ('super'::regtype, 'varbyte'::regtype)
                  AND redshift_catalog.is_key(t, a.attnum)) THEN
        RAISE EXCEPTION USING ERRCODE = '0A000',
            MESSAGE = 'A column of type SUPER or VARBYTE cannot be a distribution key or sort key';
    END IF;
    IF said ? 'foreign_keys' THEN
        PERFORM redshift_catalog.add_foreign_key(target, key) FROM jsonb_array_elements(said -> 'foreign_keys') AS key;
    END IF;
    IF said ? 'encodings' THEN
        PERFORM redshift_catalog.label(target, 'redshift_local', (
            SELECT postgres_jsonb_object_agg(redshift_catalog.number_of(target, given.key, 'ENCODE'),
                                             postgres_jsonb_build_object('encoding', given.value))
              FROM jsonb_each_text(said -> 'encodings') AS given));
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
    IF EXISTS (SELECT FROM redshift_catalog.table_attributes t JOIN pg_event_trigger_dropped_objects() d ON t.relation = d.objid
                WHERE d.object_type = 'table column' AND redshift_catalog.is_key(t, d.objsubid)) THEN
        RAISE EXCEPTION USING ERRCODE = '0A000', MESSAGE = 'cannot drop a column that is a distribution key or sort key';
    END IF;
END $$;

CREATE EVENT TRIGGER redshift_after_ddl ON ddl_command_end
    WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'ALTER TABLE') EXECUTE FUNCTION redshift_catalog.after_ddl();
CREATE EVENT TRIGGER redshift_after_drop ON sql_drop EXECUTE FUNCTION redshift_catalog.after_drop();
