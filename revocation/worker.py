"""One of several server processes on a port: `python -m revocation.worker`. Standard input has its orders, and ends with its parent."""

import pickle
import sys

import typer

from .cli.failures import in_words
from .server import Share, serve_share
from .workers import Orders


def main() -> None:
    """Reads the orders and serves until told, or until the parent is gone."""
    try:
        orders: Orders = pickle.load(sys.stdin.buffer)  # noqa: S301 # the parent's own words
        with in_words():
            sys.exit(serve_share(orders.settings, Share(orders.embedded, sys.stdin.fileno())))
    except typer.Exit as error:
        sys.exit(error.exit_code)
    except EOFError:  # the parent is gone already
        sys.exit(0)


if __name__ == "__main__":
    main()
