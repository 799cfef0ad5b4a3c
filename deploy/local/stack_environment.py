"""The variables that point programs at a local stack."""

import os
import shlex


def take_over(env_file):
    """Takes over the variables of the stack, as a shell that sources the file would."""
    for words in map(shlex.split, env_file.read_text().splitlines()):
        match words:
            case ["unset", *names]:
                for name in names:
                    os.environ.pop(name, None)
            case ["export", assignment]:
                name, _, value = assignment.partition("=")
                os.environ[name] = value
