"""Counts calls by kind over all processes, and lets one of them fail, or kills the script.

FAULT is `kind|number|before`: the call does not reach the service; `kind|number|after`: it does,
and the answer is lost; `kind|number|kill`: it does, and the script is killed with all it started.
Several have commas between them.
"""

import fcntl
import os
import pathlib
import signal
import sys

ACCOUNT = pathlib.Path(os.environ["ACCOUNT"])
counted = {}


class Lost(Exception):
    """The call that fails."""


def number(kind):
    """Which call of its kind this is, from 1: a byte of a file for each."""
    with open(ACCOUNT / "calls" / kind, "ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(b".")
        file.flush()
        return file.tell()


def meets(kind, count, moment):
    return f"{kind}|{count}|{moment}" in os.environ.get("FAULT", "").split(",")


def before(kind):
    counted[kind] = number(kind)
    if meets(kind, counted[kind], "before"):
        lose(kind)


def after(kind):
    if meets(kind, counted[kind], "after"):
        lose(kind)
    if meets(kind, counted[kind], "kill"):
        os.killpg(int(os.environ["SCRIPT_GROUP"]) if "SCRIPT_GROUP" in os.environ else os.getpgid(0), signal.SIGKILL)


def lose(kind):
    print(f"{kind}: connection reset", file=sys.stderr)
    if os.environ.get("FAULTS_RAISE"):
        raise Lost(kind)
    sys.exit(254)
