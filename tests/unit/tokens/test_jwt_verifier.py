"""Every way in which a raw jwt can be bad has its reason, and none of them is an exception (RFC 8725)."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from revocation_client.judgement.claims import Claims, InvalidReason
from revocation_client.judgement.judge import Rules
from revocation_client.judgement.millis import Millis

from revocation.domain.errors import Reason, ServiceError
from revocation.domain.realms import Realm, TokenRules
from revocation.domain.verification import Verified
from revocation.tokens.verifier import Verifier
from tests.unit.tokens.jwts import Signer, base64url, key_set, signer

NOW = Millis(1_800_000_000_000)
ALGORITHMS = ("ES256", "ES384", "ES512", "EdDSA", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "HS256", "HS384", "HS512")
CLAIMS = {"sub": "u", "exp": 1_800_000_100}

ES256 = signer("ES256")
RS256 = signer("RS256")
HEADER = b'{"alg":"ES256","kid":"ES256"}'
PAYLOAD = b'{"sub":"u","exp":1800000100}'


def realm_of(path: Path, issuer: str = "", leeway: int = 0, **tokens: Any) -> Realm:
    plain = Realm("acme")
    return replace(
        plain,
        rules=Rules(allowlist=False, leeway=Millis(leeway), longest_token_life=plain.rules.longest_token_life, issuer=issuer),
        tokens=replace(TokenRules(algorithms=frozenset(ALGORITHMS), jwks=str(path)), **tokens),
    )


@pytest.fixture(scope="module")
def realm(tmp_path_factory: pytest.TempPathFactory) -> Realm:
    path = tmp_path_factory.mktemp("keys") / "jwks.json"
    encryption = signer("ES256", "encryption").jwk(use="enc")
    path.write_bytes(key_set(encryption, *(signer(algorithm).jwk(alg=algorithm) for algorithm in ALGORITHMS)))
    return realm_of(path)


@pytest.fixture(scope="module")
def verifier(realm: Realm) -> Verifier:
    return Verifier([realm, Realm("keyless")])


async def reason(realm: Realm, token: str) -> InvalidReason:
    """Returns why a new verifier of *realm* refuses *token*."""
    async with Verifier([realm]) as verifier:
        answer = await verifier.verify(realm, token, now=NOW)
    assert isinstance(answer, InvalidReason), answer
    return answer


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_good_token(verifier: Verifier, realm: Realm, algorithm: str) -> None:
    """A token that one of the realm's keys has signed is verified, and says which key that was."""
    answer = await verifier.verify(realm, signer(algorithm).mint(CLAIMS), now=NOW)
    assert answer == Verified(Claims(sub="u", exp=1_800_000_100.0, kid=algorithm), json.dumps(CLAIMS))


async def test_all_claims(verifier: Verifier, realm: Realm) -> None:
    """Every claim that decides is handed on, times with their fractions; azp is no client_id."""
    said = {
        "iss": "i",
        "sub": "s",
        "jti": "j",
        "iat": 1.5,
        "exp": 2,
        "sid": "d",
        "client_id": "c",
        "nbf": 1,
        "azp": "a",
        "aud": "x",
        "n": 7,
    }
    answer = await verifier.verify(realm, ES256.mint(said), now=NOW)
    assert isinstance(answer, Verified)
    assert answer.claims == Claims("i", "s", "j", 1.5, 2.0, "d", "c", "ES256")
    assert json.loads(answer.payload) == said
    without = await verifier.verify(realm, ES256.mint({"azp": "a"}), now=NOW)
    assert isinstance(without, Verified)
    assert without.claims == Claims(kid="ES256")


def forged(secret: bytes, **header: object) -> str:
    """Returns a token that is signed by HMAC with what everyone knows."""
    return Signer("HS256", "RS256", secret).mint(CLAIMS, **header)


def pem(of: Signer) -> bytes:
    return of.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[no-any-return]


def with_signature(change: Callable[[bytes], bytes], by: Signer = ES256) -> str:
    """Returns a token with a changed signature."""
    signed, _, signature = by.mint(CLAIMS).rpartition(".")
    return f"{signed}.{base64url(change(jwt.utils.base64url_decode(signature)))}"


