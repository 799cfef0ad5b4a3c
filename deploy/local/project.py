"""Where things are in this repository, and the Python that has the project's packages.

Import this first: a script that was started with another Python goes on in the project's own.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "target"
PYTHON_HOME = TARGET / "python"
PYTHON = PYTHON_HOME / "bin" / "python"
# Where `make stack` keeps its addresses, process ids and logs.
STACK_DIR = TARGET / "local"

if Path(sys.prefix) != PYTHON_HOME:
    if not PYTHON.exists():
        sys.exit("The Python packages of this project are missing: run `make python` first.")
    os.execv(PYTHON, [str(PYTHON), *sys.argv])


def binary(name):
    """The newest build of one of the project's programs, release or debug; None when there is none."""
    builds = [TARGET / profile / name for profile in ("release", "debug")]
    return max((build for build in builds if build.exists()), key=lambda build: build.stat().st_mtime, default=None)
