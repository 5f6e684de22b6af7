"""The cell magic `%%distkey`."""

from __future__ import annotations

import argparse
import pathlib
import re
import shlex
from typing import Any, List, NoReturn, Optional

from . import advise, explain, lint, plan
from .errors import Error

_COST = re.compile(r"\bcost=\d+(\.\d+)?\.\.\d")
_QUERY = re.compile(r"\s*(--[^\n]*\n\s*|/\*.*?\*/\s*)*(select|with)\b", re.IGNORECASE | re.DOTALL)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Error(f"%%distkey: {message}")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="%%distkey", add_help=False)
    parser.add_argument("what", nargs="?", choices=["explain", "plan", "lint", "advise"])
    for flag in ["--ddl", "--stats"]:
        parser.add_argument(flag, action="append", type=pathlib.Path)
    for flag in ["--cluster", "--budget", "--scale"]:
        parser.add_argument(flag)
    parser.add_argument("--users", type=int)
    for flag in ["--distkey", "--diststyle", "--sortkey"]:
        parser.add_argument(flag, action="append", default=None)
    for flag in ["--select", "--ignore"]:
        parser.add_argument(flag, action="append")
    return parser


def _kind(cell: str, has_tables: bool) -> str:
    """What a cell holds: a plan has costs; a query is planned where its tables are known."""
    if _COST.search(cell):
        return "explain"
    return "plan" if has_tables and _QUERY.match(cell) else "lint"


def _changes(given: Optional[List[str]]) -> Optional[dict]:
    if given is None:
        return None
    pairs = [one.split("=", 1) for one in given]
    if any(len(pair) != 2 for pair in pairs):
        raise Error("%%distkey: a change of keys is TABLE=COLUMN")
    return dict(pairs)


def answer(line: str, cell: str) -> Any:
    """What a cell with this line over it answers with."""
    args = _parser().parse_args(shlex.split(line))
    what = args.what or _kind(cell, bool(args.ddl))
    common = {"stats": args.stats, "cluster": args.cluster}
    if what == "lint":
        return lint(cell, ddl=args.ddl, select=args.select, ignore=args.ignore, **common)
    if what == "advise":
        return advise(args.ddl or [], cell, budget=args.budget, **common)
    changes = {flag: _changes(getattr(args, flag)) for flag in ["distkey", "diststyle", "sortkey"]}
    common.update(changes, budget=args.budget, users=args.users, scale=args.scale)
    if what == "plan":
        return plan(cell, args.ddl or [], **common)
    return explain(cell, ddl=args.ddl, **common)


def register(shell: Any) -> None:
    """Registers the magic; a question that can't be answered is an error in the cell, in the program's words."""

    def distkey(line: str, cell: str) -> Any:
        return answer(line, cell)

    shell.register_magic_function(distkey, magic_kind="cell", magic_name="distkey")
