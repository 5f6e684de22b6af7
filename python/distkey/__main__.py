"""`python -m distkey`: the program itself."""

import os
import subprocess
import sys

from ._binary import binary
from .errors import Error


def main() -> None:
    try:
        arguments = [binary(), *sys.argv[1:]]
    except Error as error:
        sys.exit(f"error: {error}")
    if os.name == "posix":
        os.execv(arguments[0], arguments)
    sys.exit(subprocess.run(arguments, check=False).returncode)


if __name__ == "__main__":
    main()
