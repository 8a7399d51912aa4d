"""Mints keys and tokens, good ones and bad ones.

`signer("ES256")` is a key pair, made once per run and name. `signer.jwk()` is its public half, `key_set(...)` several of them as a file's
bytes, `signer.mint(claims)` a token, and `signer.sign(header, payload)` a token out of any bytes.
"""

import functools
import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

CURVES = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}


@dataclass(frozen=True)
class Signer:
    """Both halves of a key, and the algorithm that its tokens name."""

    algorithm: str
    kid: str
    private: Any

    def jwk(self, **members: object) -> dict[str, Any]:
        """Returns the public half with *members* added; None takes one out."""
        scheme = jwt.get_algorithm_by_name(self.algorithm)
        public = self.private if isinstance(self.private, bytes) else self.private.public_key()
        jwk = {"kid": self.kid, **scheme.to_jwk(public, as_dict=True), **members}
        return {name: value for name, value in jwk.items() if value is not None}

    def mint(self, claims: dict[str, Any] | None = None, **header: object) -> str:
        """Returns a token with *claims*; None takes a member out of the header."""
        members = {"alg": self.algorithm, "kid": self.kid, "typ": "JWT", **header}
        said = {name: value for name, value in members.items() if value is not None}
        return self.sign(json.dumps(said).encode(), json.dumps(claims or {"sub": "u", "exp": 2e9}).encode())

    def sign(self, header: bytes, payload: bytes) -> str:
        """Returns a token whose signature is good, whatever its parts are."""
        signed = f"{base64url(header)}.{base64url(payload)}"
        return f"{signed}.{base64url(jwt.get_algorithm_by_name(self.algorithm).sign(signed.encode(), self.private))}"


@functools.cache
def signer(algorithm: str, kid: str = "", *, bits: int = 2048) -> Signer:
    """Returns the key pair of this name, which is the algorithm's unless *kid* is given."""
    return Signer(algorithm, kid or algorithm, _private(algorithm, bits))


def _private(algorithm: str, bits: int) -> Any:
    match algorithm[:2]:
        case "ES":
            return ec.generate_private_key(CURVES[algorithm])
        case "Ed":
            return ed448.Ed448PrivateKey.generate() if bits == 448 else ed25519.Ed25519PrivateKey.generate()
        case "HS":
            return bytes(range(64))
        case _:
            return rsa.generate_private_key(65537, bits)


def key_set(*jwks: object) -> bytes:
    """Returns a JSON Web Key Set of *jwks*."""
    return json.dumps({"keys": jwks}).encode()


def base64url(data: bytes) -> str:
    """Returns *data* as a part of a token."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()
