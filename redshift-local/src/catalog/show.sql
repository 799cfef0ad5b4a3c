-- What SHOW COLUMNS shows (fact 3.3) [DG r_SHOW_COLUMNS].

CREATE VIEW redshift_catalog.show_columns AS
SELECT c.table_catalog AS database_name, c.table_schema AS schema_name, c.table_name, c.column_name, c.ordinal_position,
       c.column_default, c.is_nullable, c.data_type, c.character_maximum_length, c.numeric_precision, c.numeric_scale,
       c.remarks,
       CASE WHEN r.sortkey = 0 THEN NULL WHEN k.interleaved THEN 'INTERLEAVED' ELSE 'COMPOUND' END::text AS sort_key_type,
       r.sortkey AS sort_key, CASE WHEN r.distkey THEN 1 END AS dist_key, replace(r.encoding, 'none', 'raw') AS encoding,
       CASE WHEN c.data_type LIKE '%char%' THEN 'default' END::text AS collation
  FROM pg_catalog.svv_columns c
  JOIN pg_catalog.svv_redshift_columns r ON (r.schema_name, r.table_name, r.column_name) =
                                            (c.table_schema, c.table_name, c.column_name),
       LATERAL (SELECT bool_or(o.sortkey < 0) AS interleaved FROM pg_catalog.svv_redshift_columns o
                 WHERE (o.schema_name, o.table_name) = (c.table_schema, c.table_name)) k;
GRANT SELECT ON redshift_catalog.show_columns TO PUBLIC;

-- 42P01 where there is none.
CREATE FUNCTION redshift_catalog.table_named(schema_name text, table_name text) RETURNS oid LANGUAGE sql STABLE AS $$
    SELECT redshift_catalog.for_postgres(quote_ident(schema_name) || '.' || quote_ident(table_name))::regclass::oid
$$;
CREATE FUNCTION redshift_catalog.table_named(table_name text) RETURNS oid LANGUAGE sql STABLE AS $$
    SELECT redshift_catalog.for_postgres(quote_ident(table_name))::regclass::oid
$$;

CREATE VIEW redshift_catalog.show_tables AS
SELECT t.database_name, t.schema_name, t.table_name, t.table_type, t.acl AS table_acl, t.remarks,
       pg_catalog.pg_get_userbyid(c.relowner)::text AS owner, NULL::timestamp AS last_altered_time,
       NULL::timestamp AS last_modified_time,
       CASE WHEN t.table_type <> 'TABLE' THEN NULL WHEN t.reldiststyle = 0 THEN 'EVEN' WHEN t.reldiststyle = 1 THEN 'KEY'
            WHEN t.reldiststyle = 8 THEN 'ALL' ELSE 'AUTO (EVEN)' END::text AS dist_style,
       CASE WHEN l.relation IS NOT NULL THEN 'LATE BINDING VIEW' WHEN t.table_type = 'VIEW' THEN 'REGULAR VIEW'
            ELSE 'REGULAR TABLE' END::text AS table_subtype
  FROM redshift_catalog.visible_tables t JOIN pg_catalog.pg_class c ON c.oid = t.oid
  LEFT JOIN redshift_catalog.late_views l ON l.relation = t.oid;

CREATE VIEW redshift_catalog.show_primary_keys AS
SELECT current_database()::text AS database_name, n.nspname::text AS schema_name, c.relname::text AS table_name,
       k.conname::text AS pk_name, a.attname::text AS column_name, key.place::integer AS key_seq
  FROM pg_catalog.pg_constraint k
  JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace,
       LATERAL pg_catalog.postgres_unnest(k.conkey) WITH ORDINALITY AS key(number, place)
  JOIN redshift_catalog.all_attributes a ON a.attnum = key.number
 WHERE k.contype = 'p' AND a.attrelid = k.conrelid;

