"""Settings come from flags and REVOCATION_* variables, what is wrong is refused with its rule, and secrets never show."""

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from revocation.settings import ClientSettings, Settings, SettingsError, load
from revocation.settings_table import table

SECRETS = ("REDIS_URL", "REDIS_PASSWORD", "REDIS_SENTINEL_PASSWORD", "SESSION_PEPPER")
SECRET = "redis://:hunter2@store:6379/0"


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.upper().startswith("REVOCATION_"):
            monkeypatch.delenv(name)


def setenv(monkeypatch: pytest.MonkeyPatch, **names: str) -> None:
    for name, value in names.items():
        monkeypatch.setenv(f"REVOCATION_{name}", value)


def test_nothing_needs_to_be_set() -> None:
    """Without any setting the service listens on loopback, with a store of its own."""
    settings = load(Settings)
    assert (settings.listen, settings.data_dir, settings.embedded) == ("127.0.0.1:50051", Path(".revocation"), True)
    assert load(ClientSettings).server == settings.listen


@pytest.mark.parametrize(
    ("name", "written", "field", "value"),
    [
        ("LISTEN", "[::1]:50051", "listen", "[::1]:50051"),
        ("LISTEN", "localhost:0", "listen", "localhost:0"),
        ("LISTEN", "127.8.9.1:1", "listen", "127.8.9.1:1"),
        ("LISTEN", "", "listen", "127.0.0.1:50051"),
        ("DATA_DIR", "/var/lib/r", "data_dir", Path("/var/lib/r")),
        ("REDIS_SENTINELS", "a:1, [::2]:2,", "redis_sentinels", (("a", 1), ("::2", 2))),
        ("REDIS_URL", "", "redis_url", None),
        ("DRAIN_GRACE", "250ms", "drain_grace", 250),
        ("LOG_RETENTION", "90", "log_retention", 90_000),
        ("LOG_LEVEL", "WARNING", "log_level", "warning"),
        ("REFLECTION", "false", "reflection", False),
        ("REDIS_MAX_CONNECTIONS", "8", "redis_max_connections", 8),
    ],
)
def test_a_variable_sets_its_field(monkeypatch: pytest.MonkeyPatch, name: str, written: str, field: str, value: object) -> None:
    """Empty means not set."""
    setenv(monkeypatch, **{name: written})
    assert getattr(load(Settings), field) == value


