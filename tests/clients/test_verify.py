"""Signature and revocation in one call: strict about the token, quick at its second sight, and never later than its end."""

import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from revocation_client import InvalidReason, State, Verified
from revocation_client.jwts.keys import KeySetError
from revocation_client.testing import AsyncFakeRevocation, FakeRevocation
from revocation_client.verified import Signed
from revocation_client.verify import TokenVerifier

from tests.unit.tokens.jwts import Signer, base64url, key_set, signer

NOW = 1_700_000_000
SIGNER = signer("ES256", "client-key")
OTHER = signer("ES256", "other-key")
SECRET = signer("HS256", "secret")


def claims(**members: Any) -> dict[str, Any]:
    return {"sub": "u", "jti": "t", "iat": NOW - 10, "exp": NOW + 600, "roles": ["user"], **members}


def verifier(*signers: Signer, **options: Any) -> TokenVerifier:
    chosen = {"algorithms": ["ES256"], "wall": lambda: float(NOW)} | options
    return TokenVerifier(key_set(*(one.jwk() for one in signers or (SIGNER,))), **chosen)


def refused(token: str, **options: Any) -> InvalidReason:
    found = verifier(**options).verify(token)
    assert isinstance(found, InvalidReason)
    return found


def test_a_good_token() -> None:
    """Its payload comes back, with the name of the key."""
    found = verifier().verify(SIGNER.mint(claims()))
    assert found == Signed(claims(), "client-key")


