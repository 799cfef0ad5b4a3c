"""What every client needs: where Redshift and S3 are, and a schema and a bucket of the test's own."""

import os
import re
from typing import NamedTuple

import boto3
import psycopg2
import pytest


class Redshift(NamedTuple):
    host: str
    port: int
    database: str
    user: str
    password: str
    ca_file: str


# redshift_connector trusts what OpenSSL trusts, and has no setting for more.
os.environ["SSL_CERT_FILE"] = os.environ["REDSHIFT_LOCAL_CA_FILE"]


@pytest.fixture(scope="session")
def redshift():
    return Redshift(
        host="127.0.0.1",
        port=int(os.environ["REDSHIFT_LOCAL_PORT"]),
        database="dev",
        user="dev",
        password="dev",
        ca_file=os.environ["REDSHIFT_LOCAL_CA_FILE"],
    )


@pytest.fixture
def name(request):
    """Of this test: for its schema, its bucket and its users. They may have 63 characters at most, and a bucket fewer
    kinds of them."""
    test = re.sub("[^a-z0-9]+", "_", request.node.name.removeprefix("test_").lower())
    return f"{request.path.stem[:12]}_{test[-40:]}".replace("__", "_").strip("_")


class Long(NamedTuple):
    """Names that PostgreSQL would cut, and two of them to the same."""

    schema: str
    table: str
    column: str
    twin: str


@pytest.fixture
def long(redshift, name):
    column = f"column_{'c' * 92}_"
    names = Long(f"{name}_{'s' * 126}"[:127], f"table_{'t' * 94}", f"{column}1", f"{column}2")
    create_schema(redshift, names.schema)
    return names


@pytest.fixture
def schema(redshift, name):
    create_schema(redshift, name)
    return name


def create_schema(redshift, name):
    # psycopg2 makes it for all, also for the clients that are under test.
    admin = psycopg2.connect(
        host=redshift.host, port=redshift.port, dbname=redshift.database, user=redshift.user, password=redshift.password
    )
    admin.autocommit = True
    admin.cursor().execute(f"CREATE SCHEMA {name}")
    admin.close()


@pytest.fixture
def s3():
    return boto3.client("s3")


@pytest.fixture
def bucket(s3, name):
    bucket = name.replace("_", "-")
    s3.create_bucket(Bucket=bucket)
    return bucket
