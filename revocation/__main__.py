"""The command `revocation`."""

import sys
import traceback

from .cli.app import build
from .cli.failures import ERROR


def main() -> None:
    """Runs the command line. What nobody foresaw ends with exit code 2 as well: 1 is an answer."""
    try:
        build()(prog_name="revocation")
    except Exception:
        traceback.print_exc()
        sys.exit(ERROR)


if __name__ == "__main__":
    main()
