"""The daemon under a script of this folder: starts it, asks it for its metrics, and ends it."""

import os
import re
import subprocess
import sys
import urllib.error
import urllib.request

import project
import processes
from conditions import wait_until

import aws

# A little more than the daemon gives itself (SHUTDOWN_GRACE).
DRAIN_SECONDS = 330


class Failed(Exception):
    """The script cannot go on; the text says why."""


class Daemon:
    """`s3-to-redshift serve` with the variables of this process."""

    def __init__(self, log):
        self.log = log

    def __enter__(self):
        program = project.binary("s3-to-redshift")
        if program is None:
            raise Failed("s3-to-redshift is not built: run `cargo build --release --workspace` first.")
        self.address = f"http://{os.environ['LISTEN_ADDRESS']}"
        with open(self.log, "wb") as log:
            # In a session of its own: Ctrl-C ends the script, and the script ends the daemon.
            self.process = subprocess.Popen([program, "serve"], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True)
        try:
            wait_until(lambda: self.answers("/readyz") is not None or self.ended(), "the daemon to be ready", 30)
        except TimeoutError as error:
            self.kill()
            raise Failed(f"{error}.\n{self.last_words()}") from None
        if self.ended():
            raise Failed(f"The daemon ended with exit code {self.process.returncode}.\n{self.last_words()}")
        self.idle_mebibytes = processes.resident_mebibytes(self.process.pid)
        return self

    def __exit__(self, *_):
        self.kill()

    def kill(self):
        if not self.ended():
            self.process.kill()
            self.process.wait()

    def ended(self):
        return self.process.poll() is not None

    def drain(self):
        """Asks the daemon to end; True when it did so cleanly."""
        self.process.terminate()
        try:
            code = self.process.wait(DRAIN_SECONDS)
        except subprocess.TimeoutExpired:
            raise Failed(f"The daemon did not drain within {DRAIN_SECONDS} s.\n{self.last_words()}") from None
        if code != 0:
            print(self.last_words(), file=sys.stderr)
        return code == 0

    def answers(self, path):
        try:
            with urllib.request.urlopen(self.address + path, timeout=5) as response:
                return response.read().decode()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return None

    def metrics(self):
        """Every sample as `(name, labels, value)`."""
        text = self.answers("/metrics")
        if text is None:
            raise Failed(f"The daemon does not answer on {self.address}/metrics.\n{self.last_words()}")
        samples = []
        for line in text.splitlines():
            sample = re.match(r"s3_to_redshift_(\w+)(?:\{(.*)\})? (\S+)$", line)
            if sample:
                labels = dict(re.findall(r'(\w+)="([^"]*)"', sample[2] or ""))
                samples.append((sample[1], labels, float(sample[3])))
        return samples

    def settled(self):
        """Messages settled so far, by disposition."""
        totals = {}
        for name, labels, value in self.metrics():
            if name == "messages_settled_total":
                totals[labels["disposition"]] = totals.get(labels["disposition"], 0) + int(value)
        return totals

    def rows_loaded(self, schema):
        return {labels["table"]: int(value) for name, labels, value in self.metrics()
                if name == "rows_loaded_total" and labels["schema"] == schema}

    def total(self, name, **labels):
        """The sum of a metric over all series with these labels."""
        return sum(value for metric, of_series, value in self.metrics()
                   if metric == name and labels.items() <= of_series.items())

    def last_words(self):
        """The log's warnings and errors, or its end when there are none."""
        lines = self.log.read_text(errors="replace").splitlines()
        serious = [line for line in lines if re.search(r'"level":"(WARN|ERROR)"|\b(WARN|ERROR)\b|panicked', line)]
        return "\n".join([f"From its log, {self.log}:", *(serious or lines)[-10:]])


def queue_is_empty():
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"]
    answer = aws.client("sqs").get_queue_attributes(QueueUrl=os.environ["QUEUE_URL"], AttributeNames=names)
    return all(answer["Attributes"].get(name, "0") == "0" for name in names)
