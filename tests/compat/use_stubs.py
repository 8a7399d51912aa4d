"""Uses every stub, and all of the client that needs no more than they do; runs in an environment of its own."""

import importlib
import pkgutil

import google.protobuf
import grpc
import revocation_client.judgement
import revocation_client.v1
from revocation_client.v1 import claims_pb2, revocation_service_pb2, revocation_service_pb2_grpc, session_service_pb2_grpc


def main() -> None:
    """Imports everything, sends a message through bytes, and makes a client and a servicer."""
    for package in (revocation_client.v1, revocation_client.judgement):
        for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
            importlib.import_module(module.name)
    request = revocation_service_pb2.CheckTokenRequest(claims=claims_pb2.Claims(sub="u", iat=1.5, client_id="app"))
    assert revocation_service_pb2.CheckTokenRequest.FromString(request.SerializeToString()) == request
    with grpc.insecure_channel("127.0.0.1:1") as channel:
        assert revocation_service_pb2_grpc.RevocationServiceStub(channel).CheckToken
        assert session_service_pb2_grpc.SessionServiceStub(channel).CreateSession
    assert revocation_service_pb2_grpc.RevocationServiceServicer.RevokeUser
    print(google.protobuf.__version__, grpc.__version__)  # noqa: T201


main()
