"""AWS's own driver."""

import datetime
import decimal

import pandas
import pytest
import redshift_connector

ROLE = "arn:aws:iam::123456789012:role/load"


@pytest.fixture
def connect(redshift, schema):
    opened = []

    def connect(**settings):
        settings = {"sslmode": "verify-full", "user": redshift.user, "password": redshift.password} | settings
        connection = redshift_connector.connect(
            host=redshift.host, port=redshift.port, database=redshift.database, **settings
        )
        connection.cursor().execute(f"SET search_path TO {schema}")
        connection.commit()
        opened.append(connection)
        return connection

    yield connect
    for connection in opened:
        connection.close()


@pytest.fixture
def connection(connect):
    return connect()


@pytest.fixture
def cursor(connection):
    return connection.cursor()


def rows(cursor, sql, parameters=None):
    cursor.execute(sql, parameters)
    return [list(row) for row in cursor.fetchall()]


@pytest.mark.parametrize("sslmode", ["verify-ca", "verify-full"])
def test_the_certificate_is_checked(connect, sslmode):
    assert rows(connect(sslmode=sslmode).cursor(), "SELECT 1") == [[1]]


def test_without_tls(connect):
    assert rows(connect(ssl=False).cursor(), "SELECT 1") == [[1]]


def test_a_wrong_password_is_28000(connect):
    with pytest.raises(redshift_connector.InterfaceError, match="password authentication failed") as refused:
        connect(password="wrong")
    assert "28000" in str(refused.value)


def test_parameters_of_each_type_come_back_as_they_went(cursor):
    cursor.execute(
        "CREATE TABLE t (i int, b bigint, d decimal(10,2), f float8, t varchar(20), y date, s timestamp, "
        "z timestamptz, o bool)"
    )
    row = [
        7,
        2**40,
        decimal.Decimal("12.50"),
        0.25,
        "Łódź 'x'",
        datetime.date(2026, 2, 28),
        datetime.datetime(2026, 2, 28, 12, 30, 1, 500),
        datetime.datetime(2026, 2, 28, 12, 30, tzinfo=datetime.timezone.utc),
        True,
    ]
    cursor.execute("INSERT INTO t VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)", row)
    assert rows(cursor, "SELECT * FROM t WHERE b = %s", [2**40]) == [row]
    cursor.execute("INSERT INTO t VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)", [None] * 9)
    assert rows(cursor, "SELECT * FROM t WHERE i IS NULL") == [[None] * 9]


def test_types_that_only_redshift_has_are_read(connect):
    # By its protocol with binary results, which it asks for by itself, the driver shows a VARBYTE as its digits, and keeps
    # 28 digits of a number, which is Python's own precision.
    cursor = connect(client_protocol_version=1).cursor()
    cursor.execute("CREATE TABLE t (s super, b varbyte, t time, d numeric(38,10))")
    long = "1234567890123456789012345678.0123456789"
    cursor.execute(f"""INSERT INTO t VALUES (json_parse('{{"a": [1, null]}}'), 'abc'::varbyte, '12:30:01.5', {long})""")
    time = datetime.time(12, 30, 1, 500000)
    assert rows(cursor, "SELECT * FROM t") == [['{"a":[1,null]}', "abc", time, decimal.Decimal(long)]]


