"""The keys that tokens are signed with, out of a JSON Web Key Set (RFC 7517), each fit for its algorithm and no other."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from cryptography.exceptions import UnsupportedAlgorithm
from jwt import InvalidKeyError, get_algorithm_by_name
from jwt.algorithms import Algorithm

from .strict_json import parse_object

MAX_BYTES: Final = 256 * 1024
"""The longest key set that is read."""

_PUBLIC: Final[Mapping[tuple[str, str | None], tuple[str, ...]]] = {
    ("EC", "P-256"): ("ES256",),
    ("EC", "P-384"): ("ES384",),
    ("EC", "P-521"): ("ES512",),
    ("OKP", "Ed25519"): ("EdDSA",),
    ("OKP", "Ed448"): ("EdDSA",),
    ("RSA", None): ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
}
_SECRET: Final[Mapping[tuple[str, str | None], tuple[str, ...]]] = {("oct", None): ("HS256", "HS384", "HS512")}

PUBLIC_ALGORITHMS: Final = frozenset(name for names in _PUBLIC.values() for name in names)
SECRET_ALGORITHMS: Final = frozenset(name for names in _SECRET.values() for name in names)


class KeySetError(Exception):
    """A key set could not be read; the message says why, for the operator's log."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key for one algorithm; *kid* is empty when it has no name."""

    kid: str
    algorithm: str
    scheme: Algorithm = field(repr=False)
    material: object = field(repr=False)

    def verifies(self, signed: bytes, signature: bytes) -> bool:
        """Tells whether *signature* was made for *signed* with this key's other half."""
        return self.scheme.verify(signed, self.material, signature)


class KeySet:
    """Keys to be found by name and algorithm."""

    def __init__(self, keys: Iterable[Key]) -> None:
        self._keys: dict[tuple[str | None, str], list[Key]] = defaultdict(list)
        for key in keys:
            self._keys[None, key.algorithm].append(key)
            if key.kid:
                self._keys[key.kid, key.algorithm].append(key)

    def find(self, kid: str | None, algorithm: str) -> Key | None:
        """Returns the key of this name (None: of any) for *algorithm*, or None when there is none or more than one: no guessing."""
        keys = self._keys.get((kid, algorithm), [])
        return keys[0] if len(keys) == 1 else None


def parse_key_set(data: bytes, *, secrets: bool) -> KeySet:
    """Returns the usable keys of a JWKS, and ignores the others; symmetric ones are usable with *secrets*. KeySetError when none is."""
    keys = [key for jwk in _entries(data) for key in _keys(jwk, secrets)]
    if not keys:
        raise KeySetError("it holds no key that is fit to verify with")
    return KeySet(keys)


def _entries(data: bytes) -> list[Any]:
    try:
        entries = parse_object(data).get("keys")
    except ValueError as error:
        raise KeySetError(f"it is not a JSON Web Key Set: {error}") from error
    return entries if isinstance(entries, list) else []


def _keys(jwk: object, secrets: bool) -> Iterator[Key]:
    """Yields the key of one entry once for each algorithm that it fits, or nothing when it is not fit to verify with."""
    if not (isinstance(jwk, dict) and _is_for_verifying(jwk)):
        return
    names = _algorithms(jwk, secrets)
    try:
        material = _material(jwk, names[0]) if names else None
    except (InvalidKeyError, KeyError, TypeError, ValueError, UnsupportedAlgorithm):
        return
    for name in names:
        scheme = get_algorithm_by_name(name)
        if scheme.check_key_length(material) is None:
            yield Key(jwk.get("kid", ""), name, scheme, material)


def _is_for_verifying(jwk: Mapping[str, Any]) -> bool:
    """Tells whether an entry says of itself that it may verify signatures. One with the private half is anyone's by now."""
    operations = jwk.get("key_ops", ["verify"])
    meant = jwk.get("use", "sig") == "sig" and isinstance(operations, list) and "verify" in operations
    return meant and "d" not in jwk and isinstance(jwk.get("kid", ""), str)


def _algorithms(jwk: Mapping[str, Any], secrets: bool) -> tuple[str, ...]:
    """Returns the algorithms that an entry's type is for, or of these the one that it is bound to. This rules out algorithm confusion."""
    kind, curve = jwk.get("kty"), jwk.get("crv")
    known = {**_PUBLIC, **_SECRET} if secrets else _PUBLIC
    names = next((names for key, names in known.items() if key == (kind, curve)), ())
    return tuple(name for name in names if jwk.get("alg", name) == name)


def _material(jwk: dict[str, Any], name: str) -> object:
    scheme = get_algorithm_by_name(name)
    return scheme.prepare_key(scheme.from_jwk(jwk))