def plain(header: object) -> str:
    """Returns a token without a signature."""
    return f"{base64url(json.dumps(header).encode())}.{base64url(PAYLOAD)}."


GOOD = ES256.mint(CLAIMS)

ODD: list[Any] = ["1", None, True, [1], {}, float("nan"), float("inf"), -float("inf"), 10**400, -(10**400)]

BAD_TOKENS = {
    InvalidReason.MALFORMED_TOKEN: {
        "empty": "",
        "words": "not a token",
        "two parts": GOOD.rpartition(".")[0],
        "four parts": GOOD + ".",
        "no header": f".{base64url(PAYLOAD)}.",
        "padded": ES256.sign(HEADER, PAYLOAD + b" ").replace(".", "=.", 1),
        "newline at the end": GOOD + "\n",
        "space at the start": " " + GOOD,
        "newline inside": GOOD.replace(".", ".\n", 1),
        "standard base64": f"{base64url(HEADER)}.{base64url(PAYLOAD)}.++//",
        "not ASCII": GOOD + "é",
        "impossible length": f"{base64url(HEADER)}.{base64url(PAYLOAD)}.AAAAA",
        "bits to spare": f"{base64url(HEADER)}.{base64url(PAYLOAD)}.AB",
        "header no JSON": ES256.sign(b"{", PAYLOAD),
        "header no object": ES256.sign(b"[]", PAYLOAD),
        "header not UTF-8": ES256.sign(HEADER.replace(b"ES256", b"\xff"), PAYLOAD),
        "header in UTF-16": ES256.sign(HEADER.decode().encode("utf-16"), PAYLOAD),
        "header with BOM": ES256.sign(b"\xef\xbb\xbf" + HEADER, PAYLOAD),
        "header nested deeply": ES256.sign(b"[" * 3000, b"{}"),
        "header NaN": ES256.sign(b'{"x":NaN,' + HEADER[1:], PAYLOAD),
        "header 1e999": ES256.sign(b'{"x":1e999,' + HEADER[1:], PAYLOAD),
        "header twice": ES256.sign(b'{"alg":"none",' + HEADER[1:], PAYLOAD),
        "kid a number": ES256.sign(b'{"alg":"ES256","kid":1}', PAYLOAD),
        "kid null": ES256.sign(b'{"alg":"ES256","kid":null}', PAYLOAD),
        "payload no JSON": ES256.sign(HEADER, b"{"),
        "payload no object": ES256.sign(HEADER, b'"sub"'),
        "payload empty": ES256.sign(HEADER, b""),
        "payload not UTF-8": ES256.sign(HEADER, b'{"sub":"\xff"}'),
        "payload twice": ES256.sign(HEADER, b'{"sub":"u",' + PAYLOAD[1:]),
        "payload twice, spelled differently": ES256.sign(HEADER, rb'{"s\u0075b":"u",' + PAYLOAD[1:]),
        "payload twice, inside": ES256.sign(HEADER, b'{"x":[{"a":1,"a":1}],' + PAYLOAD[1:]),
        "payload nested deeply": ES256.sign(HEADER, b'{"x":' + b"[" * 3000 + b"]" * 3000 + b"}"),
    },
    InvalidReason.ALGORITHM: {
        "none": plain({"alg": "none"}),
        "None": plain({"alg": "None", "kid": "ES256"}),
        "none, signed": ES256.mint(CLAIMS, alg="none"),
        "absent": ES256.mint(CLAIMS, alg=None),
        "a list": ES256.mint(CLAIMS, alg=["ES256"]),
        "null": ES256.sign(b'{"alg":null,"kid":"ES256"}', PAYLOAD),
        "unknown": ES256.mint(CLAIMS, alg="XX256"),
        "another case": ES256.mint(CLAIMS, alg="es256"),
        "Bitcoin's": ES256.mint(CLAIMS, alg="ES256K"),
    },
    InvalidReason.HEADER: {
        "crit": ES256.mint(CLAIMS, crit=["exp"]),
        "crit empty": ES256.mint(CLAIMS, crit=[]),
        "crit b64": ES256.mint(CLAIMS, crit=["b64"], b64=False),
        "jwk": signer("ES256", "mallory").mint(CLAIMS, jwk=signer("ES256", "mallory").jwk()),
        "jku": ES256.mint(CLAIMS, jku="https://mallory.example/jwks.json"),
        "x5u": ES256.mint(CLAIMS, x5u="https://mallory.example/cert.pem"),
        "x5c": ES256.mint(CLAIMS, x5c=[]),
    },
    InvalidReason.TYPE: {
        "another": ES256.mint(CLAIMS, typ="logout+jwt"),
        "another, in full": ES256.mint(CLAIMS, typ="application/logout+jwt"),
        "prefix twice": ES256.mint(CLAIMS, typ="application/application/jwt"),
        "a number": ES256.mint(CLAIMS, typ=1),
        "empty": ES256.mint(CLAIMS, typ=""),
        "null": ES256.sign(b'{"alg":"ES256","kid":"ES256","typ":null}', PAYLOAD),
    },
    InvalidReason.UNKNOWN_KEY: {
        "unknown kid": ES256.mint(CLAIMS, kid="other"),
        "empty kid": ES256.mint(CLAIMS, kid=""),
        "half a surrogate pair": ES256.mint(CLAIMS, kid="\ud800"),
        "for encryption": signer("ES256", "encryption").mint(CLAIMS),
        "another algorithm's": ES256.mint(CLAIMS, kid="ES384"),
        "bound to another padding": replace(RS256, algorithm="PS256").mint(CLAIMS),
        "confused: PEM as secret": forged(b"\n".join(pem(RS256).splitlines())),
        "confused: JWK as secret": forged(json.dumps(RS256.jwk()).encode()),
        "confused: modulus as secret": forged(jwt.utils.base64url_decode(RS256.jwk()["n"])),
        "confused: secret's kid, RSA's algorithm": RS256.mint(CLAIMS, kid="HS256"),
    },
    InvalidReason.SIGNATURE: {
        "another key's": signer("ES256", "mallory").mint(CLAIMS, kid="ES256"),
        "another RSA key's": signer("RS256", "mallory").mint(CLAIMS, kid="RS256"),
        "another Edwards key's": signer("EdDSA", "mallory").mint(CLAIMS, kid="EdDSA"),
        "another secret's": forged(b"x" * 32, kid="HS256"),
        "confused: no kid": forged(pem(RS256), kid=None),
        "none": GOOD.rpartition(".")[0] + ".",
        "too short": with_signature(lambda one: one[:-1]),
        "too long": with_signature(lambda one: one + b"\0"),
        "in DER": with_signature(lambda one: jwt.utils.raw_to_der_signature(one, ES256.private.curve)),
        "all zeros": with_signature(lambda one: bytes(len(one))),
        "all ones": with_signature(lambda one: b"\xff" * len(one)),
        "Edwards, too short": with_signature(lambda one: one[:-1], signer("EdDSA")),
        "RSA, too short": with_signature(lambda one: one[:-1], RS256),
        "another payload": ".".join((GOOD.split(".")[0], base64url(b'{"sub":"root"}'), GOOD.split(".")[2])),
        "payload no JSON, not signed": f"{base64url(HEADER)}.{base64url(b'{')}.AAAA",
    },
    InvalidReason.MALFORMED_CLAIM: {
        f"{name} {value!r}": ES256.mint({**CLAIMS, name: value})
        for name in ("iss", "sub", "jti", "sid", "client_id")
        for value in (1, None, True, ["a"], {"a": 1})
    },
    InvalidReason.NOT_A_NUMBER: {
        f"{name} {value!r:.20}": ES256.mint({**CLAIMS, name: value}) for name in ("iat", "exp", "nbf") for value in ODD
    }
    | {
        "exponent": ES256.sign(HEADER, b'{"sub":"u","exp":1e999}'),
        "exponent, elsewhere": ES256.sign(HEADER, b'{"sub":"u","exp":1,"x":[-1e999]}'),
        "more digits than int() takes": ES256.sign(HEADER, b'{"sub":"u","exp":' + b"9" * 5000 + b"}"),
    },
    InvalidReason.NOT_YET_VALID: {
        "by a second": ES256.mint({**CLAIMS, "nbf": 1_800_000_001}),
        "by a millisecond": ES256.mint({**CLAIMS, "nbf": 1_800_000_000.001}),
        "by ages": ES256.mint({**CLAIMS, "nbf": 1e300}),
    },
}


