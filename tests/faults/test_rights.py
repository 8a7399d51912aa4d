"""A store user who lacks the right to one command: what is not known to be undone is not called undone."""

import pytest

from revocation.domain.errors import Reason, ServiceError
from revocation.domain.orders import key_order
from revocation.domain.realms import Realm
from revocation.store.stores import open_stores
from tests.servers import Store
from tests.settings import settings_of

REALM = Realm("default")


@pytest.mark.parametrize(
    ("right", "reason"), [("xadd", Reason.OUTCOME_UNKNOWN), ("zadd", Reason.OUTCOME_UNKNOWN), ("evalsha", Reason.STORE_REFUSED)]
)
async def test_a_missing_right(standalone_server: Store, right: str, reason: Reason) -> None:
    """In the middle of a script the outcome is unknown; before it nothing was done. Neither is called done."""
    admin = standalone_server.nodes[0].client()
    async with open_stores(settings_of(standalone_server)) as stores:
        await stores.revocations.revoke(REALM, [key_order("before", "")])
        admin.execute_command("ACL", "SETUSER", "default", f"-{right}")
        with pytest.raises(ServiceError) as refused:
            await stores.revocations.revoke(REALM, [key_order("during", "")])
        assert refused.value.reason is reason
        admin.execute_command("ACL", "SETUSER", "default", f"+{right}")
        await stores.revocations.revoke(REALM, [key_order("during", "")])
