"""Keys in a file are in force a second after they are written, and a broken file does not take the last good keys away."""

import os
from pathlib import Path

import pytest

from revocation.domain.errors import Reason, ServiceError
from revocation.tokens.key_file import KeyFile
from tests.unit.tokens.clock import Clock
from tests.unit.tokens.jwts import key_set, signer

OLD, NEW = key_set(signer("ES256", "old").jwk()), key_set(signer("ES256", "new").jwk())
DAY = 24 * 3600


@pytest.fixture
def clock() -> Clock:
    return Clock()


class File:
    """The file as operators treat it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, data: bytes) -> None:
        self.path.write_bytes(data)

    def remove(self) -> None:
        self.path.unlink()

    def move_in(self, data: bytes) -> None:
        """Puts another file of the same time in its place."""
        other = self.path.with_name("other.json")
        other.write_bytes(data)
        times = self.path.stat()
        os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
        other.replace(self.path)


@pytest.fixture
def file(tmp_path: Path) -> File:
    file = File(tmp_path / "jwks.json")
    file.write(OLD)
    return file


@pytest.fixture
def keys(file: File, clock: Clock) -> KeyFile:
    return KeyFile("acme", file.path, clock)


async def has(keys: KeyFile, kid: str) -> bool:
    return await keys.find(kid, "ES256") is not None


async def unavailable(keys: KeyFile) -> bool:
    with pytest.raises(ServiceError) as failure:
        await keys.find("old", "ES256")
    return failure.value.reason is Reason.KEYS_UNAVAILABLE


async def test_replaced_file(keys: KeyFile, file: File, clock: Clock) -> None:
    """The file is looked at once a second, no more."""
    assert await has(keys, "old")
    file.write(NEW)
    clock.now += 0.9
    assert await has(keys, "old")
    clock.now += 0.1
    assert await has(keys, "new")
    assert not await has(keys, "old")


async def test_unchanged_file_is_not_read_again(keys: KeyFile, file: File, clock: Clock) -> None:
    """As long as its time, its inode and its size are the same, so are its keys."""
    key = await keys.find("old", "ES256")
    clock.now += 2 * DAY
    assert await keys.find("old", "ES256") is key


async def test_replaced_by_a_file_of_the_same_time(keys: KeyFile, file: File, clock: Clock) -> None:
    """A file that was moved in place is another one even when its time is not."""
    assert await has(keys, "old")
    file.move_in(NEW)
    clock.now += 1
    assert await has(keys, "new")


@pytest.mark.parametrize("broken", [None, b"", b"{", b'{"keys":[]}', NEW[:-1] + b" " * (256 * 1024) + NEW[-1:]])
async def test_broken_file(keys: KeyFile, file: File, clock: Clock, broken: bytes | None, caplog: pytest.LogCaptureFixture) -> None:
    """The last good keys serve for a day, the log says once what is wrong, and a mended file is in force at once."""
    assert await has(keys, "old")
    file.remove()
    if broken is not None:
        file.write(broken)
    for step in (1, 1, DAY - 3):
        clock.now += step
        assert await has(keys, "old")
    clock.now += 1
    assert await unavailable(keys)
    (message,) = caplog.messages
    assert message.startswith(f"the keys of realm 'acme' could not be read: {file.path}: ")
    file.write(NEW)
    clock.now += 1
    assert await has(keys, "new")


async def test_longest_file(keys: KeyFile, file: File) -> None:
    """256 KiB are read."""
    file.write(NEW[:-1] + b" " * (256 * 1024 - len(NEW)) + NEW[-1:])
    assert await has(keys, "new")


async def test_file_that_comes_late(keys: KeyFile, file: File, clock: Clock) -> None:
    """A server may start before its keys are there."""
    file.remove()
    assert await unavailable(keys)
    file.write(OLD)
    assert await unavailable(keys)
    clock.now += 1
    assert await has(keys, "old")
    await keys.aclose()
