"""AWS's pandas on AWS: data frames into Redshift, through S3 or by INSERT, and back."""

import datetime
import decimal

import awswrangler
import pandas
import pytest
import redshift_connector

ROLE = "arn:aws:iam::123456789012:role/load"


@pytest.fixture
def connection(redshift):
    with redshift_connector.connect(
        host=redshift.host,
        port=redshift.port,
        database=redshift.database,
        user=redshift.user,
        password=redshift.password,
        sslmode="verify-full",
    ) as connection:
        yield connection


@pytest.fixture
def frame():
    return pandas.DataFrame(
        {
            "id": [1, 2, 3],
            "name": ["one", "Zażółć", None],
            "ratio": [0.5, None, -1.25],
            "price": [decimal.Decimal("1.50"), None, decimal.Decimal("-2.25")],
            "born": [datetime.date(2000, 1, 31), None, datetime.date(1999, 12, 31)],
            "seen": pandas.to_datetime(["2026-02-28 12:30:01.5", None, "2026-03-01 00:00:00.0"]),
            "is_known": pandas.array([True, None, False], dtype="boolean"),
        }
    )


def rows(connection, sql):
    frame = awswrangler.redshift.read_sql_query(sql, connection)
    return frame.astype(object).where(frame.notna(), None).values.tolist()


SEEN = [
    [
        1,
        "one",
        0.5,
        decimal.Decimal("1.50"),
        datetime.date(2000, 1, 31),
        datetime.datetime(2026, 2, 28, 12, 30, 1, 500000),
        True,
    ],
    [2, "Zażółć", None, None, None, None, None],
    [3, None, -1.25, decimal.Decimal("-2.25"), datetime.date(1999, 12, 31), datetime.datetime(2026, 3, 1), False],
]


def test_to_sql_inserts_a_data_frame(connection, schema, frame):
    awswrangler.redshift.to_sql(frame, connection, "t", schema, diststyle="KEY", distkey="id", sortkey=["born"])
    assert rows(connection, f"SELECT * FROM {schema}.t ORDER BY id") == SEEN
    keys = f"SELECT column_name, sortkey FROM svv_redshift_columns WHERE schema_name = '{schema}' AND distkey"
    assert rows(connection, keys) == [["id", 0]]


@pytest.mark.parametrize("method", ["drop", "cascade", "truncate", "delete"])
def test_to_sql_overwrites(connection, schema, frame, method):
    for part in (frame, frame.head(1)):
        awswrangler.redshift.to_sql(part, connection, "t", schema, mode="overwrite", overwrite_method=method)
    assert rows(connection, f"SELECT id FROM {schema}.t") == [[1]]


def test_to_sql_upserts_by_the_primary_key(connection, schema):
    first = pandas.DataFrame({"id": [1, 2], "name": ["one", "two"]})
    second = pandas.DataFrame({"id": [2, 3], "name": ["deux", "trois"]})
    for part in (first, second):
        awswrangler.redshift.to_sql(part, connection, "t", schema, mode="upsert", primary_keys=["id"])
    assert rows(connection, f"SELECT * FROM {schema}.t ORDER BY id") == [[1, "one"], [2, "deux"], [3, "trois"]]


def test_to_sql_adds_new_columns(connection, schema):
    awswrangler.redshift.to_sql(pandas.DataFrame({"id": [1]}), connection, "t", schema)
    more = pandas.DataFrame({"id": [2], "name": ["two"]})
    awswrangler.redshift.to_sql(more, connection, "t", schema, add_new_columns=True, use_column_names=True)
    assert rows(connection, f"SELECT * FROM {schema}.t ORDER BY id") == [[1, None], [2, "two"]]


def test_copy_loads_a_data_frame_through_parquet(connection, schema, bucket, frame):
    awswrangler.redshift.copy(frame, f"s3://{bucket}/staged/", connection, "t", schema, iam_role=ROLE)
    assert rows(connection, f"SELECT * FROM {schema}.t ORDER BY id") == SEEN


def test_copy_appends_and_overwrites(connection, schema, bucket):
    for mode, ids in [("append", [1]), ("append", [2]), ("overwrite", [3])]:
        frame = pandas.DataFrame({"id": ids, "name": [f"n{n}" for n in ids]})
        awswrangler.redshift.copy(frame, f"s3://{bucket}/staged/", connection, "t", schema, iam_role=ROLE, mode=mode)
        found = rows(connection, f"SELECT id FROM {schema}.t ORDER BY id")
        assert found == ([[n] for n in range(1, ids[0] + 1)] if mode == "append" else [[3]])


def test_copy_loads_every_dtype(connection, schema, bucket):
    frame = pandas.DataFrame(
        {
            "i8": pandas.array([1, None], dtype="Int8"),
            "i16": pandas.array([-2, None], dtype="Int16"),
            "i32": pandas.array([3, None], dtype="Int32"),
            "i64": pandas.array([2**40, None], dtype="Int64"),
            "f32": pandas.array([0.5, None], dtype="Float32"),
            "f64": pandas.array([0.25, None], dtype="Float64"),
            "text": pandas.array(["Łódź", None], dtype="string"),
            "flag": pandas.array([True, None], dtype="boolean"),
            "day": [datetime.date(2026, 2, 28), None],
            "at": pandas.to_datetime(["2026-02-28 12:30:01", None]),
            "price": [decimal.Decimal("1.50"), None],
            "kind": pandas.Categorical(["a", None]),
        }
    )
    awswrangler.redshift.copy(frame, f"s3://{bucket}/staged/", connection, "t", schema, iam_role=ROLE)
    at = datetime.datetime(2026, 2, 28, 12, 30, 1)
    day, price = datetime.date(2026, 2, 28), decimal.Decimal("1.50")
    assert rows(connection, f"SELECT * FROM {schema}.t ORDER BY i8") == [
        [1, -2, 3, 2**40, 0.5, 0.25, "Łódź", True, day, at, price, "a"],
        [None] * 12,
    ]


