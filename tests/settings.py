"""Settings that lead to a store."""

from revocation.settings import Settings
from tests.servers import Store


def settings_of(store: Store, **more: object) -> Settings:
    """The settings that lead to *store*, without a detour through the environment."""
    named = {name.removeprefix("REVOCATION_").lower(): value for name, value in store.env.items()}
    return Settings(**{**named, **more})  # type: ignore[arg-type]
