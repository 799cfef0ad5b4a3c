"""SQLAlchemy with the dialect for Redshift, over both of its drivers."""

import pytest
import sqlalchemy
from sqlalchemy import Column, ForeignKey, Integer, MetaData, Numeric, String, Table, UniqueConstraint
from sqlalchemy_redshift import dialect
from sqlalchemy_redshift.commands import CopyCommand, Format

ROLE = "arn:aws:iam::123456789012:role/load"


@pytest.fixture(params=["psycopg2", "redshift_connector"])
def engine(request, redshift, schema):
    settings = {"psycopg2": {"sslmode": "verify-full", "sslrootcert": redshift.ca_file}, "redshift_connector": {}}
    url = sqlalchemy.URL.create(
        f"redshift+{request.param}",
        username=redshift.user,
        password=redshift.password,
        host=redshift.host,
        port=redshift.port,
        database=redshift.database,
    )
    engine = sqlalchemy.create_engine(url, connect_args=settings[request.param])
    yield engine
    engine.dispose()


@pytest.fixture
def tables(engine, schema):
    metadata = MetaData(schema=schema)
    Table("customers", metadata, Column("id", Integer, primary_key=True, autoincrement=False), redshift_diststyle="ALL")
    Table(
        "orders",
        metadata,
        Column("id", Integer, primary_key=True, redshift_identity=(1, 1)),
        Column("customer", Integer, ForeignKey(f"{schema}.customers.id"), nullable=False),
        Column("note", String(30), redshift_encode="lzo", server_default="none"),
        Column("price", Numeric(8, 2)),
        Column("extra", dialect.SUPER),
        UniqueConstraint("customer", "note", name="one_note"),
        redshift_diststyle="KEY",
        redshift_distkey="customer",
        redshift_sortkey=["customer", "id"],
    )
    Table("events", metadata, Column("a", Integer), Column("b", Integer), redshift_interleaved_sortkey=["a", "b"])
    metadata.create_all(engine)
    return metadata.tables


def named(tables, name):
    return next(table for table in tables.values() if table.name == name)


def test_tables_are_created_and_found(engine, tables, schema):
    inspector = sqlalchemy.inspect(engine)
    assert sorted(inspector.get_table_names(schema)) == ["customers", "events", "orders"]
    assert inspector.has_table("orders", schema) and not inspector.has_table("nowhere", schema)
    assert schema in inspector.get_schema_names()


def test_keys_of_distribution_and_order_are_reflected(engine, tables, schema):
    inspector = sqlalchemy.inspect(engine)
    options = inspector.get_table_options("orders", schema)
    assert options["redshift_diststyle"] == "KEY"
    assert options["redshift_distkey"] == "customer"
    assert options["redshift_sortkey"] == ("customer", "id")
    assert inspector.get_table_options("customers", schema)["redshift_diststyle"] == "ALL"
    assert inspector.get_table_options("events", schema)["redshift_interleaved_sortkey"] == ("a", "b")


def test_columns_are_reflected_with_types_and_encodings(engine, tables, schema):
    columns = {column["name"]: column for column in sqlalchemy.inspect(engine).get_columns("orders", schema)}
    types = {name: str(column["type"]) for name, column in columns.items()}
    assert types == {
        "id": "INTEGER",
        "customer": "INTEGER",
        "note": "VARCHAR(30)",
        "price": "NUMERIC(8, 2)",
        "extra": "SUPER",
    }
    assert columns["note"]["info"] == {"encode": "lzo"}
    assert columns["note"]["default"] == "'none'::character varying"
    assert not columns["customer"]["nullable"] and columns["note"]["nullable"]


def test_constraints_are_reflected(engine, tables, schema):
    inspector = sqlalchemy.inspect(engine)
    assert inspector.get_pk_constraint("orders", schema)["constrained_columns"] == ["id"]
    (foreign_key,) = inspector.get_foreign_keys("orders", schema)
    assert (foreign_key["constrained_columns"], foreign_key["referred_columns"]) == (["customer"], ["id"])
    assert (foreign_key["referred_schema"], foreign_key["referred_table"]) == (schema, "customers")
    assert inspector.get_unique_constraints("orders", schema) == [
        {"name": "one_note", "column_names": ["customer", "note"]}
    ]


def test_a_reflected_table_can_be_created_again(engine, tables, schema):
    reflected = Table("events", MetaData(), schema=schema, autoload_with=engine)
    copied = reflected.to_metadata(MetaData(), name="events_too")
    copied.create(engine)
    assert sqlalchemy.inspect(engine).get_table_options("events_too", schema)["redshift_interleaved_sortkey"] == (
        "a",
        "b",
    )


