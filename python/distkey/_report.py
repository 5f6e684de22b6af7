"""One call of the program, and the same question asked for another format."""

from __future__ import annotations

import html
import json
import os
import pathlib
import subprocess
import tempfile
from dataclasses import dataclass
from typing import Any, List, Mapping, Optional, Sequence, Tuple, Union

from ._binary import binary
from .errors import Error

#: A text, or the path of a file or folder: a `str` is always the text itself.
Text = Union[str, "os.PathLike[str]"]
#: One or several of them.
Texts = Union[Text, Sequence[Text]]
#: Also what JSON would hold.
Stats = Union[Text, Mapping[str, Any], Sequence[Union[Text, Mapping[str, Any]]]]

_HEIGHT = "min(90vh, 760px)"


@dataclass(frozen=True)
class Given:
    """An argument that names a file: a path, or a text that is written into one for the call."""

    flag: str
    value: Any
    ending: str = ".txt"


def given(flag: str, value: Optional[Stats], ending: str) -> List[Given]:
    """One argument for each of the values."""
    if value is None:
        return []
    several = isinstance(value, Sequence) and not isinstance(value, str)
    return [Given(flag, one, ending) for one in (value if several else [value])]


@dataclass(frozen=True)
class Report:
    """The answer to one question, in every form that the program has for it."""

    command: str
    arguments: Tuple[Union[str, Given], ...]
    has_markdown: bool = False

    def _run(self, form: str) -> str:
        with tempfile.TemporaryDirectory(prefix="distkey-") as folder:
            arguments = [binary(), self.command, "--format", form, "--fail-on", "never", "--color", "never"]
            for number, one in enumerate(self.arguments):
                if isinstance(one, str):
                    arguments.append(one)
                    continue
                if one.flag:
                    arguments.append(one.flag)
                arguments.append(_path(one, folder, number))
            return _output(arguments, folder)

    def json(self) -> Any:
        """The document of `--format json`."""
        return json.loads(self._run("json"))

    def text(self) -> str:
        """What a terminal shows."""
        return self._run("text")

    def html(self) -> str:
        """The page, one file."""
        return self._run("html")

    def markdown(self) -> str:
        """For a ticket or a pull request."""
        if self.has_markdown:
            return self._run("markdown")
        return f"```text\n{self.text().rstrip()}\n```\n"

    def cell(self) -> str:
        """The page in a frame of its own: its scripts reach nothing of the notebook."""
        page = html.escape(self.html(), quote=True)
        style = f"width:100%;height:{_HEIGHT};border:0;resize:vertical;overflow:auto"
        return f'<iframe title="distkey {self.command}" sandbox="allow-scripts" style="{style}" srcdoc="{page}"></iframe>'


class Shown:
    """An answer that a notebook shows as its report."""

    report: Optional[Report]

    def _repr_html_(self) -> Optional[str]:
        return self.report and self.report.cell()

    def _repr_markdown_(self) -> Optional[str]:
        return self.report and self.report.markdown()


def _path(one: Given, folder: str, number: int) -> str:
    value = one.value
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, Mapping):
        value = json.dumps(value)
    if not isinstance(value, str):
        what = one.flag or "the input"
        raise TypeError(f"{what} is a text, a pathlib.Path or statistics as a dict, not {type(value).__name__}")
    path = pathlib.Path(folder) / f"{one.flag.strip('-') or 'input'}{number or ''}{one.ending}"
    path.write_text(value, encoding="utf-8")
    return str(path)


def _output(arguments: List[str], folder: str) -> str:
    try:
        ran = subprocess.run(arguments, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    except OSError as error:
        raise Error(f"cannot run `{arguments[0]}`: {error}") from error
    said = ran.stderr.decode("utf-8", "replace").replace(folder + os.sep, "").strip()
    if ran.returncode not in (0, 1):
        words = [line[len("error: ") :] if line.startswith("error: ") else line for line in said.splitlines()]
        raise Error("\n".join(words) or f"`{arguments[0]}` ended with {ran.returncode}")
    return ran.stdout.decode("utf-8").replace(folder + os.sep, "")
