"""Write the Python stubs of every proto into a folder: python protos/generate.py OUT.

protoc names Python modules after the proto package, `revocation.v1`, which is the server's own name; so the stubs are moved into
`revocation_client.v1` and their imports of one another with them. Proto names, and so the wire and reflection, stay as they are.
"""

import re
import shutil
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

from grpc_tools import protoc

PROTOS = Path(__file__).parent
HEADER = '"""Stubs of the proto package revocation.v1, written by `make protos`; not to be edited."""\n'


def generate(out: Path) -> None:
    sources = sorted((PROTOS / "revocation" / "v1").glob("*.proto"))
    with tempfile.TemporaryDirectory() as scratch:
        kinds = ("python", "grpc_python", "mypy", "mypy_grpc")
        includes = [f"-I{PROTOS}", f"-I{files('grpc_tools') / '_proto'}"]
        plugins = [f"--plugin={Path(sys.executable).with_name(name)}" for name in ("protoc-gen-mypy", "protoc-gen-mypy_grpc")]
        if protoc.main(["protoc", *includes, *plugins, *(f"--{kind}_out={scratch}" for kind in kinds), *map(str, sources)]):
            raise SystemExit("protoc failed")
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        (out / "__init__.py").write_text(HEADER)
        for stub in sorted((Path(scratch) / "revocation" / "v1").glob("*.py*")):
            if "_grpc" not in stub.name or "service" in stub.name:
                (out / stub.name).write_text(moved(stub.read_text()))


def moved(text: str) -> str:
    """Returns the stub *text* with its imports of other stubs rewritten."""
    return re.sub(
        r"(?m)^(from|import) revocation\.v1\b|\brevocation\.v1\.(?=\w+_pb2)",
        lambda m: m[0].replace("revocation.v1", "revocation_client.v1"),
        text,
    )


if __name__ == "__main__":
    generate(Path(sys.argv[1]))
