"""Health, per service and overall: SERVING while the store can be reached and every realm is open."""

from grpc_health.v1 import health_pb2
from grpc_health.v1.health import OVERALL_HEALTH
from grpc_health.v1.health import aio as health_aio

from .methods import SERVICES

NAMES = (OVERALL_HEALTH, *(service.full_name for service in SERVICES))


class Health:
    """The health that grpc.health.v1 serves: begin it before the server starts."""

    def __init__(self) -> None:
        self.servicer = health_aio.HealthServicer()
        self._serving: bool | None = None

    async def begin(self) -> None:
        """Say NOT_SERVING until it is known better; gRPC's own servicer would begin with SERVING."""
        await self._say(serving=False)

    async def set(self, serving: bool) -> bool:
        """Say whether the services serve. Returns whether that is news."""
        if serving == self._serving:
            return False
        self._serving = serving
        await self._say(serving=serving)
        return True

    async def drain(self) -> None:
        """Say NOT_SERVING for good."""
        await self.servicer.enter_graceful_shutdown()

    async def _say(self, *, serving: bool) -> None:
        status = health_pb2.HealthCheckResponse.SERVING if serving else health_pb2.HealthCheckResponse.NOT_SERVING
        for name in NAMES:
            await self.servicer.set(name, status)
