"""The adapter, opened over each kind of store in turn."""

from collections.abc import AsyncIterator

import pytest

from revocation.store.stores import Stores, open_stores
from tests.servers import Store
from tests.settings import settings_of

from .realms import BRIEF, CALLER_IDS, CAPPED, PLAIN
from .service import Service, serving


@pytest.fixture
async def stores(empty_store: Store) -> AsyncIterator[Stores]:
    """The adapter over an empty store."""
    async with open_stores(settings_of(empty_store)) as opened:
        yield opened


@pytest.fixture
async def service(stores: Stores) -> AsyncIterator[Service]:
    """The use cases over an empty store."""
    async with serving(stores, PLAIN, CALLER_IDS, CAPPED, BRIEF) as opened:
        yield opened
