"""Of a JSON Web Key Set only those keys are used that are fit to verify with, each for its own algorithms."""

import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revocation.tokens.keys import KeySet, KeySetError, parse_key_set
from tests.unit.tokens.jwts import key_set, signer

GOOD = signer("ES256", "good").jwk()
SECRET = signer("HS256").jwk()
RSA_ALGORITHMS = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}


def algorithms(keys: KeySet, kid: str | None) -> set[str]:
    """Returns the algorithms for which *keys* has a key named *kid*."""
    known = {*RSA_ALGORITHMS, "ES256", "ES384", "ES512", "EdDSA", "HS256", "HS384", "HS512", "none", "ES256K", ""}
    return {algorithm for algorithm in known if keys.find(kid, algorithm)}


@pytest.mark.parametrize(
    ("jwk", "fit"),
    [
        (signer("ES256").jwk(), {"ES256"}),
        (signer("ES384").jwk(), {"ES384"}),
        (signer("ES512").jwk(), {"ES512"}),
        (signer("EdDSA").jwk(), {"EdDSA"}),
        (signer("EdDSA", "Ed448", bits=448).jwk(), {"EdDSA"}),
        (signer("RS256").jwk(), RSA_ALGORITHMS),
        (signer("RS256").jwk(alg="PS384"), {"PS384"}),
        (signer("ES256").jwk(use="sig", key_ops=["verify", "sign"], alg="ES256", x5c=["ignored"]), {"ES256"}),
    ],
)
def test_algorithms_of_a_key(jwk: dict[str, Any], fit: set[str]) -> None:
    """A key's type and curve say what it is for, and its alg may narrow that."""
    assert algorithms(parse_key_set(key_set(jwk), secrets=False), jwk["kid"]) == fit


@pytest.mark.parametrize(("length", "fit"), [(16, set()), (32, {"HS256"}), (48, {"HS256", "HS384"}), (64, {"HS256", "HS384", "HS512"})])
def test_algorithms_of_a_secret(length: int, fit: set[str]) -> None:
    """A secret is for the algorithms that it is long enough for (RFC 7518 section 3.2)."""
    jwk = {"kty": "oct", "kid": "s", "k": urlsafe_b64encode(bytes(length)).decode().rstrip("=")}
    assert algorithms(parse_key_set(key_set(GOOD, jwk), secrets=True), "s") == fit


@pytest.mark.parametrize(
    "jwk",
    [
        pytest.param(jwk, id=name)
        for name, jwk in {
            "no object": "key",
            "empty": {},
            "for encryption": signer("ES256").jwk(use="enc"),
            "use null": {**signer("ES256").jwk(), "use": None},
            "for signing only": signer("ES256").jwk(key_ops=["sign"]),
            "key_ops a string": signer("ES256").jwk(key_ops="verify"),
            "kid a number": signer("ES256").jwk(kid=1),
            "kid a list": signer("ES256").jwk(kid=["ES256"]),
            "kty absent": signer("ES256").jwk(kty=None),
            "kty a list": signer("ES256").jwk(kty=["EC"]),
            "kty unknown": signer("ES256").jwk(kty="AKP"),
            "alg of another type": signer("ES256").jwk(alg="RS256"),
            "alg of another curve": signer("ES256").jwk(alg="ES384"),
            "alg symmetric": signer("RS256").jwk(alg="HS256"),
            "alg none": signer("RS256").jwk(alg="none"),
            "alg null": {**signer("RS256").jwk(), "alg": None},
            "alg a list": signer("RS256").jwk(alg=["RS256"]),
            "Bitcoin's curve": signer("ES256").jwk(crv="secp256k1"),
            "another curve": signer("ES256").jwk(crv="P-384"),
            "not on the curve": signer("ES256").jwk(x="A" * 43),
            "coordinate absent": signer("ES256").jwk(x=None),
            "coordinate a number": signer("ES256").jwk(x=1),
            "coordinate not ASCII": signer("ES256").jwk(x="é"),
            "for key agreement": {"kty": "OKP", "crv": "X25519", "x": "A" * 43},
            "Edwards, too short": signer("EdDSA").jwk(x="AAAA"),
            "RSA of 1024 bits": signer("RS256", "short", bits=1024).jwk(),
            "RSA without a modulus": signer("RS256").jwk(n=None),
            "RSA with an exponent of 1": signer("RS256").jwk(e="AQ"),
            "RSA modulus a number": signer("RS256").jwk(n=65537),
            "with its private half": signer("ES256").jwk(d="A" * 43),
            "secret": SECRET,
        }.items()
    ],
)
def test_unusable_key(jwk: object) -> None:
    """A key that is not fit is ignored beside others, and no key at all when it is alone."""
    with_another = parse_key_set(key_set(jwk, GOOD), secrets=False)
    assert algorithms(with_another, None) == algorithms(with_another, "good") == {"ES256"}
    assert algorithms(with_another, "ES256") == set()
    with pytest.raises(KeySetError, match="no key that is fit"):
        parse_key_set(key_set(jwk), secrets=False)