def test_copy_loads_lists_into_super(connection, schema, bucket):
    frame = pandas.DataFrame({"id": [1, 2], "tags": [["a", "b"], []]})
    awswrangler.redshift.copy(
        frame, f"s3://{bucket}/staged/", connection, "t", schema, iam_role=ROLE, serialize_to_json=True
    )
    assert rows(connection, f"SELECT id, tags FROM {schema}.t ORDER BY id") == [[1, '["a","b"]'], [2, "[]"]]


def test_copy_from_files_loads_a_partitioned_dataset(connection, schema, bucket):
    frame = pandas.DataFrame({"id": [1, 2, 3], "day": ["a", "a", "b"]})
    awswrangler.s3.to_parquet(frame, f"s3://{bucket}/days/", dataset=True, partition_cols=["day"])
    # The columns of the folders' names are not in the files.
    awswrangler.redshift.copy_from_files(f"s3://{bucket}/days/", connection, "t", schema, iam_role=ROLE)
    assert rows(connection, f"SELECT * FROM {schema}.t ORDER BY id") == [[1], [2], [3]]


def test_copy_upserts_through_a_temporary_table(connection, schema, bucket):
    first = pandas.DataFrame({"id": [1, 2], "name": ["one", "two"]})
    second = pandas.DataFrame({"id": [2, 3], "name": ["deux", "trois"]})
    for part in (first, second):
        awswrangler.redshift.copy(
            part, f"s3://{bucket}/staged/", connection, "t", schema, iam_role=ROLE, mode="upsert", primary_keys=["id"]
        )
    assert rows(connection, f"SELECT * FROM {schema}.t ORDER BY id") == [[1, "one"], [2, "deux"], [3, "trois"]]


def test_copy_from_files_makes_the_table_from_the_parquet(connection, schema, bucket, frame):
    awswrangler.s3.to_parquet(frame, f"s3://{bucket}/files/part.parquet")
    awswrangler.redshift.copy_from_files(f"s3://{bucket}/files/", connection, "t", schema, iam_role=ROLE)
    assert rows(connection, f"SELECT * FROM {schema}.t ORDER BY id") == SEEN


def test_copy_from_files_loads_csv(connection, schema, s3, bucket):
    s3.put_object(Bucket=bucket, Key="rows.csv", Body=b"1,one\n2,two\n")
    awswrangler.redshift.copy_from_files(
        f"s3://{bucket}/rows.csv",
        connection,
        "t",
        schema,
        iam_role=ROLE,
        data_format="csv",
        redshift_column_types={"id": "INTEGER", "name": "VARCHAR(10)"},
    )
    assert rows(connection, f"SELECT * FROM {schema}.t ORDER BY id") == [[1, "one"], [2, "two"]]


def test_read_sql_table_reads_in_chunks(connection, schema, frame):
    awswrangler.redshift.to_sql(frame, connection, "t", schema)
    chunks = awswrangler.redshift.read_sql_table("t", connection, schema, chunksize=2)
    assert sorted(len(chunk) for chunk in chunks) == [1, 2]


def test_unload_is_not_covered(connection, schema, bucket):
    with pytest.raises(redshift_connector.ProgrammingError, match="UNLOAD is not covered by redshift-local"):
        awswrangler.redshift.unload("SELECT 1", f"s3://{bucket}/out/", connection, iam_role=ROLE)


def test_long_names_are_written_upserted_and_read(connection, long, bucket):
    first = pandas.DataFrame({long.column: [1, 2], long.twin: ["one", "two"]})
    second = pandas.DataFrame({long.column: [2, 3], long.twin: ["deux", "trois"]})
    names = {"table": long.table, "schema": long.schema, "con": connection}
    awswrangler.redshift.to_sql(first, diststyle="KEY", distkey=long.column, sortkey=[long.twin], **names)
    awswrangler.redshift.to_sql(second, mode="upsert", primary_keys=[long.column], **names)
    awswrangler.redshift.copy(second, f"s3://{bucket}/staged/", iam_role=ROLE, mode="append", **names)
    frame = awswrangler.redshift.read_sql_table(long.table, connection, long.schema)
    assert list(frame.columns) == [long.column, long.twin]
    assert sorted(frame.values.tolist()) == [[1, "one"], [2, "deux"], [2, "deux"], [3, "trois"], [3, "trois"]]
    awswrangler.redshift.copy(
        first, f"s3://{bucket}/more/", iam_role=ROLE, mode="overwrite", overwrite_method="drop", **names
    )
    keys = f"SELECT column_name FROM svv_columns WHERE table_schema = '{long.schema}' ORDER BY ordinal_position"
    assert rows(connection, keys) == [[long.column], [long.twin]]
    awswrangler.redshift.to_sql(
        pandas.DataFrame({f"{long.column}x": [1]}), add_new_columns=True, use_column_names=True, **names
    )
    assert list(awswrangler.redshift.read_sql_table(long.table, connection, long.schema).columns) == [
        long.column,
        long.twin,
        f"{long.column}x",
    ]