UNSIGNED = b'{"alg": "none"}'
HEADER = {"alg": "ES256", "kid": "client-key"}
BAD: dict[str, tuple[Callable[[], str], InvalidReason]] = {
    "no token": (lambda: "", InvalidReason.MALFORMED_TOKEN),
    "two parts": (lambda: "e30.e30", InvalidReason.MALFORMED_TOKEN),
    "padding": (lambda: SIGNER.mint(claims()) + "=", InvalidReason.MALFORMED_TOKEN),
    "beyond 8 KiB": (lambda: SIGNER.mint(claims(fill="x" * 8192)), InvalidReason.MALFORMED_TOKEN),
    "alg none": (lambda: f"{base64url(UNSIGNED)}.{base64url(json.dumps(claims()).encode())}.", InvalidReason.ALGORITHM),
    "another algorithm": (lambda: SECRET.mint(claims()), InvalidReason.ALGORITHM),
    "crit": (lambda: SIGNER.mint(claims(), crit=["x"]), InvalidReason.HEADER),
    "jku": (lambda: SIGNER.mint(claims(), jku="https://evil.example"), InvalidReason.HEADER),
    "an embedded key": (lambda: OTHER.mint(claims(), jwk=OTHER.jwk(), kid="client-key"), InvalidReason.HEADER),
    "another typ": (lambda: SIGNER.mint(claims(), typ="dpop+jwt"), InvalidReason.TYPE),
    "an unknown key": (lambda: OTHER.mint(claims()), InvalidReason.UNKNOWN_KEY),
    "another's signature": (lambda: OTHER.mint(claims(), kid="client-key"), InvalidReason.SIGNATURE),
    "a member twice": (lambda: SIGNER.sign(json.dumps(HEADER).encode(), b'{"sub":"a","sub":"b","exp":2e9}'), InvalidReason.MALFORMED_TOKEN),
    "infinity": (lambda: SIGNER.sign(json.dumps(HEADER).encode(), b'{"sub":"a","exp":Infinity}'), InvalidReason.NOT_A_NUMBER),
    "a number too large": (lambda: SIGNER.sign(json.dumps(HEADER).encode(), b'{"sub":"a","exp":1e400}'), InvalidReason.NOT_A_NUMBER),
    "a claim of another type": (lambda: SIGNER.mint(claims(sub=5)), InvalidReason.MALFORMED_CLAIM),
    "not begun": (lambda: SIGNER.mint(claims(nbf=NOW + 1)), InvalidReason.NOT_YET_VALID),
    "nbf that is no number": (lambda: SIGNER.mint(claims(nbf="soon")), InvalidReason.NOT_A_NUMBER),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_tokens(name: str) -> None:
    """Each fault by its name, and nothing raises."""
    token, reason = BAD[name]
    assert refused(token()) is reason


def test_issuer_audience_and_required() -> None:
    """What the application demands must be there and match."""
    demands = {"issuer": "https://i", "audiences": ["app", "api"], "required": ["client_id"]}
    good = claims(iss="https://i", aud=["api"], client_id="c")
    assert isinstance(verifier(**demands).verify(SIGNER.mint(good)), Signed)
    assert refused(SIGNER.mint(good | {"iss": "https://j"}), **demands) is InvalidReason.ISSUER
    assert refused(SIGNER.mint(good | {"aud": "other"}), **demands) is InvalidReason.AUDIENCE
    assert refused(SIGNER.mint(good | {"aud": [5]}), **demands) is InvalidReason.AUDIENCE
    assert refused(SIGNER.mint(claims(iss="https://i", aud="app")), **demands) is InvalidReason.MALFORMED_CLAIM


@pytest.mark.parametrize("members", [{"use": "enc"}, {"key_ops": ["sign"]}, {"alg": "ES384"}])
def test_keys_that_are_not_for_this(members: dict[str, Any]) -> None:
    """A key's use, key_ops and alg are honoured."""
    with pytest.raises(KeySetError):
        TokenVerifier({"keys": [SIGNER.jwk(**members)]}, algorithms=["ES256"])


def test_a_public_key_is_no_secret() -> None:
    """A token signed with the public key's text as an HMAC secret is refused, though HS256 is accepted too."""
    signed = base64url(b'{"alg": "HS256", "kid": "client-key"}') + "." + base64url(json.dumps(claims()).encode())
    forged = f"{signed}.{base64url(hmac.digest(json.dumps(SIGNER.jwk()).encode(), signed.encode(), 'sha256'))}"
    both = verifier(SIGNER, SECRET, algorithms=["ES256", "HS256"])
    assert both.verify(forged) is InvalidReason.UNKNOWN_KEY
    assert isinstance(both.verify(SECRET.mint(claims())), Signed)


class Counted:
    """Counts how often signatures are really checked."""

    def __init__(self, verifier: TokenVerifier) -> None:
        self.verifier = verifier
        self.count = 0
        keys, seen = verifier._trusted
        verifier._trusted = self, seen  # type: ignore[assignment]
        self._keys = keys

    def find(self, kid: str | None, algorithm: str) -> object:
        self.count += 1
        return self._keys.find(kid, algorithm)


def test_the_second_sight_costs_no_signature() -> None:
    """And what a caller does to a payload does not happen to the next one's."""
    counted = Counted(verifier())
    token = SIGNER.mint(claims(deep={"list": [1]}))
    for _ in range(3):
        found = counted.verifier.verify(token)
        assert isinstance(found, Signed)
        assert found.payload == claims(deep={"list": [1]})
        found.payload["roles"].append("admin")
        found.payload["deep"]["list"].append(2)
        found.payload["sub"] = "other"
    assert counted.count == 1


def test_memory_is_bounded() -> None:
    """The token that was not seen for longest is forgotten first."""
    counted = Counted(verifier(remembered=2))
    tokens = [SIGNER.mint(claims(jti=str(number))) for number in range(3)]
    for token in (tokens[0], tokens[1], tokens[0], tokens[2], tokens[0], tokens[1]):
        counted.verifier.verify(token)
    assert counted.count == 4
    assert len(counted.verifier._trusted[1]) == 2


def test_memory_ends_with_the_token() -> None:
    """At exp it is forgotten, so that it does not take the place of others."""
    now = float(NOW)
    counted = Counted(verifier(wall=lambda: now))
    token = SIGNER.mint(claims())
    counted.verifier.verify(token)
    now = NOW + 600
    counted.verifier.verify(token)
    assert counted.count == 2


def test_memory_ends_with_the_keys() -> None:
    """A key that is taken away takes its tokens with it; keys that cannot be used change nothing."""
    trusting = verifier(SIGNER, OTHER)
    token = SIGNER.mint(claims())
    assert isinstance(trusting.verify(token), Signed)
    with pytest.raises(KeySetError):
        trusting.replace_keys(b'{"keys": []}')
    assert isinstance(trusting.verify(token), Signed)
    trusting.replace_keys({"keys": [OTHER.jwk()]})
    assert trusting.verify(token) is InvalidReason.UNKNOWN_KEY


async def test_revocation_is_judged_every_time() -> None:
    """Of a remembered token too, by every scope, the key's included even when the header does not name it; no payload then."""
    fake = FakeRevocation(clock=lambda: float(NOW))
    trusting = verifier()
    token, nameless = SIGNER.mint(claims()), SIGNER.mint(claims(jti="n"), kid=None)
    found = fake.verify(token, trusting)
    assert found
    assert found.payload == claims()
    fake.revoke_token("t")
    assert fake.verify(token, trusting) == Verified(fake.check(claims()), None)
    assert fake.verify(nameless, trusting).active
    fake.revoke_key("client-key")
    assert fake.verify(nameless, trusting).verdict.state is State.REVOKED
    found = await AsyncFakeRevocation(fake).verify("nonsense", trusting)
    assert (found.active, found.verdict.invalid_reason, found.payload) == (False, InvalidReason.MALFORMED_TOKEN, None)


def test_expired_tokens_are_expired() -> None:
    """Not by the verifier but by the judge, with the realm's leeway."""
    fake = FakeRevocation(clock=lambda: float(NOW + 601))
    assert fake.verify(SIGNER.mint(claims()), verifier()).verdict.state is State.EXPIRED


def test_an_algorithm_must_be_named() -> None:
    """Accepting whatever comes is not a default."""
    with pytest.raises(ValueError, match="algorithm"):
        verifier(algorithms=[])


def test_the_clock_is_the_machines() -> None:
    """Unless a test says otherwise."""
    now = time.time()
    token = SIGNER.mint(claims(iat=now, exp=now + 60, nbf=now - 1))
    assert isinstance(TokenVerifier({"keys": [SIGNER.jwk()]}, algorithms=["ES256"]).verify(token), Signed)
