"""The judge's enums and the contract's are the same, by name and number, so that they convert without a table."""

from enum import IntEnum

import pytest
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper
from revocation_client.judgement.claims import InvalidReason
from revocation_client.judgement.judge import State
from revocation_client.judgement.revocations import Scope
from revocation_client.v1 import revocation_pb2, verdict_pb2


@pytest.mark.parametrize(
    ("ours", "proto", "prefix"),
    [
        (Scope, revocation_pb2.Scope, "SCOPE_"),
        (State, verdict_pb2.TokenState, "TOKEN_STATE_"),
        (InvalidReason, verdict_pb2.InvalidReason, "INVALID_REASON_"),
    ],
)
def test_enums_are_numbered_as_in_the_contract(ours: type[IntEnum], proto: EnumTypeWrapper, prefix: str) -> None:
    """Every value of the contract but the unspecified nought has its equal in the code, and the other way round."""
    assert {f"{prefix}{one.name}": one.value for one in ours} | {f"{prefix}UNSPECIFIED": 0} == dict(proto.items())
