"""Keys that could never be trusted are refused when the verifier is made."""

from dataclasses import replace
from pathlib import Path

import pytest

from revocation.domain.realms import Realm, TokenRules
from revocation.tokens.verifier import Verifier


def verifier(jwks: str, *algorithms: str) -> Verifier:
    return Verifier([replace(Realm("acme"), tokens=TokenRules(jwks=jwks, algorithms=frozenset(algorithms)))])


@pytest.mark.parametrize(
    "jwks", ["https://a.example", "HTTPS://a.example:8443/jwks?x=1", "https://[::1]/jwks", "jwks.json", "/etc/a b.json"]
)
def test_good_source(jwks: str) -> None:
    """An https URL or a path."""
    verifier(jwks, "ES256")


@pytest.mark.parametrize(
    "jwks",
    [
        "http://a.example/jwks",
        "HTTP://a.example/jwks",
        "file:///etc/jwks.json",
        "ftp://a.example/jwks",
        "https://",
        "https:///jwks",
        "https://user:password@a.example/jwks",
        "https://a.example/j wks",
        "https://a.example/jwks\r\nX: y",
        "https://bücher.example/jwks",
    ],
)
def test_bad_source(jwks: str) -> None:
    """Keys come over TLS, from a host, without a password in the URL."""
    with pytest.raises(ValueError, match=r"realm 'acme': jwks must be a file's path or a URL that begins with https://"):
        verifier(jwks, "ES256")


def test_bad_port() -> None:
    """A port that is none is noticed as well."""
    with pytest.raises(ValueError, match=r"[Pp]ort"):
        verifier("https://a.example:99999/jwks", "ES256")


@pytest.mark.parametrize("algorithm", ["none", "None", "ES256K", "HS1", "RSA-OAEP", ""])
@pytest.mark.parametrize("jwks", ["jwks.json", "https://a.example/jwks"])
def test_algorithms_that_verify_nothing(jwks: str, algorithm: str) -> None:
    """Only algorithms that prove who signed are accepted."""
    with pytest.raises(ValueError, match=f"realm 'acme': algorithms must not hold {algorithm}; .* ES256, "):
        verifier(jwks, "ES256", algorithm)


def test_shared_secrets(tmp_path: Path) -> None:
    """HMAC is for keys in a local file: a secret that is published is none."""
    verifier(str(tmp_path / "jwks.json"), "HS256")
    with pytest.raises(ValueError, match="algorithms must not hold HS256"):
        verifier("https://a.example/jwks", "HS256")
