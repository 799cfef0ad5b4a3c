-- Foreign keys as the catalog shows them. PostgreSQL enforces one by triggers, which these do not have (fact 0.12).

CREATE FUNCTION redshift_catalog.add_foreign_key(target oid, said jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    parent regclass := said ->> 'table';
    mine int2[] := ARRAY(SELECT redshift_catalog.number_of(target, c.name, 'FOREIGN KEY')
                           FROM jsonb_array_elements_text(said -> 'columns') WITH ORDINALITY AS c(name, place)
                          ORDER BY place);
    theirs int2[] := ARRAY(SELECT redshift_catalog.number_of(parent, c.name, 'REFERENCES')
                             FROM jsonb_array_elements_text(said -> 'referenced') WITH ORDINALITY AS c(name, place)
                            ORDER BY place);
    referenced pg_catalog.postgres_constraint;
    id oid := pg_catalog.pg_nextoid('pg_catalog.postgres_constraint', 'oid', 'pg_catalog.pg_constraint_oid_index');
    unnamed text := format('%s_%s_fkey', (SELECT relname FROM pg_catalog.postgres_class WHERE oid = target),
                           said -> 'columns' ->> 0);
    others bigint := (SELECT count(*) FROM pg_catalog.postgres_constraint c
                       WHERE c.conrelid = target AND starts_with(c.conname::text, unnamed));
    name text := coalesce(said ->> 'name', unnamed || coalesce(nullif(others, 0)::text, ''));
BEGIN
    SELECT * INTO referenced FROM pg_catalog.postgres_constraint c
     WHERE c.conrelid = parent AND (c.contype = 'p' AND theirs = '{}' OR
                                    c.contype IN ('p', 'u') AND c.conkey @> theirs AND c.conkey <@ theirs)
     ORDER BY c.contype LIMIT 1;
    IF referenced.oid IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '42830',
            MESSAGE = format('there is no unique constraint matching given keys for referenced table "%s"',
                             (SELECT relname FROM pg_catalog.postgres_class WHERE oid = parent));
    END IF;
    theirs := coalesce(nullif(theirs, '{}'), referenced.conkey);
    IF cardinality(mine) <> cardinality(theirs) THEN
        RAISE EXCEPTION USING ERRCODE = '42830',
            MESSAGE = 'number of referencing and referenced columns for foreign key disagree';
    END IF;
    -- What PostgreSQL's versions add to the catalog is as in the key that is referenced.
    INSERT INTO pg_catalog.postgres_constraint
    SELECT made.* FROM jsonb_populate_record(referenced, postgres_jsonb_build_object(
        'oid', id, 'conname', name, 'contype', 'f', 'conrelid', target, 'confrelid', parent::oid,
        'conkey', to_jsonb(mine), 'confkey', to_jsonb(theirs), 'confupdtype', 'a', 'confdeltype', 'a', 'confmatchtype', 's',
        'connamespace', (SELECT relnamespace FROM pg_catalog.postgres_class WHERE oid = target))) made;
    -- It goes with its table and its columns, and holds on to the ones that it refers to.
    INSERT INTO pg_catalog.pg_depend (classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype)
    SELECT 'pg_catalog.postgres_constraint'::regclass, id, 0, 'pg_catalog.postgres_class'::regclass, target, number, 'a'
      FROM postgres_unnest(mine) AS number
     UNION ALL
    SELECT 'pg_catalog.postgres_constraint'::regclass, id, 0, 'pg_catalog.postgres_class'::regclass, parent, number, 'n'
      FROM postgres_unnest(theirs) AS number;
END $$;