@pytest.mark.parametrize(
    ("why", "token"),
    [pytest.param(why, token, id=f"{why.name}: {name}") for why, tokens in BAD_TOKENS.items() for name, token in tokens.items()],
)
async def test_bad_token(verifier: Verifier, realm: Realm, why: InvalidReason, token: str) -> None:
    """Each of these is refused, for the reason that it is listed under."""
    assert await verifier.verify(realm, token, now=NOW) is why


async def test_longest_token(verifier: Verifier, realm: Realm) -> None:
    """8 KiB are read, and not a byte more."""
    lengths = {len(token): token for filler in range(5800, 6100) if (token := ES256.mint({**CLAIMS, "x": "y" * filler}))}
    assert isinstance(await verifier.verify(realm, lengths[8192], now=NOW), Verified)
    assert await verifier.verify(realm, lengths[8193], now=NOW) is InvalidReason.MALFORMED_TOKEN


@pytest.mark.parametrize("typ", [None, "JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt", "Application/JWT"])
async def test_types(verifier: Verifier, realm: Realm, typ: str | None) -> None:
    """The typ may be absent, or one that the realm accepts in any case, with its prefix or without."""
    assert isinstance(await verifier.verify(realm, ES256.mint(CLAIMS, typ=typ), now=NOW), Verified)