def test_a_view_is_reflected(engine, tables, schema):
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text(f"CREATE VIEW {schema}.ids AS SELECT id FROM {schema}.customers"))
    inspector = sqlalchemy.inspect(engine)
    assert inspector.get_view_names(schema) == ["ids"]
    assert "SELECT" in inspector.get_view_definition("ids", schema)


def test_a_view_without_schema_binding_is_reflected(engine, tables, schema):
    with engine.begin() as connection:
        query = f"SELECT id, 'x'::varchar(5) AS note FROM {schema}.customers"
        connection.execute(sqlalchemy.text(f"CREATE VIEW {schema}.late AS {query} WITH NO SCHEMA BINDING"))
    inspector = sqlalchemy.inspect(engine)
    assert inspector.get_view_names(schema) == ["late"]
    # The dialect does not ask for them in order.
    columns = {column["name"]: str(column["type"]) for column in inspector.get_columns("late", schema)}
    assert columns == {"id": "INTEGER", "note": "VARCHAR(5)"}


def test_rows_are_written_and_read(engine, tables):
    orders = named(tables, "orders")
    with engine.begin() as connection:
        connection.execute(
            orders.insert(), [{"customer": 1, "note": "a", "price": 1}, {"customer": 2, "note": "b", "price": 2}]
        )
        connection.execute(orders.update().where(orders.c.customer == 2).values(price=3))
        connection.execute(orders.delete().where(orders.c.customer == 1))
    with engine.connect() as connection:
        assert connection.execute(sqlalchemy.select(orders.c.note, orders.c.price)).all() == [("b", 3)]


def test_a_failed_transaction_leaves_nothing(engine, tables):
    customers = named(tables, "customers")
    with pytest.raises(sqlalchemy.exc.ProgrammingError), engine.begin() as connection:
        connection.execute(customers.insert(), {"id": 1})
        connection.execute(sqlalchemy.text("SELECT * FROM nowhere"))
    with engine.connect() as connection:
        assert connection.scalar(sqlalchemy.select(sqlalchemy.func.count()).select_from(customers)) == 0


@pytest.mark.parametrize("engine", ["psycopg2"], indirect=True)
def test_copy_command_loads(engine, tables, s3, bucket):
    # Over redshift_connector it sends COPY with parameters, and COPY takes none.
    customers = named(tables, "customers")
    s3.put_object(Bucket=bucket, Key="customers.csv", Body=b"id\n1\n2\n")
    copy = CopyCommand(
        customers,
        f"s3://{bucket}/customers.csv",
        iam_role_arns=ROLE,
        format=Format.csv,
        ignore_header=1,
        stat_update=True,
    )
    with engine.begin() as connection:
        connection.execute(copy)
    with engine.connect() as connection:
        assert connection.execute(sqlalchemy.select(customers.c.id).order_by("id")).scalars().all() == [1, 2]


def test_long_names_are_created_and_reflected(engine, long):
    metadata = MetaData(schema=long.schema)
    parents = Table("parents", metadata, Column(long.column, Integer, primary_key=True, autoincrement=False))
    table = Table(
        long.table,
        metadata,
        Column(long.column, Integer, ForeignKey(parents.c[long.column]), primary_key=True, autoincrement=False),
        Column(long.twin, String(30)),
        UniqueConstraint(long.twin, name="one_" + "n" * 100),
        redshift_diststyle="KEY",
        redshift_distkey=long.column,
        redshift_sortkey=[long.twin],
    )
    metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(table.insert(), [{long.column: 1, long.twin: "one"}, {long.column: 2, long.twin: "two"}])
        found = connection.execute(sqlalchemy.select(table).where(table.c[long.column] == 2)).mappings().all()
    assert found == [{long.column: 2, long.twin: "two"}]

    inspector = sqlalchemy.inspect(engine)
    assert long.schema in inspector.get_schema_names()
    assert sorted(inspector.get_table_names(long.schema)) == ["parents", long.table]
    assert inspector.has_table(long.table, long.schema) and not inspector.has_table(long.table[:63], long.schema)
    reflected = Table(long.table, MetaData(), schema=long.schema, autoload_with=engine)
    assert list(reflected.c.keys()) == [long.column, long.twin]
    assert [column.name for column in reflected.primary_key] == [long.column]
    options = inspector.get_table_options(long.table, long.schema)
    assert (options["redshift_distkey"], options["redshift_sortkey"]) == (long.column, (long.twin,))
    (key,) = inspector.get_foreign_keys(long.table, long.schema)
    assert (key["referred_table"], key["referred_columns"]) == ("parents", [long.column])
    (unique,) = inspector.get_unique_constraints(long.table, long.schema)
    assert unique == {"name": "one_" + "n" * 100, "column_names": [long.twin]}
