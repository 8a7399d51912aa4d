"""Which epoch of each realm this server has joined, and whether it may open a realm that the store holds nothing of."""

import secrets
from typing import Any, Final

from ..domain.errors import Reason, ServiceError
from ..domain.realms import Realm
from .exchange import Argument
from .keys import DEPLOYMENT, RealmKeys
from .scripts import Script, ScriptRunner, script

_READ: Final = script("read", writes=False, prelude="_realm")
_ATTEMPTS: Final = 8


class Epochs:
    """Runs the scripts of realms in the epoch that this server has joined, and joins the next one when an epoch has ended."""

    def __init__(self, runner: ScriptRunner) -> None:
        self._runner = runner
        self._joined: dict[str, str] = {}

    async def run(self, realm: Realm, script: Script, *args: Argument) -> list[Any]:
        """Returns what *script* answers. In a former epoch it does nothing and is run again in the next one."""
        for _ in range(_ATTEMPTS):
            if realm.name not in self._joined:
                await self.open(realm)
            joined = self._joined[realm.name] if script.writes else ""
            answer = await self._enter(realm, script, joined, "", args)
            if answer[0] == b"FENCED":
                self._joined[realm.name] = answer[1].decode()
            elif answer[0] == b"ABSENT":
                await self.open(realm)
            else:
                return answer
        raise ServiceError(Reason.STORE_UNAVAILABLE, "the store keeps changing its primary; nothing was done; try again")

    async def open(self, realm: Realm, *, by_operator: bool = False) -> None:
        """Join the realm's epoch. Its history begins with its first start, with a server that knew it before, or by the operator's will."""
        known = await self._runner.command("HGET", DEPLOYMENT, realm.name)
        may_open = by_operator or known is None or realm.name in self._joined
        answer = await self._enter(realm, _READ, "", "1" if may_open else "", ("[]", "[]"))
        if answer[0] == b"ABSENT":
            message = f"the store has lost realm {realm.name!r}; restore it, or accept the loss with `revocation init`"
            raise ServiceError(Reason.REALM_NOT_OPEN, message, {"realm": realm.name})
        if known is None:
            await self._runner.command("HSET", DEPLOYMENT, realm.name, answer[1], writes=True)
        self._joined[realm.name] = answer[1].decode()

    async def _enter(self, realm: Realm, script: Script, joined: str, may_open: str, args: tuple[Argument, ...]) -> list[Any]:
        run = self._runner.run_acknowledged if script.acknowledged else self._runner.run
        answer: list[Any] = await run(script, RealmKeys.of(realm.name), (joined, secrets.token_hex(24), may_open, *args))
        return answer
