"""Waits for a condition instead of for a while."""

import time


def wait_until(condition, what, patience=60, pause=0.05):
    """Returns what `condition` returns as soon as it is true; TimeoutError after `patience` seconds."""
    deadline = time.monotonic() + patience
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {patience:g} s for {what}")
        time.sleep(pause)
