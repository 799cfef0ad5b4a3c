"""Starts servers that outlive the script that started them, and stops them again by their process id."""

import os
import signal
import socket
import subprocess
import time

from conditions import wait_until


def free_port(wanted=0):
    """`wanted` when nothing listens there, else any free port of the loopback address."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            return free_port()
        return probe.getsockname()[1]


def start(command, environment, log):
    """Starts a server in a session of its own, so that Ctrl-C in the terminal does not reach it; returns its id."""
    with open(log, "wb") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return {"pid": process.pid, "started": start_time(process.pid)}


def start_time(pid):
    """The kernel's start time of a process, which tells it from a later one with the same id; None: it is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
            fields = stat.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    is_zombie = fields[0] == "Z"
    return None if is_zombie else int(fields[19])


def is_running(process):
    reap(process["pid"])
    return process["started"] is not None and start_time(process["pid"]) == process["started"]


def stop(process, name, patience=30):
    """Asks a server to end and waits for it; one that does not end in time is killed. Fine for one that has ended."""
    if not is_running(process):
        return
    os.kill(process["pid"], signal.SIGTERM)
    try:
        wait_until(lambda: not is_running(process), f"{name} to end", patience)
    except TimeoutError:
        os.kill(process["pid"], signal.SIGKILL)
        wait_until(lambda: not is_running(process), f"{name} to end after SIGKILL", patience)


def reap(pid):
    """Takes the exit status of our own child, so that it does not stay behind as a zombie."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass


def resident_mebibytes(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as status:
        lines = dict(line.split(":", 1) for line in status)
    return int(lines["VmRSS"].split()[0]) / 1024