# PostgreSQL's own, the one that describes columns at more length, and the one with results in binary.
@pytest.mark.parametrize("protocol", [0, 1, 2])
def test_every_protocol_of_the_driver_is_spoken(connect, protocol):
    connection = connect(client_protocol_version=protocol)
    assert connection._client_protocol_version == protocol
    cursor = connection.cursor()
    cursor.execute(
        "CREATE TABLE t (i smallint, n numeric(10,2), d date, s timestamp, z timestamptz, t time, x super, o bool, f real)"
    )
    cursor.execute(
        "INSERT INTO t VALUES (7, -12.34, '1969-12-31', '2026-02-28 12:30:01.000005', '2026-02-28 12:30:00+02', "
        "'23:59:59.5', json_parse('[1, \"a\"]'), true, 0.5)"
    )
    cursor.execute("INSERT INTO t VALUES (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)")
    first, second = rows(cursor, "SELECT * FROM t ORDER BY i")
    assert first == [
        7,
        decimal.Decimal("-12.34"),
        datetime.date(1969, 12, 31),
        datetime.datetime(2026, 2, 28, 12, 30, 1, 5),
        datetime.datetime(2026, 2, 28, 10, 30, tzinfo=datetime.timezone.utc),
        datetime.time(23, 59, 59, 500000),
        '[1,"a"]',
        True,
        0.5,
    ]
    assert second == [None] * 9
    expressions = "SELECT sum(n), max(n) * 2, count(*), avg(i), min(d), sum(n) IS NULL, 10.0 / 4, nvl(min(x::varchar), '') FROM t"
    found = rows(cursor, expressions)[0]
    assert found[:4] == [decimal.Decimal("-12.34"), decimal.Decimal("-24.68"), 1 + 1, 7]
    assert found[4:7] == [datetime.date(1969, 12, 31), False, decimal.Decimal("2.5")]


def test_executemany_runs_a_statement_for_each_row(cursor):
    cursor.execute("CREATE TABLE t (id int, name varchar)")
    cursor.executemany("INSERT INTO t VALUES (%s, %s)", [(n, f"n{n}") for n in range(20)])
    assert rows(cursor, "SELECT count(*), max(name) FROM t") == [[20, "n9"]]


def test_insert_data_bulk_inserts_several_rows_at_a_time(cursor, tmp_path, schema):
    file = tmp_path / "rows.csv"
    file.write_text("id,name\n1,one\n2,two\n3,three\n")
    cursor.execute("CREATE TABLE t (id int, name varchar)")
    cursor.insert_data_bulk(str(file), "t", [0, 1], ["id", "name"], ",", batch_size=2)
    assert rows(cursor, "SELECT * FROM t ORDER BY id") == [[1, "one"], [2, "two"], [3, "three"]]


def test_copy_loads_and_says_how_many(connection, cursor, s3, bucket):
    s3.put_object(Bucket=bucket, Key="rows.json", Body=b'{"id": 1}\n{"id": 2}\n')
    cursor.execute("CREATE TABLE t (id int)")
    cursor.execute(f"COPY t FROM 's3://{bucket}/rows.json' IAM_ROLE '{ROLE}' JSON 'auto'")
    assert b"2 record(s) loaded successfully" in connection.notices[-1][b"M"]
    assert rows(cursor, "SELECT pg_last_copy_count()") == [[2]]


def test_a_failed_load_says_where_to_look(connection, cursor, s3, bucket):
    s3.put_object(Bucket=bucket, Key="rows.json", Body=b'{"id": "x"}\n')
    cursor.execute("CREATE TABLE t (id int)")
    connection.commit()
    with pytest.raises(redshift_connector.ProgrammingError) as failed:
        cursor.execute(f"COPY t FROM 's3://{bucket}/' IAM_ROLE '{ROLE}' JSON 'auto'")
    assert failed.value.args[0]["C"] == "XX000"
    assert "Load into table 't' failed.  Check 'stl_load_errors' system table for details." in failed.value.args[0]["M"]
    connection.rollback()
    found = rows(cursor, "SELECT err_code, trim(colname) FROM stl_load_errors WHERE filename LIKE %s", [f"%{bucket}%"])
    assert found == [[1207, "id"]]


def test_a_transaction_is_rolled_back(connection, cursor):
    cursor.execute("CREATE TABLE t (id int)")
    connection.commit()
    cursor.execute("INSERT INTO t VALUES (1)")
    connection.rollback()
    assert rows(cursor, "SELECT count(*) FROM t") == [[0]]


def test_truncate_commits_what_was_before_it(connection, cursor):
    cursor.execute("CREATE TABLE t (id int)")
    cursor.execute("CREATE TABLE other (id int)")
    cursor.execute("INSERT INTO other VALUES (1)")
    cursor.execute("TRUNCATE t")
    connection.rollback()
    assert rows(cursor, "SELECT count(*) FROM other") == [[1]]


