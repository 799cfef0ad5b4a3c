"""locopy: local files to S3, and from there into Redshift."""

import locopy
import pandas
import psycopg2
import pytest


@pytest.fixture
def warehouse(redshift, schema):
    with locopy.Redshift(
        dbapi=psycopg2,
        host=redshift.host,
        port=redshift.port,
        dbname=redshift.database,
        user=redshift.user,
        password=redshift.password,
        # With the sslmode that locopy insists on, this has the certificate checked.
        sslrootcert=redshift.ca_file,
    ) as warehouse:
        warehouse.execute(f"SET search_path TO {schema}")
        yield warehouse


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "people.csv"
    file.write_text("id,name,born\n" + "".join(f"{n},name {n},2000-01-{n:02}\n" for n in range(1, 31)))
    return str(file)


def found(warehouse, sql):
    warehouse.execute(sql)
    return warehouse.to_dataframe().values.tolist()


@pytest.mark.parametrize(("splits", "compress"), [(1, False), (1, True), (3, True)])
def test_a_local_file_is_loaded(warehouse, file, bucket, splits, compress):
    warehouse.execute("CREATE TABLE people (id int, name varchar(20), born date)")
    warehouse.load_and_copy(
        file, bucket, "people", delim=",", copy_options=["IGNOREHEADER as 1"], splits=splits, compress=compress
    )
    assert found(warehouse, "SELECT count(*), sum(id), max(born)::varchar FROM people") == [[30, 465, "2000-01-30"]]


def test_a_folder_of_parquet_is_loaded(warehouse, tmp_path, bucket):
    for part in (1, 2):
        pandas.DataFrame({"id": [part], "name": [f"part {part}"]}).to_parquet(tmp_path / f"{part}.parquet")
    warehouse.execute("CREATE TABLE parts (id bigint, name varchar(20))")
    warehouse.load_and_copy(
        str(tmp_path), bucket, "parts", delim=None, copy_options=["PARQUET"], compress=False, s3_folder="parts"
    )
    assert found(warehouse, "SELECT id, name FROM parts ORDER BY id") == [[1, "part 1"], [2, "part 2"]]


def test_what_was_loaded_is_removed_from_s3(warehouse, file, s3, bucket):
    warehouse.execute("CREATE TABLE people (id int, name varchar(20), born date)")
    warehouse.load_and_copy(file, bucket, "people", delim=",", copy_options=["IGNOREHEADER as 1"], delete_s3_after=True)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_a_failed_load_is_an_error(warehouse, file, bucket):
    warehouse.execute("CREATE TABLE people (id int, name varchar(20), born date)")
    with pytest.raises(locopy.errors.DBError, match="Error running COPY on Redshift"):
        warehouse.load_and_copy(file, bucket, "people", delim=",")


def test_a_data_frame_becomes_a_table(warehouse):
    frame = pandas.DataFrame({"id": [1, 2], "name": ["one", "two"]})
    warehouse.insert_dataframe_to_table(frame, "frames", create=True)
    assert found(warehouse, "SELECT id, name FROM frames ORDER BY id") == [[1, "one"], [2, "two"]]


def test_long_names_are_loaded_and_read(warehouse, tmp_path, long, bucket):
    file = tmp_path / "rows.csv"
    file.write_text("1,one\n2,two\n")
    table = f"{long.schema}.{long.table}"
    warehouse.execute(f"CREATE TABLE {table} ({long.column} int, {long.twin} varchar(9))")
    warehouse.load_and_copy(str(file), bucket, table, delim=",", copy_options=["EMPTYASNULL"])
    frame = pandas.DataFrame({long.column: [3], long.twin: ["three"]})
    warehouse.insert_dataframe_to_table(frame, table)
    warehouse.execute(f"SELECT * FROM {table} ORDER BY 1")
    found = warehouse.to_dataframe()
    assert list(found.columns) == [long.column, long.twin]
    assert found.values.tolist() == [[1, "one"], [2, "two"], [3, "three"]]