@pytest.mark.parametrize("number", [b"0", b"-1", b"1e-999", b"1.5", b"1" * 300, b"-0.0"])
async def test_odd_times(verifier: Verifier, realm: Realm, number: bytes) -> None:
    """Every finite number is a time, and the judge's to judge."""
    answer = await verifier.verify(realm, ES256.sign(HEADER, b'{"iat":' + number + b"}"), now=NOW)
    assert isinstance(answer, Verified)
    assert answer.claims.iat == float(number)


async def test_token_without_kid(tmp_path: Path) -> None:
    """Without a kid the realm's only key for the algorithm is meant, and named in the claims so that revoking it works."""
    path = tmp_path / "jwks.json"
    path.write_bytes(key_set(ES256.jwk(), RS256.jwk()))
    realm = realm_of(path)
    async with Verifier([realm]) as verifier:
        answer = await verifier.verify(realm, ES256.mint(CLAIMS, kid=None), now=NOW)
    assert isinstance(answer, Verified)
    assert answer.claims.kid == "ES256"
    path.write_bytes(key_set(ES256.jwk(), signer("ES256", "second").jwk()))
    assert await reason(realm, ES256.mint(CLAIMS, kid=None)) is InvalidReason.UNKNOWN_KEY


async def test_realms_algorithms(realm: Realm) -> None:
    """What the realm does not list is refused, even with a key at hand."""
    narrow = replace(realm, tokens=replace(realm.tokens, algorithms=frozenset({"ES256"})))
    assert await reason(narrow, RS256.mint(CLAIMS)) is InvalidReason.ALGORITHM
    assert await reason(narrow, forged(pem(RS256))) is InvalidReason.ALGORITHM


@pytest.mark.parametrize("iss", [{}, {"iss": ""}, {"iss": "https://b.example"}, {"iss": "https://a.example/"}])
async def test_issuer(realm: Realm, iss: dict[str, str]) -> None:
    """A realm with an issuer wants exactly that one."""
    strict = realm_of(Path(realm.tokens.jwks), issuer="https://a.example")
    assert await reason(strict, ES256.mint({**CLAIMS, **iss})) is InvalidReason.ISSUER
    async with Verifier([strict]) as verifier:
        assert isinstance(await verifier.verify(strict, ES256.mint({**CLAIMS, "iss": "https://a.example"}), now=NOW), Verified)