def test_vacuum_needs_autocommit(connection, cursor):
    cursor.execute("CREATE TABLE t (id int)")
    connection.commit()
    with pytest.raises(redshift_connector.ProgrammingError) as refused:
        cursor.execute("VACUUM t")
    assert refused.value.args[0]["C"] == "25001"
    connection.rollback()
    connection.autocommit = True
    cursor.execute("VACUUM t")


@pytest.mark.parametrize(
    ("sql", "sqlstate"),
    [
        ("SELECT * FROM nowhere", "42P01"),
        ("SELEC 1", "42601"),
        ("SELECT nothing FROM pg_class", "42703"),
    ],
)
def test_an_error_has_its_sqlstate(cursor, sql, sqlstate):
    with pytest.raises(redshift_connector.ProgrammingError) as failed:
        cursor.execute(sql)
    assert failed.value.args[0]["C"] == sqlstate


def test_a_result_becomes_a_data_frame(cursor):
    cursor.execute("SELECT 1 AS id, 'one'::varchar AS name UNION ALL SELECT 2, 'two' ORDER BY 1")
    frame = cursor.fetch_dataframe()
    assert frame.to_dict("list") == {"id": [1, 2], "name": ["one", "two"]}


def test_a_data_frame_becomes_rows(cursor):
    cursor.execute("CREATE TABLE frames (id int, name varchar)")
    cursor.write_dataframe(pandas.DataFrame({"id": [1, 2], "name": ["one", "two"]}), "frames")
    assert rows(cursor, "SELECT * FROM frames ORDER BY id") == [[1, "one"], [2, "two"]]


@pytest.fixture
def catalog(cursor):
    cursor.execute("CREATE TABLE parents (id int NOT NULL PRIMARY KEY, name varchar(30) DEFAULT 'x')")
    cursor.execute("CREATE VIEW parents_view AS SELECT * FROM parents")
    return cursor


def test_get_schemas_has_those_of_users_and_none_of_ours(catalog, schema):
    found = [row[0] for row in catalog.get_schemas()]
    assert schema in found and "public" in found
    assert not {"redshift_catalog", "redshift_local"} & set(found)


# Both ways that the driver has: its own queries on the catalog for one schema, and the SVV views for all.
ONE_SCHEMA, ALL_SCHEMAS = "one schema", "all schemas"


@pytest.mark.parametrize("scope", [ONE_SCHEMA, ALL_SCHEMAS])
def test_get_tables_has_tables_and_views(catalog, schema, scope):
    where = {"schema_pattern": schema} if scope == ONE_SCHEMA else {"table_name_pattern": "parents%"}
    found = {(row[2], row[3]) for row in catalog.get_tables(**where) if row[1] == schema}
    # A primary key has an index to the catalog, although Redshift has no indexes.
    assert found - {("parents_pkey", "INDEX")} == {("parents", "TABLE"), ("parents_view", "VIEW")}


@pytest.mark.parametrize("scope", [ONE_SCHEMA, ALL_SCHEMAS])
def test_get_columns_has_types_sizes_and_defaults(catalog, schema, scope):
    where = {"schema_pattern": schema} if scope == ONE_SCHEMA else {}
    found = [row for row in catalog.get_columns(tablename_pattern="parents", **where) if row[1] == schema]
    # Name, type, size, nullable, default.
    assert [[row[3], row[5], row[6], row[17], row[12]] for row in found] == [
        ["id", "int4", 10, "NO", None],
        ["name", "varchar", 30, "YES", "'x'::character varying"],
    ]


def test_get_primary_keys_has_what_was_declared(catalog, schema):
    found = catalog.get_primary_keys(schema=schema, table="parents")
    assert [[row[2], row[3]] for row in found] == [["parents", "id"]]


def test_get_imported_and_exported_keys_have_both_ends(catalog, schema):
    catalog.execute("CREATE TABLE children (parent int REFERENCES parents (id), other int)")
    ends = [["parents", "id", "children", "parent", 1, "children_parent_fkey", "parents_pkey"]]
    for found in (
        catalog.get_imported_keys(schema="" + schema, table="children", catalog="dev"),
        catalog.get_exported_keys(schema=schema, table="parents", catalog="dev"),
    ):
        assert [[row[2], row[3], row[6], row[7], row[8], row[11], row[12]] for row in found] == ends