-- Nothing is enforced, so there are no rules.
CREATE VIEW redshift_catalog.show_foreign_keys AS
SELECT current_database()::text AS pk_database_name, pn.nspname::text AS pk_schema_name, pc.relname::text AS pk_table_name,
       pa.attname::text AS pk_column_name, current_database()::text AS fk_database_name,
       fn.nspname::text AS fk_schema_name, fc.relname::text AS fk_table_name, fa.attname::text AS fk_column_name,
       key.place::integer AS key_seq, k.conname::text AS fk_name,
       (SELECT p.conname::text FROM pg_catalog.pg_constraint p
         WHERE p.conrelid = k.confrelid AND p.contype IN ('p', 'u') AND p.conkey @> k.confkey AND p.conkey <@ k.confkey
         ORDER BY p.contype LIMIT 1) AS pk_name,
       NULL::integer AS update_rule, NULL::integer AS delete_rule, NULL::integer AS deferrability
  FROM pg_catalog.pg_constraint k
  JOIN pg_catalog.pg_class fc ON fc.oid = k.conrelid
  JOIN pg_catalog.pg_namespace fn ON fn.oid = fc.relnamespace
  JOIN pg_catalog.pg_class pc ON pc.oid = k.confrelid
  JOIN pg_catalog.pg_namespace pn ON pn.oid = pc.relnamespace,
       LATERAL pg_catalog.generate_series(1, cardinality(k.conkey)) AS key(place)
  JOIN redshift_catalog.all_attributes fa ON true
  JOIN redshift_catalog.all_attributes pa ON true
 WHERE k.contype = 'f' AND fa.attrelid = k.conrelid AND pa.attrelid = k.confrelid
   AND fa.attnum = k.conkey[key.place] AND pa.attnum = k.confkey[key.place];

-- A procedure's result is what its OUT parameters are.
CREATE VIEW redshift_catalog.routines AS
SELECT p.oid AS routine, p.prokind, current_database()::text AS database_name, n.nspname::text AS schema_name,
       p.proname::text AS name, p.pronargs::integer AS number_of_arguments,
       (SELECT coalesce(string_agg(pg_catalog.format_type(t.kind, NULL), ', ' ORDER BY t.place), '')
          FROM pg_catalog.postgres_unnest(p.proargtypes::oid[]) WITH ORDINALITY AS t(kind, place)) AS argument_list,
       CASE p.prokind WHEN 'f' THEN pg_catalog.format_type(p.prorettype, NULL)
            ELSE (SELECT string_agg(pg_catalog.format_type(t.kind, NULL), ', ' ORDER BY t.place)
                    FROM pg_catalog.postgres_unnest(p.proallargtypes) WITH ORDINALITY AS t(kind, place)
                   WHERE p.proargmodes[t.place] IN ('o', 'b')) END AS return_type,
       obj_description(p.oid, 'pg_proc') AS remarks
  FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
 WHERE p.prokind IN ('f', 'p') AND pg_catalog.has_function_privilege(p.oid, 'EXECUTE');

CREATE VIEW redshift_catalog.show_functions AS
SELECT database_name, schema_name, name AS function_name, number_of_arguments, argument_list, return_type, remarks
  FROM redshift_catalog.routines WHERE prokind = 'f';
CREATE VIEW redshift_catalog.show_procedures AS
SELECT database_name, schema_name, name AS procedure_name, number_of_arguments, argument_list, return_type, remarks
  FROM redshift_catalog.routines WHERE prokind = 'p';

-- Whether the types are those of its arguments, by whatever names.
CREATE FUNCTION redshift_catalog.is_called_with(routine oid, types text[]) RETURNS bool LANGUAGE sql STABLE AS $$
    SELECT ARRAY(SELECT given.name::regtype::oid
                   FROM pg_catalog.postgres_unnest(types) WITH ORDINALITY AS given(name, place) ORDER BY given.place)
           = ARRAY(SELECT t.kind FROM pg_catalog.postgres_unnest(p.proargtypes::oid[]) WITH ORDINALITY AS t(kind, place)
                    ORDER BY t.place)
      FROM pg_catalog.pg_proc p WHERE p.oid = routine
$$;

CREATE VIEW redshift_catalog.routine_parameters AS
SELECT r.routine, r.prokind, r.database_name, r.schema_name, r.name, coalesce(p.proargnames[t.place], '') AS parameter_name,
       t.place::integer AS ordinal_position,
       CASE coalesce(p.proargmodes[t.place], 'i') WHEN 'o' THEN 'OUT' WHEN 'b' THEN 'INOUT' WHEN 't' THEN 'OUT' ELSE 'IN' END::text AS parameter_type,
       t.kind
  FROM redshift_catalog.routines r JOIN pg_catalog.pg_proc p ON p.oid = r.routine,
       LATERAL pg_catalog.postgres_unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) WITH ORDINALITY AS t(kind, place)
