"""A store whose memory is full takes no more revocations, and says so; checks go on, fresh."""

from pathlib import Path

import grpc

from tests.eventually import eventually
from tests.servers import Store

from .conftest import Serve
from .faults import full
from .refusals import refusal
from .values import CLAIMS


async def test_checks_stay_fresh_while_the_store_is_full(standalone_server: Store, serve: Serve, tmp_path: Path) -> None:
    """Long past the bound of staleness: what proves freshness needs no memory."""
    realms = tmp_path / "realms.toml"
    realms.write_text('[realms.default]\nmax_staleness = "2s"\n')
    async with serve(standalone_server, realms_file=realms) as service:
        await service.call("RevokeToken", jti="known")
        with full(standalone_server.nodes[0]):
            refused = await refusal(service.call("RevokeToken", jti="too-much"))
            assert (refused.code, refused.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "STORE_FULL")
            began = (await service.call("CheckToken", claims=CLAIMS)).as_of_time.ToMilliseconds()

            async def is_long_past() -> bool:
                answer = await service.call("CheckToken", claims=CLAIMS)
                assert answer.active
                return bool(answer.as_of_time.ToMilliseconds() > began + 4500)

            await eventually(is_long_past, within=15)
            assert await service.state(**{**CLAIMS, "jti": "known"}) == "REVOKED"
            await eventually(service.is_serving, within=5)
