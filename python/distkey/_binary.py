"""Where the program is."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from typing import Iterator

from .errors import Error


def _folders() -> Iterator[str]:
    """Where an installation puts programs: of this environment first, then of the user."""
    yield sysconfig.get_path("scripts")
    scheme = sysconfig.get_preferred_scheme("user") if sys.version_info >= (3, 10) else f"{os.name}_user"
    if scheme in sysconfig.get_scheme_names():
        yield sysconfig.get_path("scripts", scheme=scheme)
    # `pip install --target FOLDER` puts them beside the packages.
    yield os.path.join(os.path.dirname(os.path.dirname(__file__)), "bin")


def binary() -> str:
    """The path of the program: `DISTKEY_BINARY`, else that of the wheel, else the one on the PATH."""
    named = os.environ.get("DISTKEY_BINARY")
    if named:
        return named
    name = "distkey" + (sysconfig.get_config_var("EXE") or "")
    for folder in _folders():
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            return path
    found = shutil.which("distkey")
    if found:
        return found
    raise Error(
        "the program `distkey` is not there: install the wheel for this platform again, "
        "or name it by DISTKEY_BINARY"
    )
