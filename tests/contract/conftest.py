"""The adapter, opened over each kind of store in turn."""

from collections.abc import AsyncIterator

import pytest

from revocation.settings import Settings
from revocation.store.stores import Stores, open_stores
from tests.servers import Store


def settings_of(store: Store, **more: object) -> Settings:
    """The settings that lead to *store*, without a detour through the environment."""
    named = {name.removeprefix("REVOCATION_").lower(): value for name, value in store.env.items()}
    return Settings(**{**named, **more})  # type: ignore[arg-type]


@pytest.fixture
async def stores(empty_store: Store) -> AsyncIterator[Stores]:
    """The adapter over an empty store."""
    async with open_stores(settings_of(empty_store)) as opened:
        yield opened
