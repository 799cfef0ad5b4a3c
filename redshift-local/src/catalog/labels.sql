-- What we know of tables and columns beside PostgreSQL's catalog: labels on them, in a catalog of PostgreSQL.
--
-- What is read and written in a table of ours would count under serializable isolation, where Redshift's catalog takes no
-- part (fact 2.4); what PostgreSQL takes for its own catalog does not. It also drops a label with what it is on.

ALTER TABLE pg_catalog.pg_seclabel RENAME TO postgres_seclabel;
CREATE VIEW pg_catalog.pg_seclabel AS
SELECT l.* FROM pg_catalog.postgres_seclabel l WHERE l.provider NOT LIKE 'redshift_local%';
GRANT SELECT ON pg_catalog.pg_seclabel TO PUBLIC;
DO $$
BEGIN
    EXECUTE 'CREATE OR REPLACE VIEW pg_catalog.pg_seclabels AS ' ||
            replace(pg_catalog.pg_get_viewdef('pg_catalog.pg_seclabels'), 'postgres_seclabel', 'pg_catalog.pg_seclabel');
END $$;

CREATE VIEW redshift_catalog.table_attributes AS
SELECT l.objoid AS relation,
       -- 0 EVEN, 1 KEY, 8 ALL, 9 AUTO
       (l.label::jsonb ->> 'diststyle')::int2 AS diststyle,
       (l.label::jsonb ->> 'distkey')::int2 AS distkey,
       -- By the numbers of columns 1, 2, 3 compound, 1, -2, 3 interleaved
       l.label::jsonb -> 'sortkey' AS sortkey
  FROM pg_catalog.postgres_seclabel l
 WHERE l.classoid = 'pg_catalog.pg_class'::regclass AND l.objsubid = 0 AND l.provider = 'redshift_local';

CREATE VIEW redshift_catalog.column_attributes AS
SELECT l.objoid AS relation, l.objsubid AS attnum, l.label::jsonb ->> 'encoding' AS encoding
  FROM pg_catalog.postgres_seclabel l
 WHERE l.classoid = 'pg_catalog.pg_class'::regclass AND l.objsubid > 0 AND l.provider = 'redshift_local';

-- Views WITH NO SCHEMA BINDING; late_views.sql has what keeps them up to date.
CREATE TYPE redshift_catalog.late_view AS (
    columns text[],
    query   text,
    -- What it reads: quoted names with their schemas, and as far as these are there.
    reads   text[],
    found   oid[],
    -- The functions that it calls, as far as the view could be made.
    calls   oid[],
    source  text,
    -- It could not be made, and says so when it is queried.
    broken  bool
);
CREATE VIEW redshift_catalog.late_views AS
SELECT l.objoid AS relation, (jsonb_populate_record(NULL::redshift_catalog.late_view, l.label::jsonb)).*
  FROM pg_catalog.postgres_seclabel l
 WHERE l.classoid = 'pg_catalog.pg_class'::regclass AND l.objsubid = 0 AND l.provider = 'redshift_local late view';

GRANT SELECT ON redshift_catalog.table_attributes, redshift_catalog.column_attributes, redshift_catalog.late_views TO PUBLIC;

-- Writes on the labels of a relation (0) and of its columns, by their numbers. What else they say stays.
CREATE FUNCTION redshift_catalog.label(target oid, kind text, said jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    relations CONSTANT oid := 'pg_catalog.postgres_class'::regclass;
BEGIN
    UPDATE pg_catalog.postgres_seclabel l SET label = l.label::jsonb || part.value
      FROM jsonb_each(said) AS part
     WHERE l.objoid = target AND l.classoid = relations AND l.objsubid = part.key::int4 AND l.provider = kind;
    INSERT INTO pg_catalog.postgres_seclabel (objoid, classoid, objsubid, provider, label)
    SELECT target, relations, part.key::int4, kind, part.value
      FROM jsonb_each(said) AS part
     WHERE NOT EXISTS (SELECT FROM pg_catalog.postgres_seclabel l
                        WHERE l.objoid = target AND l.classoid = relations AND l.objsubid = part.key::int4
                          AND l.provider = kind);
EXCEPTION WHEN unique_violation THEN
    -- Somebody has made the label since our snapshot.
    RAISE EXCEPTION USING ERRCODE = '40001', MESSAGE = 'could not serialize access due to concurrent update';
END $$;
