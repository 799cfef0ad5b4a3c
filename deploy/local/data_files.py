"""The files that the demo's producer delivers: their names and contents, the messages that ask for them, and the way
of both to S3 and SQS."""

import csv
import gzip
import io
import json
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import duckdb

import aws
import nycflights

BUCKET = "analytics"
# As many messages as SQS takes in one request.
BATCH = 10


@dataclass(frozen=True)
class DataFile:
    table: nycflights.Table
    date: str
    rows: list

    @property
    def stem(self):
        return f"{nycflights.SCHEMA}_{self.table.name}_{self.date}"

    @property
    def folder(self):
        if not self.table.partitioned:
            return ""
        year, month, day = self.date[:10].split("-")
        return (f"{nycflights.SCHEMA}/{self.table.name}/_data_timestamp_year={year}"
                f"/_data_timestamp_month={month}/_data_timestamp_day={day}/")

    def objects(self):
        """Keys and contents: the config first, so that nobody finds the data without it."""
        yield f"{self.folder}config_{self.stem}.yml", nycflights.table_config(self.table).encode()
        suffix, content = FORMATS[self.table.format](self)
        yield f"{self.folder}{self.stem}.{suffix}", content

    def as_json(self):
        lines = (json.dumps(row, separators=(",", ":"), ensure_ascii=False) + "\n" for row in self.rows)
        return "json.gz", packed("".join(lines))

    def as_csv(self):
        return "csv.gz", packed(self.csv_text())

    def csv_text(self):
        text = io.StringIO()
        writer = csv.DictWriter(text, nycflights.types(self.table), lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        return text.getvalue()

    def as_parquet(self):
        columns = {name: PARQUET_TYPES[kind] for name, kind in nycflights.types(self.table).items()}
        with tempfile.TemporaryDirectory() as folder:
            written, read = Path(folder, "file.parquet"), Path(folder, "file.csv")
            read.write_text(self.csv_text(), encoding="utf-8")
            duckdb.sql(f"COPY (SELECT * FROM read_csv('{read}', header = true, columns = {columns})) "
                       f"TO '{written}' (FORMAT parquet)")
            return "parquet", written.read_bytes()

    def message(self, force):
        """The order for this file. A queue keeps no order, so a day's message names its date instead of the newest."""
        fields = {"schema": nycflights.SCHEMA, "tables": [self.table.name], "bucket": BUCKET, "force": force}
        return fields | ({"date": self.date} if self.table.daily else {"truncate": True})

    def merge(self):
        """The order to replace the rows that have the keys of these."""
        return self.message(force=False) | {"mode": "merge"}


FORMATS = {"json": DataFile.as_json, "csv": DataFile.as_csv, "parquet": DataFile.as_parquet}
# Of the types in a table config: COPY takes a column of the type of the table only.
PARQUET_TYPES = {"int": "INTEGER", "float": "DOUBLE", "text": "VARCHAR", "timestamp": "TIMESTAMP"}


def packed(text):
    # Without the time of day in it, the same rows make the same file.
    return gzip.compress(text.encode(), compresslevel=6, mtime=0)


def data_files(tables, months):
    """Every file of some tables, oldest first in each."""
    return [
        DataFile(table, date, rows)
        for table in tables
        for date, rows in nycflights.rows_by_date(table, months).items()
    ]


def upload(files):
    """Writes all files and configs; returns how many objects and how many bytes."""
    storage = aws.client("s3")

    def put(file):
        sizes = []
        for key, content in file.objects():
            storage.put_object(Bucket=BUCKET, Key=key, Body=content)
            sizes.append(len(content))
        return sizes

    with ThreadPoolExecutor(aws.CONNECTIONS) as pool:
        sizes = [size for file_sizes in pool.map(put, files) for size in file_sizes]
    return len(sizes), sum(sizes)


def send(messages):
    """Sends messages to QUEUE_URL; every one has arrived, or this raises."""
    queues = aws.client("sqs")

    def send_batch(start):
        entries = [
            {"Id": str(index), "MessageBody": json.dumps(message)}
            for index, message in enumerate(messages[start : start + BATCH])
        ]
        answer = queues.send_message_batch(QueueUrl=os.environ["QUEUE_URL"], Entries=entries)
        if answer.get("Failed"):
            raise RuntimeError(f"SQS did not take {len(answer['Failed'])} messages: {answer['Failed'][0]['Message']}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send_batch, range(0, len(messages), BATCH)))
