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
    """One of the project's programs, or None when it is not built: the build that make asks for with LOADER_BUILD,
    else the newest, release or debug."""
    profiles = [os.environ["LOADER_BUILD"]] if "LOADER_BUILD" in os.environ else ["release", "debug"]
    builds = [TARGET / profile / name for profile in profiles]
    return max((build for build in builds if build.exists()), key=lambda build: build.stat().st_mtime, default=None)
