"""Amazon Redshift query plans and table design, analyzed offline.

>>> import distkey
>>> from pathlib import Path
>>> found = distkey.explain(Path("plan.txt"), cluster="ra3.4xlarge:4")
>>> found.inputs[0].prediction.verdict
'within'

A `str` is always the text itself, a `pathlib.Path` is a file or a folder. Nothing leaves the machine: each call
runs the program of this wheel and reads its JSON.
"""

from __future__ import annotations

import os
from typing import Any, List, Mapping, Optional, Sequence, Type, TypeVar, Union

from . import results
from ._load import load
from ._report import Given, Report, Stats, Text, Texts, given
from .errors import Error
from .results import Advise, Diff, Explain, Lint

__all__ = ["Advise", "Diff", "Error", "Explain", "Lint", "advise", "diff", "explain", "lint", "plan", "results"]

T = TypeVar("T")
#: `{"orders": "customer_id"}`, as the flag takes `orders=customer_id`.
Changes = Optional[Mapping[str, str]]


def _flags(**values: Any) -> List[Union[str, Given]]:
    """Flags from keywords: `True` is a flag alone, a list repeats it, a mapping gives `KEY=VALUE`."""
    out: List[Union[str, Given]] = []
    for name, value in values.items():
        flag = "--" + name.replace("_", "-")
        if value is None or value is False:
            continue
        if value is True:
            out.append(flag)
        elif isinstance(value, Mapping):
            out += [f"{flag}={key}={one}" for key, one in value.items()]
        elif isinstance(value, os.PathLike):
            out.append(f"{flag}={os.fspath(value)}")
        elif isinstance(value, Sequence) and not isinstance(value, str):
            out += [f"{flag}={one}" for one in value]
        else:
            out.append(f"{flag}={value}")
    return out


def _answer(of: Type[T], report: Report) -> T:
    return load(of, report.json(), report=report)


def explain(
    text: Optional[Texts] = None,
    *,
    ddl: Optional[Texts] = None,
    stats: Optional[Stats] = None,
    query: Optional[Texts] = None,
    cluster: Optional[str] = None,
    budget: Optional[str] = None,
    users: Optional[int] = None,
    scale: Union[None, float, str, Mapping[str, float]] = None,
    grow: Changes = None,
    distkey: Changes = None,
    diststyle: Changes = None,
    sortkey: Changes = None,
    actuals: Optional[Text] = None,
    calibration: Optional[Text] = None,
    config: Optional["os.PathLike[str]"] = None,
    today: Optional[str] = None,
) -> Explain:
    """What `EXPLAIN` printed: what hurts, by how much, what to change, and the verdict.

    With `query` and `ddl` instead of a text the query is planned without a cluster, as by :func:`plan`.
    """
    files = given("--ddl", ddl, ".sql") + given("--stats", stats, ".json") + given("--query", query, ".sql")
    files += given("--actuals", actuals, ".csv") + given("--calibration", calibration, ".json")
    flags = _flags(
        cluster=cluster,
        budget=budget,
        users=users,
        scale=scale,
        grow=grow,
        distkey=distkey,
        diststyle=diststyle,
        sortkey=sortkey,
        config=config,
        today=today,
    )
    arguments = tuple(flags) + tuple(files) + tuple(given("", text, ".txt"))
    return _answer(Explain, Report("explain", arguments, has_markdown=True))


def plan(query: Texts, ddl: Texts, stats: Optional[Stats] = None, **more: Any) -> Explain:
    """Plans a query without a cluster, and predicts its time; `more` is what :func:`explain` takes."""
    return explain(query=query, ddl=ddl, stats=stats, **more)


def lint(
    text: Texts,
    *,
    ddl: Optional[Texts] = None,
    stats: Optional[Stats] = None,
    select: Optional[Sequence[str]] = None,
    ignore: Optional[Sequence[str]] = None,
    cluster: Optional[str] = None,
    workload: Optional[str] = None,
    config: Optional["os.PathLike[str]"] = None,
) -> Lint:
    """What DDL and load statements will make slow, or what Redshift refuses of them."""
    files = given("--ddl", ddl, ".sql") + given("--stats", stats, ".json")
    flags = _flags(select=select, ignore=ignore, cluster=cluster, workload=workload, config=config)
    arguments = tuple(flags) + tuple(files) + tuple(given("", text, ".sql"))
    return _answer(Lint, Report("lint", arguments, has_markdown=True))


def advise(
    ddl: Texts,
    queries: Optional[Texts] = None,
    *,
    plans: Optional[Texts] = None,
    workload: Optional[Text] = None,
    stats: Optional[Stats] = None,
    cluster: Optional[str] = None,
    budget: Optional[str] = None,
    denormalize: bool = False,
    config: Optional["os.PathLike[str]"] = None,
) -> Advise:
    """Keys and encodings for all tables from a workload, with what they save."""
    files = given("--ddl", ddl, ".sql") + given("--stats", stats, ".json") + given("--queries", queries, ".sql")
    files += given("--plans", plans, ".txt") + given("--workload", workload, ".csv")
    flags = _flags(cluster=cluster, budget=budget, denormalize=denormalize, config=config)
    return _answer(Advise, Report("advise", tuple(flags) + tuple(files)))


def diff(
    before: Text,
    after: Text,
    *,
    ddl: Optional[Texts] = None,
    stats: Optional[Stats] = None,
    cluster: Optional[str] = None,
    budget: Optional[str] = None,
    config: Optional["os.PathLike[str]"] = None,
) -> Diff:
    """Two plans of a query: what vanished, appeared and changed, and what that comes to."""
    files = given("--ddl", ddl, ".sql") + given("--stats", stats, ".json")
    flags = _flags(cluster=cluster, budget=budget, config=config)
    both = given("", before, ".txt") + given("", after, ".txt")
    return _answer(Diff, Report("diff", tuple(flags) + tuple(files) + tuple(both)))


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext distkey` gives notebooks the cell magic `%%distkey`."""
    from .magic import register

    register(shell)