UNION ALL
SELECT r.routine, r.prokind, r.database_name, r.schema_name, r.name, '', 0, 'RETURN', p.prorettype
  FROM redshift_catalog.routines r JOIN pg_catalog.pg_proc p ON p.oid = r.routine WHERE r.prokind = 'f';

CREATE VIEW redshift_catalog.described_parameters AS
SELECT p.*, pg_catalog.format_type(p.kind, NULL) AS data_type,
       CASE WHEN p.kind IN ('varchar'::regtype, 'bpchar'::regtype) THEN -1 END AS character_maximum_length,
       CASE p.kind WHEN 'int2'::regtype THEN 16 WHEN 'int4'::regtype THEN 32 WHEN 'int8'::regtype THEN 64 END AS numeric_precision,
       CASE WHEN p.kind IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype) THEN 0 END AS numeric_scale
  FROM redshift_catalog.routine_parameters p;

CREATE VIEW redshift_catalog.show_function_parameters AS
SELECT database_name, schema_name, name AS function_name, parameter_name, ordinal_position, parameter_type, data_type,
       character_maximum_length, numeric_precision, numeric_scale, routine
  FROM redshift_catalog.described_parameters WHERE prokind = 'f';
CREATE VIEW redshift_catalog.show_procedure_parameters AS
SELECT database_name, schema_name, name AS procedure_name, parameter_name, ordinal_position, parameter_type, data_type,
       character_maximum_length, numeric_precision, numeric_scale, routine
  FROM redshift_catalog.described_parameters WHERE prokind = 'p';

-- Rights that were granted; those that an owner has by being one are not.
CREATE VIEW redshift_catalog.identities AS
SELECT oid AS identity_id, rolname::text AS identity_name, CASE WHEN rolcanlogin THEN 'user' ELSE 'role' END::text AS identity_type
  FROM pg_catalog.pg_roles
UNION ALL
SELECT 0, 'public', 'public';

CREATE VIEW redshift_catalog.show_table_grants AS
SELECT current_database()::text AS database_name, n.nspname::text AS schema_name, c.relname::text AS object_name,
       CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END::text AS object_type, r.privilege_type::text AS privilege_type,
       r.grantee::integer AS identity_id, i.identity_name, i.identity_type, r.is_grantable AS admin_option,
       'TABLE'::text AS privilege_scope, pg_catalog.pg_get_userbyid(r.grantor)::text AS grantor_name
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace,
       LATERAL pg_catalog.aclexplode(c.relacl) r
  JOIN redshift_catalog.identities i ON i.identity_id = r.grantee
 WHERE c.relkind IN ('r', 'p', 'v', 'm') AND r.grantee <> c.relowner AND r.privilege_type <> 'MAINTAIN'
   AND (pg_catalog.pg_has_role(c.relowner, 'USAGE') OR i.identity_id = 0 OR pg_catalog.pg_has_role(r.grantee, 'USAGE'));

CREATE VIEW redshift_catalog.show_column_grants AS
SELECT current_database()::text AS database_name, n.nspname::text AS schema_name, c.relname::text AS table_name,
       a.attname::text AS column_name, 'COLUMN'::text AS object_type, r.privilege_type::text AS privilege_type,
       r.grantee::integer AS identity_id, i.identity_name, i.identity_type, r.is_grantable AS admin_option,
       'COLUMN'::text AS privilege_scope, pg_catalog.pg_get_userbyid(r.grantor)::text AS grantor_name
  FROM redshift_catalog.all_attributes a
  JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace,
       LATERAL pg_catalog.aclexplode(a.attacl) r
  JOIN redshift_catalog.identities i ON i.identity_id = r.grantee
 WHERE (pg_catalog.pg_has_role(c.relowner, 'USAGE') OR i.identity_id = 0 OR pg_catalog.pg_has_role(r.grantee, 'USAGE'));

GRANT SELECT ON redshift_catalog.show_tables, redshift_catalog.show_primary_keys, redshift_catalog.show_foreign_keys,
                redshift_catalog.show_functions, redshift_catalog.show_procedures, redshift_catalog.show_function_parameters,
                redshift_catalog.show_procedure_parameters, redshift_catalog.show_table_grants,
                redshift_catalog.show_column_grants TO PUBLIC;