def test_get_functions_and_their_columns(catalog, schema):
    catalog.execute("CREATE FUNCTION half(integer) RETURNS integer IMMUTABLE AS $$ SELECT $1 / 2 $$ LANGUAGE sql")
    assert [row[2] for row in catalog.get_functions(catalog="dev", schema_pattern=schema)] == ["half"]
    columns = catalog.get_function_columns(catalog="dev", schema_pattern=schema, function_name_pattern="half")
    assert [row[2] for row in columns] == ["half", "half"]


def test_get_privileges_has_what_was_granted(catalog, schema):
    catalog.execute("GRANT SELECT ON parents TO PUBLIC")
    catalog.execute("GRANT UPDATE (name) ON parents TO PUBLIC")
    found = catalog.get_table_privileges(catalog="dev", schema_pattern=schema, table_name_pattern="parents")
    assert [[row[2], row[4], row[5], row[6]] for row in found] == [["parents", "public", "SELECT", "NO"]]
    found = catalog.get_column_privileges(catalog="dev", schema=schema, table="parents")
    assert [[row[2], row[3], row[5], row[6]] for row in found] == [["parents", "name", "public", "UPDATE"]]


def test_get_catalogs_has_the_database(catalog, redshift):
    assert [redshift.database] in [list(row) for row in catalog.get_catalogs()]


def test_get_procedures_has_those_of_a_schema(catalog, schema):
    catalog.execute("CREATE PROCEDURE nothing() AS $$ BEGIN RETURN; END; $$ LANGUAGE plpgsql")
    assert [row[2] for row in catalog.get_procedures(schema_pattern=schema)] == ["nothing"]


def test_long_names_are_whole_and_distinct(connection, cursor, long, s3, bucket):
    s3.put_object(Bucket=bucket, Key="rows.json", Body=f'{{"{long.twin}": "two", "{long.column}": 1}}'.encode())
    cursor.execute(f"CREATE TABLE {long.schema}.{long.table} ({long.column} int, {long.twin} varchar(9))")
    cursor.execute(f"COPY {long.schema}.{long.table} FROM 's3://{bucket}/' IAM_ROLE '{ROLE}' JSON 'auto'")
    assert f"Load into table '{long.table}' completed, 1 record(s)".encode() in connection.notices[-1][b"M"]
    cursor.execute(f"INSERT INTO {long.schema}.{long.table} ({long.twin}) VALUES (%s)", ["other"])
    cursor.execute(f"SELECT * FROM {long.schema}.{long.table} WHERE {long.column} = %s", [1])
    assert cursor.fetch_dataframe().to_dict("list") == {long.column: [1], long.twin: ["two"]}
    cursor.execute(f"SET search_path TO {long.schema}")
    cursor.write_dataframe(pandas.DataFrame({long.column: [3], long.twin: ["three"]}), long.table)
    assert rows(cursor, f"SELECT {long.twin} FROM {long.table} WHERE {long.column} = 3") == [["three"]]


def test_long_names_are_discovered(cursor, long):
    cursor.execute(f"CREATE TABLE {long.schema}.{long.table} ({long.column} int NOT NULL PRIMARY KEY, {long.twin} int)")
    assert [long.schema] in [[row[0]] for row in cursor.get_schemas()]
    tables = {(row[1], row[2], row[3]) for row in cursor.get_tables(schema_pattern=long.schema)}
    # A primary key has an index to the catalog, although Redshift has no indexes.
    assert tables - {(long.schema, f"{long.table}_pkey", "INDEX")} == {(long.schema, long.table, "TABLE")}
    columns = cursor.get_columns(schema_pattern=long.schema, tablename_pattern=long.table)
    assert [(row[2], row[3]) for row in columns] == [(long.table, long.column), (long.table, long.twin)]
    keys = cursor.get_primary_keys(schema=long.schema, table=long.table)
    assert [(row[1], row[2], row[3]) for row in keys] == [(long.schema, long.table, long.column)]
