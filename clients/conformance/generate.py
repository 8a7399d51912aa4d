"""Writes the conformance cases anew, or with --check tells whether the files are what it would write.

python clients/conformance/generate.py [--check]
"""

import argparse
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from json import dumps
from pathlib import Path
from typing import Any

from generator.boundaries import boundary_sets
from generator.cases import CaseSet, spelled_set
from generator.fingerprints import fingerprint_cases
from generator.lives import life_scenarios
from generator.merges import merge_cases
from generator.random_sets import random_sets
from generator.shapes import shape_sets
from generator.snapshots import snapshot_scenarios

HERE = Path(__file__).parent
WIDTH = 160
SEED = 20_251_122


def files() -> dict[str, Any]:
    """Returns what every file holds, by its path."""
    written = {
        "verdicts/times.json": _verdicts([*boundary_sets()]),
        "verdicts/shapes.json": _verdicts([*shape_sets()]),
        "verdicts/random.json": _verdicts([*random_sets(SEED)]),
        "merges/merges.json": {"cases": [*merge_cases()]},
        "fingerprints.json": {"cases": fingerprint_cases()},
        "streams/streams.json": {"scenarios": [*snapshot_scenarios(), *life_scenarios()]},
    }
    return {**written, "index.json": _index(written)}


def _verdicts(sets: Sequence[CaseSet]) -> dict[str, Any]:
    return {"sets": [spelled_set(one) for one in sets]}


def _index(written: Mapping[str, Any]) -> dict[str, Any]:
    """How many cases each file has, so that a runner can tell that it ran them all."""
    counts: dict[str, Any] = {}
    for path, content in written.items():
        if "sets" in content:
            cases = [case for one in content["sets"] for case in one["cases"]]
            counts[path] = {
                "sets": len(content["sets"]),
                "cases": len(cases),
                "states": dict(sorted(Counter(case["expect"]["state"] for case in cases).items())),
                "live": dict(sorted(Counter(case["live"] for case in cases).items())),
            }
        elif "scenarios" in content:
            steps = [step for one in content["scenarios"] for step in one["steps"]]
            counts[path] = {"scenarios": len(content["scenarios"]), "checks": sum("check" in step for step in steps)}
        else:
            counts[path] = {"cases": len(content["cases"])}
    return {"counts": counts}


def rendered(value: Any, indent: int = 0) -> str:
    """Returns JSON in ASCII, with as much on a line as fits."""
    short = dumps(value, allow_nan=False)
    if indent + len(short) <= WIDTH or not isinstance(value, dict | list) or not value:
        return short
    inner = " " * (indent + 2)
    if isinstance(value, dict):
        parts = [f"{dumps(key)}: {rendered(one, indent + 2)}" for key, one in value.items()]
        return "{\n" + ",\n".join(inner + part for part in parts) + "\n" + " " * indent + "}"
    return "[\n" + ",\n".join(inner + rendered(one, indent + 2) for one in value) + "\n" + " " * indent + "]"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 when a file is stale")
    check = parser.parse_args().check
    texts = {HERE / path: rendered(content) + "\n" for path, content in files().items()}
    stale = [path for path, text in texts.items() if not path.exists() or path.read_text(encoding="ascii") != text]
    for path in stale:
        if check:
            sys.stderr.write(f"{path.relative_to(HERE)} is stale: run python clients/conformance/generate.py\n")
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(texts[path], encoding="ascii")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
