"""The PostgreSQL driver that most Python programs use with Redshift."""

import datetime
import decimal
import threading

import psycopg2
import psycopg2.errors
import psycopg2.extras
import pytest

ROLE = "arn:aws:iam::123456789012:role/load"


@pytest.fixture
def connect(redshift, schema):
    opened = []

    def connect(**settings):
        settings = {"sslmode": "verify-full", "sslrootcert": redshift.ca_file, "password": redshift.password} | settings
        connection = psycopg2.connect(
            host=redshift.host, port=redshift.port, dbname=redshift.database, user=redshift.user, **settings
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
    return cursor.fetchall()


@pytest.mark.parametrize("sslmode", ["verify-full", "verify-ca", "require", "prefer"])
def test_tls_is_spoken(connect, sslmode):
    connection = connect(sslmode=sslmode)
    assert connection.info.ssl_in_use
    assert rows(connection.cursor(), "SELECT 1") == [(1,)]


def test_a_client_that_trusts_another_authority_goes_away(connect, tmp_path, redshift):
    nobody = tmp_path / "nobody.pem"
    nobody.write_text("")
    with pytest.raises(psycopg2.OperationalError, match="certificate"):
        connect(sslmode="verify-ca", sslrootcert=str(nobody))


def test_without_tls(connect):
    assert not connect(sslmode="disable").info.ssl_in_use


def test_a_wrong_password_is_refused(connect):
    with pytest.raises(psycopg2.OperationalError, match='password authentication failed for user "dev"'):
        connect(password="wrong")


def test_the_server_says_that_it_is_redshift(connection, cursor):
    assert connection.server_version == 80002
    assert "Redshift" in rows(cursor, "SELECT version()")[0][0]


def test_values_come_back_as_they_went(cursor):
    cursor.execute(
        "CREATE TABLE t (i int, d decimal(10,2), f float8, t varchar(40), y date, s timestamp, z timestamptz, o bool)"
    )
    row = (
        7,
        decimal.Decimal("12.50"),
        0.25,
        "Łódź 'x' \\ \n %",
        datetime.date(2026, 2, 28),
        datetime.datetime(2026, 2, 28, 12, 30, 1, 500),
        datetime.datetime(2026, 2, 28, 12, 30, tzinfo=datetime.timezone.utc),
        True,
    )
    cursor.execute("INSERT INTO t VALUES %s", [row])
    assert rows(cursor, "SELECT * FROM t WHERE t = %s", [row[3]]) == [row]


def test_execute_values_inserts_many_rows_with_one_statement(cursor):
    cursor.execute("CREATE TABLE t (id int, name varchar)")
    psycopg2.extras.execute_values(cursor, "INSERT INTO t VALUES %s", [(n, f"n{n}") for n in range(250)], page_size=100)
    assert rows(cursor, "SELECT count(*), sum(id) FROM t") == [(250, 31125)]


def test_copy_tells_the_number_of_rows_in_a_notice(connection, cursor, s3, bucket):
    s3.put_object(Bucket=bucket, Key="rows.csv", Body=b"1,one\n2,two\n")
    cursor.execute("CREATE TABLE t (id int, name varchar)")
    cursor.execute(f"COPY t FROM 's3://{bucket}/rows.csv' IAM_ROLE %s CSV", [ROLE])
    assert connection.notices == ["INFO:  Load into table 't' completed, 2 record(s) loaded successfully.\n"]
    # Not of the answer (fact 0.10).
    assert cursor.rowcount <= 0
    assert rows(cursor, "SELECT * FROM t ORDER BY id") == [(1, "one"), (2, "two")]


def test_a_failed_load_is_an_internal_error_with_its_reason_in_a_table(connection, cursor, s3, bucket):
    s3.put_object(Bucket=bucket, Key="rows.csv", Body=b"1\nx\n")
    cursor.execute("CREATE TABLE t (id int)")
    connection.commit()
    with pytest.raises(psycopg2.errors.InternalError_, match="Check 'stl_load_errors' system table") as failed:
        cursor.execute(f"COPY t FROM 's3://{bucket}/rows.csv' IAM_ROLE %s CSV", [ROLE])
    assert failed.value.pgcode == "XX000"
    connection.rollback()
    why = "SELECT line_number, err_code FROM stl_load_errors WHERE trim(filename) = %s"
    assert rows(cursor, why, [f"s3://{bucket}/rows.csv"]) == [(2, 1207)]


def test_a_transaction_is_rolled_back_by_its_block(connection, cursor):
    cursor.execute("CREATE TABLE t (id int)")
    connection.commit()
    with pytest.raises(psycopg2.errors.UndefinedTable), connection:
        cursor.execute("INSERT INTO t VALUES (1)")
        cursor.execute("SELECT * FROM nowhere")
    assert rows(cursor, "SELECT count(*) FROM t") == [(0,)]


def test_vacuum_needs_autocommit(connection, cursor):
    cursor.execute("CREATE TABLE t (id int)")
    connection.commit()
    with pytest.raises(psycopg2.errors.ActiveSqlTransaction):
        cursor.execute("VACUUM t")
    connection.rollback()
    connection.autocommit = True
    cursor.execute("VACUUM t")


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("SELECT * FROM nowhere", psycopg2.errors.UndefinedTable),
        ("SELEC 1", psycopg2.errors.SyntaxError),
        ("SAVEPOINT a", psycopg2.errors.FeatureNotSupported),
        ("CREATE TABLE t (a int); CREATE TABLE t (a int)", psycopg2.errors.DuplicateTable),
        ("CREATE TABLE t (a jsonb)", psycopg2.errors.FeatureNotSupported),
        ("COPY pg_class FROM stdin", psycopg2.errors.SyntaxError),
    ],
)
def test_an_error_has_the_class_of_its_sqlstate(cursor, sql, error):
    with pytest.raises(error):
        cursor.execute(sql)


