"""Files of producers who send no message: many small ones, under keys that tell their table, and the rules that say so."""

import gzip
import json
from dataclasses import replace

import nycflights

BUCKET = "analytics"
# Of keys whose files announce themselves.
PREFIX = "raw/"
ROUTES_KEY = "routes.yml"
# Nobody who looks on waits for a minute.
LINGER_SECONDS = 2
ROUTES = f"""# Files that announce themselves, and what they are loaded into: docs/routes.md.
routes:
  - match: "s3://{BUCKET}/{PREFIX}{{schema}}/{{table}}/dt={{date:%Y-%m-%d}}/*.json.gz"
    config: "s3://{BUCKET}/configs/{{table}}.yml"
    batch: {{linger: {LINGER_SECONDS}s}}
"""
# Where the sample belongs, under the folder of its table.
SAMPLE = "dt=2013-01-01/05.json.gz"
# The flights again, as whoever tells of each hour would write them.
DEPARTURES = replace(nycflights.TABLES["flights"], name="departures")


def prepare(storage, queue_arn):
    """Puts the rules and the table config of the departures into the bucket, and lets it tell the queue of each new file."""
    storage.put_object(Bucket=BUCKET, Key=ROUTES_KEY, Body=ROUTES.encode())
    config = nycflights.table_config(DEPARTURES)
    storage.put_object(Bucket=BUCKET, Key=f"configs/{DEPARTURES.name}.yml", Body=config.encode())
    to_queue = {
        "QueueArn": queue_arn,
        "Events": ["s3:ObjectCreated:*"],
        "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": PREFIX}]}},
    }
    storage.put_bucket_notification_configuration(
        Bucket=BUCKET, NotificationConfiguration={"QueueConfigurations": [to_queue]})


def address(table):
    """Of the folder that all files of a table are under."""
    return f"s3://{BUCKET}/{PREFIX}{nycflights.SCHEMA}/{table.name}/"


def write_sample(path):
    """One file of departures, to be put under the key `SAMPLE` of its table."""
    path.write_bytes(packed(next(iter(departures(1).values()))))


def write_departures(folder, month):
    """Writes the departures of a month into a folder, a file for each hour; returns how many files and how many rows."""
    hours = departures(month)
    for (day, hour), rows in hours.items():
        path = folder / f"dt={day}" / f"{hour:02}.json.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(packed(rows))
    return len(hours), sum(map(len, hours.values()))


def departures(month):
    """The rows of each day and hour."""
    hours = {}
    for rows in nycflights.rows_by_date(nycflights.TABLES["flights"], [month]).values():
        for row in rows:
            hours.setdefault((row[nycflights.DATA_DATE_COLUMN][:10], row["hour"]), []).append(row)
    return hours


def packed(rows):
    lines = "".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows)
    # Without the time of day in it, the same rows make the same file.
    return gzip.compress(lines.encode(), compresslevel=6, mtime=0)
