"""The conformance files: each has its documented shape, is what the generator writes, and holds what the index promises."""

import re
import subprocess
import sys
from collections import Counter

import pytest
from google.protobuf.json_format import ParseDict
from revocation_client.v1 import revocation_service_pb2 as pb

from .conformance import FOLDER, counts, read, verdict_sets
from .json_schema import faults

FILES = [
    path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.json") if path.parent.name != "schemas" and path.name != "index.json"
]


@pytest.mark.parametrize("path", FILES)
def test_every_file_has_its_shape(path: str) -> None:
    """As the schema of its kind says, which is named after its folder or, at the top, after itself."""
    kind = path.split("/")[0].removesuffix(".json")
    schema = read(f"schemas/{kind}.schema.json")
    assert [*faults(read(path), schema, schema)] == []


def test_a_shape_that_is_wrong_is_found() -> None:
    """The control: a word too many, one too few, and one of another type."""
    schema = read("schemas/fingerprints.schema.json")
    good = {"key": "00" * 16, "scope": "TOKEN", "value": "", "bytes": "00" * 8, "number": "0"}
    for bad in ({**good, "more": 1}, {"key": good["key"]}, {**good, "number": 0}, {**good, "scope": "token"}, {**good, "bytes": "zz"}, 1):
        assert [*faults({"cases": [bad]}, schema, schema)]
    assert [*faults({"cases": [good]}, schema, schema)] == []


def test_generation_is_reproducible() -> None:
    """The committed files are what the generator writes."""
    done = subprocess.run([sys.executable, FOLDER / "generate.py", "--check"], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_index_names_every_file() -> None:
    """A runner that reads the index misses no file."""
    assert sorted(counts()) == sorted(FILES)


def test_counts() -> None:
    """The index counts right, and there are as many cases as promised: at least 300 verdicts of every state, most of them playable live."""
    cases = [case for one in verdict_sets() for case in one.cases]
    promised = [count for path, count in counts().items() if path.startswith("verdicts/")]
    assert len(cases) == sum(count["cases"] for count in promised) >= 900
    states = Counter(case["expect"]["state"] for case in cases)
    assert states == sum((Counter(count["states"]) for count in promised), Counter())
    assert min(states[state] for state in ("ACTIVE", "REVOKED", "NOT_ALLOWED", "EXPIRED", "INVALID")) >= 30
    assert sum(case["live"] == "run" for case in cases) >= 700
    assert counts()["merges/merges.json"]["cases"] == len(read("merges/merges.json")["cases"]) >= 80
    assert counts()["streams/streams.json"]["scenarios"] == len(read("streams/streams.json")["scenarios"]) >= 25


def test_names_are_unique() -> None:
    """So that a failure can be found by the name of its set, case or scenario."""
    for names in (
        [one.name for one in verdict_sets()],
        [one["name"] for one in read("merges/merges.json")["cases"]],
        [one["name"] for one in read("streams/streams.json")["scenarios"]],
    ):
        assert [name for name, count in Counter(names).items() if count > 1] == []


def test_every_handwritten_case_says_why() -> None:
    """Only chance has no reasons."""
    for one in verdict_sets():
        assert all("why" in case for case in one.cases) or one.path == "verdicts/random.json"


def test_stream_messages_are_messages() -> None:
    """Each is a WatchRevocationsResponse in proto JSON, unknown fields refused; times never go back."""
    for scenario in read("streams/streams.json")["scenarios"]:
        steps = [step for each in scenario["steps"] for step in each.values()]
        assert [step["at_ms"] for step in steps] == sorted(step["at_ms"] for step in steps), scenario["name"]
        for step in steps:
            if "message" in step:
                assert ParseDict(step["message"], pb.WatchRevocationsResponse()).WhichOneof("event")


def test_worked_examples_are_right() -> None:
    """The fingerprints that the README works out are among the cases."""
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    worked = re.findall(r"^    bytes   (\w+)\n    number  (\w+)$", readme, re.MULTILINE)
    assert len(worked) == 2
    assert set(worked) <= {(case["bytes"], case["number"]) for case in read("fingerprints.json")["cases"]}
