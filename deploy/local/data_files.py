"""The files that the demo's producer delivers: their names and contents, the messages that ask for them, and the way
of both to S3 and SQS."""

import gzip
import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

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
        lines = "".join(json.dumps(row, separators=(",", ":"), ensure_ascii=False) + "\n" for row in self.rows)
        # Without the time of day in it, the same rows make the same file.
        yield f"{self.folder}{self.stem}.json.gz", gzip.compress(lines.encode(), compresslevel=6, mtime=0)

    def message(self, force):
        """The order for this file. A queue keeps no order, so a day's message names its date instead of the newest."""
        fields = {"schema": nycflights.SCHEMA, "tables": [self.table.name], "bucket": BUCKET, "force": force}
        return fields | ({"date": self.date} if self.table.daily else {"truncate": True})


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
