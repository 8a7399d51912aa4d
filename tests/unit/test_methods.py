"""What the protos say of each RPC."""

from google.protobuf.descriptor_pb2 import MethodOptions

from revocation.rpc.methods import METHODS, SERVICES

IDEMPOTENT = {
    "RevokeToken",
    "RevokeUser",
    "RevokeSession",
    "RevokeClient",
    "RevokeKey",
    "RevokeRealm",
    "AllowToken",
    "GetSession",
    "EndSession",
}
NOT_IDEMPOTENT = {"CreateSession", "UpdateSession", "RotateSession"}

OPTIONS = {method.name: method.GetOptions() for service in SERVICES for method in service.methods}


def test_every_rpc_states_its_idempotency_level() -> None:
    """No RPC leaves open whether it may be repeated: clients retry by that and by nothing else."""
    assert all(options.HasField("idempotency_level") for options in OPTIONS.values())


def test_what_may_be_repeated() -> None:
    """Revoking, allowing and ending may be repeated, beginning and changing a session may not, and the rest has no side effects."""
    levels = {name: options.idempotency_level for name, options in OPTIONS.items()}
    assert {name for name, level in levels.items() if level == MethodOptions.IDEMPOTENT} == IDEMPOTENT
    assert {name for name, level in levels.items() if level == MethodOptions.IDEMPOTENCY_UNKNOWN} == NOT_IDEMPOTENT


def test_what_writes() -> None:
    """Each RPC that has side effects writes, but for GetSession, which only records the use."""
    assert {method.name for method in METHODS.values() if method.writes} == (IDEMPOTENT | NOT_IDEMPOTENT) - {"GetSession"}


def test_methods_are_found_by_the_path_of_a_call() -> None:
    """The table has every RPC of both services, under the path that gRPC gives to a call."""
    assert METHODS["/revocation.v1.RevocationService/CheckToken"].name == "CheckToken"
    assert METHODS["/revocation.v1.SessionService/EndSession"].writes
    assert len(METHODS) == len(OPTIONS) == sum(len(service.methods) for service in SERVICES)