def test_a_server_side_cursor_fetches_by_and_by(connection):
    with connection.cursor("reader") as reader:
        reader.itersize = 3
        reader.execute("SELECT 1 AS n UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 ORDER BY n")
        assert [n for (n,) in reader] == [1, 2, 3, 4]


def test_another_thread_cancels_a_statement_that_waits(connection, cursor, connect, schema):
    cursor.execute("CREATE TABLE t (id int)")
    connection.commit()
    cursor.execute("LOCK t")
    waiter, raised = connect(), []

    def wait():
        try:
            waiter.cursor().execute("INSERT INTO t VALUES (1)")
        except psycopg2.Error as error:
            raised.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    waiting = "SELECT count(*) FROM svv_transactions WHERE relation = %s::regclass::oid::int AND NOT granted"
    while thread.is_alive() and rows(cursor, waiting, [f"{schema}.t"]) == [(0,)]:
        pass
    waiter.cancel()
    thread.join()
    assert isinstance(raised[0], psycopg2.errors.QueryCanceled)


def test_a_dictionary_cursor_knows_the_columns(connection):
    cursor = connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor)
    assert rows(cursor, "SELECT 1 AS \"Id\", 'x'::varchar AS name") == [{"id": 1, "name": "x"}]


def test_long_names_are_whole_and_distinct(connection, cursor, long, s3, bucket):
    s3.put_object(Bucket=bucket, Key="rows.json", Body=f'{{"{long.twin}": "two", "{long.column}": 1}}'.encode())
    cursor.execute(f"SET search_path TO {long.schema}")
    cursor.execute(f"CREATE TABLE {long.table} ({long.column} int, {long.twin} varchar(9))")
    cursor.execute(f"COPY {long.table} FROM 's3://{bucket}/rows.json' IAM_ROLE %s JSON 'auto'", [ROLE])
    assert connection.notices[-1].startswith(f"INFO:  Load into table '{long.table}' completed, 1 record(s)")
    cursor.execute(f"INSERT INTO {long.schema}.{long.table} ({long.twin}) VALUES (%s)", ["other"])
    dictionaries = connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor)
    assert rows(dictionaries, f"SELECT * FROM {long.table} ORDER BY 1") == [
        {long.column: 1, long.twin: "two"},
        {long.column: None, long.twin: "other"},
    ]
    columns = 'SELECT "column" FROM pg_table_def WHERE schemaname = %s AND tablename = %s'
    assert rows(cursor, columns, [long.schema, long.table]) == [(long.column,), (long.twin,)]
    with pytest.raises(psycopg2.errors.UndefinedColumn, match=f'column "{long.column}x" does not exist'):
        cursor.execute(f"SELECT {long.column}x FROM {long.table}")


def test_a_server_side_cursor_may_have_a_long_name(connection):
    # The driver has room for 128 characters of FETCH, this among them.
    with connection.cursor("reader_" + "r" * 80) as reader:
        reader.execute("SELECT 1 AS n")
        assert reader.fetchall() == [(1,)]
