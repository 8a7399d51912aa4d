"""The protocol's promises hold in every interleaving, and every rule is needed: `REVOCATION_MODEL=full` explores the full scopes."""

import os
from dataclasses import fields

import pytest

from .__main__ import control
from .explorer import explore
from .rules import Rules, Scope, Setting
from .scopes import CONTROLS, FULL, QUICK
from .traces import told

SCOPES = FULL if os.environ.get("REVOCATION_MODEL") == "full" else QUICK


@pytest.mark.parametrize("scope", SCOPES, ids=lambda scope: scope.name)
def test_every_promise_holds_in_every_state(scope: Scope) -> None:
    """No interleaving of the scope's faults breaks a promise, and each comes to rest in a healthy state."""
    found = explore(Setting(Rules(), scope))
    assert not found.broken, told(found)


@pytest.mark.parametrize("rule", CONTROLS)
def test_a_promise_breaks_without_the_rule(rule: str) -> None:
    """The same scope, explored as deep, breaks nothing with the rule."""
    assert control(rule)


def test_every_rule_has_a_control() -> None:
    """A rule without a control may be left out of the code unnoticed."""
    assert set(CONTROLS) == {field.name for field in fields(Rules)}