@pytest.mark.parametrize(
    ("aud", "meant"),
    [
        ("api", True),
        (["api"], True),
        (["other", "web"], True),
        ("other", False),
        (["other"], False),
        ([], False),
        (None, False),
        (1, False),
        ({"api": 1}, False),
        (["api", 1], False),
        (["api", ["api"]], False),
    ],
)
async def test_audience(realm: Realm, aud: object, meant: bool) -> None:
    """A realm with audiences wants one of them, in a string or in a list of strings."""
    strict = realm_of(Path(realm.tokens.jwks), audiences=frozenset({"api", "web"}))
    async with Verifier([strict]) as verifier:
        answer = await verifier.verify(strict, ES256.mint({**CLAIMS, "aud": aud}), now=NOW)
        assert isinstance(answer, Verified) if meant else answer is InvalidReason.AUDIENCE
        assert await verifier.verify(strict, ES256.mint(CLAIMS), now=NOW) is InvalidReason.AUDIENCE


@pytest.mark.parametrize("nbf", [0, 1_799_999_999, 1_800_000_000, 1_800_000_002])
async def test_not_before(realm: Realm, nbf: int) -> None:
    """A token is good from its nbf on, and by the leeway earlier."""
    lenient = realm_of(Path(realm.tokens.jwks), leeway=2000)
    async with Verifier([lenient]) as verifier:
        assert isinstance(await verifier.verify(lenient, ES256.mint({**CLAIMS, "nbf": nbf}), now=NOW), Verified)
        assert await verifier.verify(lenient, ES256.mint({"nbf": 1_800_000_003}), now=NOW) is InvalidReason.NOT_YET_VALID


async def test_expiry_is_the_judges(verifier: Verifier, realm: Realm) -> None:
    """A token that has expired, or that comes from the future, is verified all the same."""
    assert isinstance(await verifier.verify(realm, ES256.mint({"sub": "u", "exp": 1, "iat": 3e9}), now=NOW), Verified)


async def test_keys_not_configured(verifier: Verifier) -> None:
    """A realm without keys is the operator's omission, and the error says what to write where."""
    with pytest.raises(ServiceError, match="set jwks under the realm in REVOCATION_REALMS_FILE") as failure:
        await verifier.verify(Realm("keyless"), GOOD, now=NOW)
    assert failure.value.reason is Reason.KEYS_NOT_CONFIGURED
    assert failure.value.metadata == {"realm": "keyless"}


async def test_keys_unavailable(tmp_path: Path) -> None:
    """Without keys a token is neither good nor bad."""
    realm = realm_of(tmp_path / "missing.json")
    async with Verifier([realm]) as verifier:
        with pytest.raises(ServiceError) as failure:
            await verifier.verify(realm, GOOD, now=NOW)
    assert failure.value.reason is Reason.KEYS_UNAVAILABLE
    assert failure.value.metadata == {"realm": "acme"}


@given(
    text=st.one_of(
        st.text(),
        st.from_regex(r"[\w-]*\.[\w-]*\.[\w-]*"),
        st.lists(st.binary(), max_size=4).map(lambda parts: ".".join(map(base64url, parts))),
    )
)
async def test_any_text_is_refused(verifier: Verifier, realm: Realm, text: str) -> None:
    """No text raises, and none passes that no key has signed."""
    assert isinstance(await verifier.verify(realm, text, now=NOW), InvalidReason)


JSON = st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3))
NAMES = st.sampled_from(["iss", "sub", "jti", "sid", "client_id", "iat", "exp", "nbf", "aud", "alg", "kid", "typ", "crit", "x"])


@given(header=st.dictionaries(NAMES, JSON), payload=st.dictionaries(NAMES, JSON))
async def test_any_signed_json_is_answered(verifier: Verifier, realm: Realm, header: dict[str, object], payload: dict[str, object]) -> None:
    """Whatever a key has signed, the answer is a value."""
    for token in (ES256.mint(payload), ES256.mint(CLAIMS, **header), ES256.mint(payload, **header)):
        assert isinstance(await verifier.verify(realm, token, now=NOW), Verified | InvalidReason)


@given(data=st.data())
async def test_any_other_character_is_noticed(verifier: Verifier, realm: Realm, data: st.DataObject) -> None:
    """A good token with one character changed is no good token."""
    place = data.draw(st.integers(0, len(GOOD) - 1))
    character = data.draw(st.sampled_from("ABab09-_.=").filter(lambda one: one != GOOD[place]))
    assert isinstance(await verifier.verify(realm, GOOD[:place] + character + GOOD[place + 1 :], now=NOW), InvalidReason)
