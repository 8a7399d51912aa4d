"""The realms file declares all realms that there are; what it may not say is refused by realm, field and rule."""

from pathlib import Path

import pytest
from revocation_client.judgement.judge import Rules

from revocation.domain.errors import ServiceError
from revocation.domain.realms import DAY, Realm, Realms, SessionRules, TokenRules
from revocation.realms_file import RealmsFileError, load_realms, parse_realms

FOLDER = Path("/etc/revocation")

FULL = """
[realms.shop]
issuer = "https://issuer.example"
audiences = ["shop", "api"]
algorithms = ["ES256"]
types = ["JWT"]
jwks = "keys/shop.json"
allowlist = true
leeway = "30s"
longest_token_life = "1d"
cutoff_margin = 0.5

[realms.shop.sessions]
idle_timeout = "10m"
absolute_timeout = "1h"
longest_life = "2h"
max_sessions = 5
caller_ids = true
"""


def parse(text: str) -> Realms:
    return parse_realms(text, FOLDER)


def test_without_a_file_there_is_default_alone() -> None:
    """With the domain's defaults."""
    assert list(load_realms(None)) == [Realm("default")]


def test_every_field_reaches_the_realm() -> None:
    """Durations in milliseconds, the JWKS path from the file's folder."""
    assert parse(FULL).get("shop") == Realm(
        name="shop",
        rules=Rules(allowlist=True, leeway=30_000, longest_token_life=DAY, issuer="https://issuer.example"),  # type: ignore[arg-type]
        tokens=TokenRules(frozenset({"shop", "api"}), frozenset({"ES256"}), frozenset({"jwt"}), "/etc/revocation/keys/shop.json"),
        sessions=SessionRules(600_000, 3_600_000, 7_200_000, 5, True),  # type: ignore[arg-type]
        cutoff_margin=500,  # type: ignore[arg-type]
    )


def test_what_is_left_out_keeps_its_default() -> None:
    """An empty table is a realm as good as `default` is without a file."""
    assert parse("[realms.default]").get("") == Realm("default")


def test_a_file_declares_all_that_there_is() -> None:
    """A file without `default` leaves requests that name no realm without an answer."""
    with pytest.raises(ServiceError):
        parse("[realms.shop]").get("")


@pytest.mark.parametrize("jwks", ["https://issuer.example/keys", "/srv/keys.json"])
def test_keys_may_lie_anywhere_but_behind_plain_http(jwks: str) -> None:
    """https URLs and absolute paths stay as they are."""
    assert parse(f'[realms.shop]\njwks = "{jwks}"').get("shop").tokens.jwks == jwks


@pytest.mark.parametrize("name", ["a:b", "{a}", "50%", "ключ", "🔑", "a b"])
def test_a_realm_may_have_any_printable_name(name: str) -> None:
    """Only length and control characters are ruled out."""
    assert parse(f'[realms."{name}"]').get(name).name == name


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "declares no realm"),
        ("[realms", "is not TOML"),
        ("other = 1\n[realms.a]", "other: no such field"),
        ("[realms]\na = 1", "realm 'a': must be a table"),
        ('[realms."a\\u0001"]', "realm 'a\\x01': the name must be 1 to 256 bytes"),
        ('[realms.""]', "realm '': the name must be 1 to 256 bytes"),
        (f'[realms."{"é" * 129}"]', "the name must be 1 to 256 bytes"),
        ("[realms.a]\nisuer = 'x'", "realm 'a': isuer: no such field"),
        ("[realms.a]\nissuer = ''", "realm 'a': issuer: must be 1 to 256 bytes"),
        ("[realms.a]\nissuer = 1", "realm 'a': issuer: must be a valid string"),
        ("[realms.a]\naudiences = 'x'", "realm 'a': audiences: must be a list of at least one text"),
        ("[realms.a]\naudiences = []", "realm 'a': audiences: must be a list of at least one text"),
        ("[realms.a]\nalgorithms = ['none']", "realm 'a': algorithms: must be of ES256, "),
        ("[realms.a]\nalgorithms = ['HS256']", "realm 'a': algorithms: must be of ES256, "),
        ("[realms.a]\njwks = 'http://x/keys'", "realm 'a': jwks: must be an https:// URL or a file's path"),
        ("[realms.a]\njwks = 'https://'", "realm 'a': jwks: must be an https:// URL or a file's path"),
        ("[realms.a]\nallowlist = 'yes'", "realm 'a': allowlist: must be a valid boolean"),
        ("[realms.a]\nleeway = 'soon'", "realm 'a': leeway: must be a duration"),
        ("[realms.a]\nleeway = '1h'", "realm 'a': leeway: must be from 0s to 10m"),
        ("[realms.a]\nlongest_token_life = 0", "realm 'a': longest_token_life: must be from 1s to 36500d"),
        ("[realms.a]\ncutoff_margin = '6s'", "realm 'a': cutoff_margin: must be from 0s to 5s"),
        ("[realms.a.sessions]\nmax_sessions = -1", "realm 'a': sessions.max_sessions: must be greater than or equal to 0"),
        ("[realms.a.sessions]\nmax_sessions = true", "realm 'a': sessions.max_sessions: must be a valid integer"),
        ("[realms.a.sessions]\nidle = 1", "realm 'a': sessions.idle: no such field"),
        (
            "[realms.a.sessions]\nabsolute_timeout = '31d'",
            "realm 'a': sessions.absolute_timeout: must be at most sessions.longest_life, which is 30d",
        ),
        (
            "[realms.a.sessions]\nidle_timeout = '31d'",
            "realm 'a': sessions.idle_timeout: must be at most sessions.longest_life, which is 30d",
        ),
    ],
)
def test_a_fault_is_told_by_realm_field_and_rule(text: str, line: str) -> None:
    """In one line each."""
    with pytest.raises(RealmsFileError) as caught:
        parse(text)
    assert line in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    """With the file's name in each line."""
    file = tmp_path / "realms.toml"
    file.write_text("[realms.a]\nleeway = -1\nfoo = 1\n[realms.b]\njwks = ''\n")
    with pytest.raises(RealmsFileError) as caught:
        load_realms(file)
    assert [line.partition(": ")[0] for line in str(caught.value).splitlines()] == [str(file)] * 3


@pytest.mark.parametrize(("content", "line"), [(None, "cannot be read: No such file"), (b"\xff", "is not UTF-8")])
def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path, content: bytes | None, line: str) -> None:
    """A realms file that is named must be there."""
    file = tmp_path / "realms.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(RealmsFileError, match=line):
        load_realms(file)
