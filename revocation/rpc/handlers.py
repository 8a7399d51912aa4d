"""Where services register: each handler is wrapped once, at the start. Interceptors would do that for each call, and take a tenth of it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import grpc

Handler = Any
"""grpc.RpcMethodHandler, whose types do not say what it may lack."""

Wrap = Callable[[str, Handler], Handler]


class Handlers:
    """What generated `add_..._to_server` functions are given: *server*, with handlers wrapped in *wraps*, the first innermost."""

    def __init__(self, server: grpc.aio.Server, *wraps: Wrap) -> None:
        self._server = server
        self._wraps = wraps

    def add_registered_method_handlers(self, service: str, handlers: Mapping[str, Handler]) -> None:
        """Serve *handlers* as methods of *service*.

        Not as generic ones: of those, grpcio 1.85 answers some that nobody cancelled with CANCELLED in a storm of cancelled calls.
        """
        wrapped = {name: self._wrapped(f"/{service}/{name}", handler) for name, handler in handlers.items()}
        self._server.add_registered_method_handlers(service, wrapped)

    def add_generic_rpc_handlers(self, handlers: Sequence[grpc.GenericRpcHandler]) -> None:
        """Leave them out: generated code says the same twice, and in this form handlers cannot be wrapped."""

    def _wrapped(self, path: str, handler: Handler) -> Handler:
        for wrap in self._wraps:
            handler = wrap(path, handler)
        return handler
