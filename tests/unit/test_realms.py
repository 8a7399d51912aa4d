"""Realms: only those that are declared exist, and what they derive from their rules."""

import pytest
from revocation_client.judgement.judge import Rules
from revocation_client.judgement.millis import Millis

from revocation.domain.errors import Reason, ServiceError
from revocation.domain.realms import CLOCK_SKEW, DAY, HOUR, MINUTE, Realm, Realms, SessionRules

DEFAULT = Realm("default")
OTHER = Realm("other")


def test_a_declared_realm_is_found() -> None:
    """A realm is found by its name, and the empty name means default."""
    realms = Realms({"default": DEFAULT, "other": OTHER})
    assert realms.get("other") is OTHER
    assert realms.get("default") is DEFAULT
    assert realms.get("") is DEFAULT
    assert list(realms) == [DEFAULT, OTHER]


@pytest.mark.parametrize("name", ["Default", "defau1t", "default ", "OTHER", "\n"])
def test_an_undeclared_realm_is_an_error(name: str) -> None:
    """A misspelt realm would answer ACTIVE for ever, so it is REALM_NOT_FOUND, with its name."""
    with pytest.raises(ServiceError) as error:
        Realms({"default": DEFAULT, "other": OTHER}).get(name)
    assert error.value.reason is Reason.REALM_NOT_FOUND
    assert error.value.metadata == {"realm": name}


def test_default_is_declared_like_any_other() -> None:
    """Where the realms leave out default, the empty name finds nothing."""
    with pytest.raises(ServiceError):
        Realms({"other": OTHER}).get("")


def test_the_registry_is_its_own() -> None:
    """What happens later to the mapping that realms were declared with changes nothing."""
    declared = {"default": DEFAULT}
    realms = Realms(declared)
    declared.clear()
    assert realms.get("") is DEFAULT


@pytest.mark.parametrize(
    ("tokens", "sessions", "leeway", "life"),
    [(30 * DAY, DAY, 0, 30 * DAY), (HOUR, 30 * DAY, 0, 30 * DAY), (HOUR, HOUR, MINUTE, HOUR + MINUTE)],
)
def test_a_cutoff_outlives_what_it_cuts_off(tokens: int, sessions: int, leeway: int, life: int) -> None:
    """A cut-off is remembered for the longer of the realm's token and session lives, and leeway and clock skew on top."""
    rules = Rules(allowlist=False, leeway=Millis(leeway), longest_token_life=Millis(tokens), issuer="")
    realm = Realm("r", rules, sessions=SessionRules(longest_life=Millis(sessions)))
    assert realm.cutoff_life == life + CLOCK_SKEW
