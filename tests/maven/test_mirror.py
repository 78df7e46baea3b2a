"""Files of a mirror on loopback: what it gives, what it has not, and when it is in trouble."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore.errors import MirrorUnavailable, UsageError
from boxscore.maven import mirror as mirrors
from boxscore.maven.layout import repository_path
from boxscore.maven.mirror import CENTRAL, HttpMirror, mirror_url
from boxscore.maven.source import TooLarge

if TYPE_CHECKING:
    from tests.maven.conftest import Mirror, Request

JAR = "a/b/1/b-1.jar"


def get(mirror: Mirror | str, path: str = JAR) -> bytes | None:
    wanted = repository_path(path)
    assert wanted is not None
    url = mirror if isinstance(mirror, str) else mirror.url
    return HttpMirror(url, attempts=3, pause_s=0.0).get(wanted)


def test_a_file_is_compared_with_its_checksum(mirror: Mirror) -> None:
    mirror.publish(JAR, b"jar")

    assert get(mirror) == b"jar"
    assert mirror.asked == [JAR, f"{JAR}.sha1"]


@pytest.mark.parametrize("told", [None, b"", b"<html>not found</html>", b"x" * 10_000])
def test_a_file_without_a_checksum_is_taken(mirror: Mirror, told: bytes | None) -> None:
    mirror.files[JAR] = b"jar"
    if told is not None:
        mirror.files[f"{JAR}.sha1"] = told

    assert get(mirror) == b"jar"


def test_a_file_that_is_not_there(mirror: Mirror) -> None:
    assert get(mirror) is None
    assert mirror.asked == [JAR]


def test_a_damaged_file_is_trouble(mirror: Mirror) -> None:
    mirror.publish(JAR, b"jar")
    mirror.files[JAR] = b"raj"

    with pytest.raises(MirrorUnavailable, match=r"a/b/1/b-1.jar: it is not what its \.sha1 says"):
        get(mirror)
    assert mirror.asked.count(JAR) == 3


def test_a_mirror_that_recovers(mirror: Mirror) -> None:
    mirror.publish(JAR, b"jar")
    statuses = [503, 429]

    def now_and_then(request: Request) -> None:
        if statuses:
            request.give(statuses.pop())
        else:
            request.give(200, b"jar")

    mirror.odd[JAR] = now_and_then

    assert get(mirror) == b"jar"


@pytest.mark.parametrize(
    ("status", "data", "headers", "reason"),
    [
        *((status, b"", {}, f"status {status}") for status in (500, 401, 403, 429, 204)),
        (200, b"ja", {"Content_Length": "3"}, "b-1.jar"),
    ],
)
def test_an_answer_that_says_nothing_is_trouble(
    mirror: Mirror, status: int, data: bytes, headers: dict[str, str], reason: str
) -> None:
    mirror.odd[JAR] = lambda request: request.give(status, data, **headers)

    with pytest.raises(MirrorUnavailable, match=reason):
        get(mirror)


def test_no_mirror_is_trouble_whose_password_is_not_shown() -> None:
    with pytest.raises(MirrorUnavailable, match="refused") as caught:
        get("http://name:secret@127.0.0.1:9/maven2")
    assert "secret" not in str(caught.value)


def test_a_silent_mirror_is_trouble(mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mirrors, "SILENCE_S", 0.2)

    def say_nothing(_: Request) -> None:
        mirror.silence.wait(60)

    mirror.odd[JAR] = say_nothing

    with pytest.raises(MirrorUnavailable, match="timed out"):
        get(mirror)


def test_a_file_that_is_too_large(mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mirrors, "MAX_ARTEFACT_BYTES", 1000)
    mirror.publish(JAR, b"x" * 1001)

    with pytest.raises(TooLarge):
        get(mirror)
    assert mirror.asked == [JAR]


def test_central_unless_set() -> None:
    assert mirror_url({}) == CENTRAL
    assert mirror_url({"BOXSCORE_MAVEN_MIRROR": "https://example.org/maven/"}) == "https://example.org/maven"


@pytest.mark.parametrize("given", ["example.org/maven", "file:///maven", "https:///x", "https://x/?a", "ftp://x/y"])
def test_only_http(given: str) -> None:
    with pytest.raises(UsageError, match="BOXSCORE_MAVEN_MIRROR"):
        mirror_url({"BOXSCORE_MAVEN_MIRROR": given})