@pytest.mark.parametrize(
    ("names", "line"),
    [
        ({"LISTEN": "50051"}, "REVOCATION_LISTEN: must be HOST:PORT"),
        ({"LISTEN": ":50051"}, "REVOCATION_LISTEN: must be HOST:PORT"),
        ({"LISTEN": "::1:50051"}, "REVOCATION_LISTEN: must be HOST:PORT"),
        ({"LISTEN": "127.0.0.1:65536"}, "REVOCATION_LISTEN: must be HOST:PORT"),
        ({"LISTEN": "0.0.0.0:50051"}, "set REVOCATION_INSECURE_BIND=true (--insecure-bind)"),
        ({"LISTEN": "[::]:50051"}, "set REVOCATION_INSECURE_BIND=true (--insecure-bind)"),
        ({"LISTEN": "example.org:50051"}, "set REVOCATION_INSECURE_BIND=true (--insecure-bind)"),
        ({"REDIS_URL": "http://store"}, "REVOCATION_REDIS_URL: must be redis://"),
        ({"REDIS_URL": "redis://"}, "REVOCATION_REDIS_URL: must be redis://"),
        ({"REDIS_URL": "redis://store:hunter2"}, "REVOCATION_REDIS_URL: must be redis://"),
        ({"REDIS_CLUSTER": "yes"}, "REVOCATION_REDIS_CLUSTER: needs REVOCATION_REDIS_URL"),
        ({"REDIS_SENTINELS": "one"}, "REVOCATION_REDIS_SENTINELS: must be HOST:PORT"),
        ({"REDIS_TLS_CERT_FILE": "c.pem"}, "REVOCATION_REDIS_TLS_KEY_FILE: set both or neither"),
        ({"REDIS_MAX_CONNECTIONS": "0"}, "REVOCATION_REDIS_MAX_CONNECTIONS: "),
        ({"DRAIN_DELAY": "soon"}, "REVOCATION_DRAIN_DELAY: must be a duration"),
        ({"LOG_RETENTION": "1ms"}, "REVOCATION_LOG_RETENTION: "),
        ({"LOG_FORMAT": "xml"}, "REVOCATION_LOG_FORMAT: "),
        ({"LISTN": "x"}, "REVOCATION_LISTN: no such setting; the nearest is REVOCATION_LISTEN"),
        ({"REDIS_PASWORD_FILE": "x"}, "the nearest is REVOCATION_REDIS_PASSWORD_FILE"),
        ({"SERVICE_HOST": "10.0.0.1"}, "enableServiceLinks: false"),
    ],
)
def test_a_wrong_setting_is_refused_with_its_rule(monkeypatch: pytest.MonkeyPatch, names: dict[str, str], line: str) -> None:
    """The message names the variable, and the values are not repeated."""
    setenv(monkeypatch, **names)
    with pytest.raises(SettingsError) as caught:
        load(Settings)
    assert line in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_every_fault_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line for each."""
    setenv(monkeypatch, LISTEN="x", DRAIN_DELAY="x", LOG_LEVEL="x")
    with pytest.raises(SettingsError) as caught:
        load(Settings)
    assert len(str(caught.value).splitlines()) == 3


def test_flags_come_before_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """A flag that is not given leaves the variable in force."""
    setenv(monkeypatch, LISTEN="127.0.0.1:1", DATA_DIR="there")
    settings = load(Settings, {"listen": "127.0.0.1:2", "data_dir": None})
    assert (settings.listen, settings.data_dir) == ("127.0.0.1:2", Path("there"))


def test_an_open_address_needs_the_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """With insecure_bind any address is served."""
    setenv(monkeypatch, LISTEN="0.0.0.0:50051", INSECURE_BIND="true")
    assert load(Settings).listen == "0.0.0.0:50051"


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_comes_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    """Without the line's end that editors add."""
    (tmp_path / "secret").write_text(SECRET + "\n")
    setenv(monkeypatch, **{f"{name}_FILE": str(tmp_path / "secret")})
    assert getattr(load(Settings), name.lower()).get_secret_value() == SECRET


@pytest.mark.parametrize(
    ("content", "also", "line"),
    [(SECRET, SECRET, "REVOCATION_REDIS_URL is set too"), (None, "", "cannot be read: No such file"), ("\n", "", "the file is empty")],
)
def test_a_secret_file_is_there_and_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str | None, also: str, line: str
) -> None:
    """Both the file and the variable, no file, and an empty file are errors that say so."""
    if content is not None:
        (tmp_path / "secret").write_text(content)
    setenv(monkeypatch, REDIS_URL_FILE=str(tmp_path / "secret"), REDIS_URL=also)
    with pytest.raises(SettingsError, match=r"^REVOCATION_REDIS_URL_FILE: ") as caught:
        load(Settings)
    assert line in str(caught.value)


def test_secrets_never_print(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither in repr and str, nor in pydantic's own errors."""
    setenv(monkeypatch, **dict.fromkeys(SECRETS, SECRET))
    settings = load(Settings)
    assert "hunter2" not in repr(settings) + str(settings) + str(settings.model_dump())
    setenv(monkeypatch, REDIS_URL="hunter2", LISTEN="hunter2")
    with pytest.raises(ValidationError) as caught:
        Settings()
    assert "hunter2" not in str(caught.value)


def test_settings_are_frozen() -> None:
    """Nobody changes them on the way."""
    with pytest.raises(ValidationError):
        load(Settings).listen = "127.0.0.1:1"


def test_the_table_lists_every_setting() -> None:
    """With a meaning each, a flag for all but secrets, and defaults as they are written."""
    rows = {row.env: row for row in table(Settings)}
    assert rows.keys() == {f"REVOCATION_{name.upper()}" for name in Settings.model_fields}
    assert all(row.description for row in rows.values())
    assert {row.env.removeprefix("REVOCATION_") for row in rows.values() if not row.flag} == set(SECRETS)
    assert (rows["REVOCATION_DRAIN_GRACE"].default, rows["REVOCATION_DRAIN_GRACE"].flag) == ("10s", "--drain-grace")