@pytest.mark.parametrize("k", [None, 1, "", "é", signer("HS256").jwk()["k"][:4]])
def test_unusable_secret(k: object) -> None:
    """A secret that is none is ignored."""
    with pytest.raises(KeySetError):
        parse_key_set(key_set({**SECRET, "k": k}, {"kty": "oct"}), secrets=True)


def test_secret_that_is_a_key() -> None:
    """A public key is not taken for a secret, however it got into the file."""
    public = json.dumps(signer("RS256").jwk()).encode()
    with pytest.raises(KeySetError):
        parse_key_set(key_set({**SECRET, "k": urlsafe_b64encode(public).decode()}), secrets=True)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"keys":[]}',
        b'{"keys":{}}',
        b'{"keys":null}',
        b'{"keys":[],"keys":[]}',
        b"\xff",
        b'{"keys":[1e999]}',
    ],
)
def test_no_key_set(data: bytes) -> None:
    """What is no key set fails, and says so."""
    with pytest.raises(KeySetError, match=r"not a JSON Web Key Set|no key that is fit"):
        parse_key_set(data, secrets=True)


def test_find_does_not_guess() -> None:
    """A key is found by name, or without a name when it is the only one for the algorithm; two of a kind are none."""
    twins = [signer("ES384", "a").jwk(kid="twin"), signer("ES384", "b").jwk(kid="twin")]
    keys = parse_key_set(key_set(GOOD, *twins, signer("EdDSA").jwk(kid=None), signer("RS256").jwk(kid="")), secrets=False)
    assert algorithms(keys, "good") == {"ES256"}
    assert algorithms(keys, "twin") == set()
    assert algorithms(keys, "") == set()
    assert algorithms(keys, None) == {"ES256", "EdDSA", *RSA_ALGORITHMS}
    edwards = keys.find(None, "EdDSA")
    assert edwards is not None
    assert edwards.kid == ""


def test_one_name_for_several_algorithms() -> None:
    """Keys of one name are told apart by their algorithms."""
    keys = parse_key_set(key_set(signer("ES256").jwk(kid="k"), signer("EdDSA").jwk(kid="k")), secrets=False)
    assert algorithms(keys, "k") == {"ES256", "EdDSA"}


def test_key_material_is_not_shown() -> None:
    """A key that ends up in a log tells no secret."""
    key = parse_key_set(key_set(SECRET), secrets=True).find(None, "HS256")
    assert repr(key) == "Key(kid='HS256', algorithm='HS256')"


VALUES = st.one_of(
    st.none(), st.text(max_size=5), st.integers(), st.sampled_from(["EC", "RSA", "OKP", "oct", "P-256", "Ed25519", "sig", "AQAB"])
)
MEMBERS = st.dictionaries(st.sampled_from(["kty", "crv", "x", "y", "n", "e", "k", "kid", "use", "alg", "key_ops"]), VALUES)


@given(base=st.sampled_from([{}, SECRET, *(signer(name).jwk() for name in ("ES256", "RS256", "EdDSA"))]), members=MEMBERS)
def test_any_entry_is_used_or_ignored(base: dict[str, Any], members: dict[str, Any]) -> None:
    """No entry, however odd, spoils the set that it is in."""
    assert parse_key_set(key_set({**base, **members}, signer("ES512", "sound").jwk()), secrets=True).find("sound", "ES512")
