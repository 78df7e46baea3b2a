"""Files of a mirror on loopback: what it gives, what it has not, and when it is in trouble."""

from __future__ import annotations

from contextlib import closing
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


def get(mirror: Mirror, path: str = JAR) -> bytes | None:
    """Ask as a box's request is answered, without pauses."""
    wanted = repository_path(path)
    assert wanted is not None
    with closing(HttpMirror(mirror.url, attempts=3, pause_s=0.0)) as source:
        return source.get(wanted)


def test_a_file_is_compared_with_its_checksum(mirror: Mirror) -> None:
    """Both are asked for."""
    mirror.publish(JAR, b"jar")

    assert get(mirror) == b"jar"
    assert mirror.asked == [JAR, f"{JAR}.sha1"]


@pytest.mark.parametrize("told", [None, b"", b"<html>not found</html>", b"x" * 10_000])
def test_a_file_without_a_checksum_is_taken(mirror: Mirror, told: bytes | None) -> None:
    """Not every mirror has one, and old ones hold anything."""
    mirror.files[JAR] = b"jar"
    if told is not None:
        mirror.files[f"{JAR}.sha1"] = told

    assert get(mirror) == b"jar"


def test_a_checksum_may_stand_in_a_line(mirror: Mirror) -> None:
    """As other programs write them, in upper case too."""
    mirror.publish(JAR, b"jar")
    mirror.files[f"{JAR}.sha1"] = b"SHA1(b-1.jar)= " + mirror.files[f"{JAR}.sha1"].upper() + b"  b-1.jar\n"

    assert get(mirror) == b"jar"


def test_a_file_that_is_not_there(mirror: Mirror) -> None:
    """That is an answer, given at once."""
    assert get(mirror) is None
    assert mirror.asked == [JAR]


def test_a_damaged_file_is_trouble(mirror: Mirror) -> None:
    """It is asked for again, then nobody can say what it is."""
    mirror.publish(JAR, b"jar")
    mirror.files[JAR] = b"raj"

    with pytest.raises(MirrorUnavailable, match=r"a/b/1/b-1.jar: it is not what its \.sha1 says"):
        get(mirror)
    assert mirror.asked.count(JAR) == 3


def test_a_mirror_that_recovers(mirror: Mirror) -> None:
    """An error of its own is asked about again."""
    mirror.publish(JAR, b"jar")
    statuses = [503, 429]

    def now_and_then(request: Request) -> None:
        if statuses:
            request.give(statuses.pop())
        else:
            request.give(200, b"jar")

    mirror.odd[JAR] = now_and_then

    assert get(mirror) == b"jar"


@pytest.mark.parametrize("status", [500, 503, 401, 403, 429, 204])
def test_an_answer_that_says_nothing_is_trouble(mirror: Mirror, status: int) -> None:
    """Only 404 and 410 say that there is no such file."""
    mirror.odd[JAR] = lambda request: request.give(status)

    with pytest.raises(MirrorUnavailable, match=f"status {status}"):
        get(mirror)


def test_no_mirror_is_trouble() -> None:
    """Nothing listens there."""
    wanted = repository_path(JAR)
    assert wanted is not None

    with (
        closing(HttpMirror("http://127.0.0.1:9/maven2", attempts=2, pause_s=0.0)) as source,
        pytest.raises(MirrorUnavailable, match="refused"),
    ):
        source.get(wanted)


def test_a_truncated_file_is_trouble(mirror: Mirror) -> None:
    """The connection ends before the declared length has come."""
    mirror.odd[JAR] = lambda request: request.give(200, b"ja", Content_Length="3")

    with pytest.raises(MirrorUnavailable):
        get(mirror)


def test_a_silent_mirror_is_trouble(mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is waited for no longer than is said."""
    monkeypatch.setattr(mirrors, "SILENCE_S", 0.2)

    def say_nothing(_: Request) -> None:
        mirror.silence.wait(60)

    mirror.odd[JAR] = say_nothing

    with pytest.raises(MirrorUnavailable, match="timed out"):
        get(mirror)


def test_a_mirror_that_drips_is_trouble(mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    """A byte now and then is no progress."""
    monkeypatch.setattr(mirrors, "FILE_S", 0.2)

    def drip(request: Request) -> None:
        request.send_response(200)
        request.end_headers()
        for _ in range(1000):
            request.wfile.write(b"x")
            if mirror.silence.wait(0.05):
                return

    mirror.odd[JAR] = drip

    with pytest.raises(MirrorUnavailable, match="did not come within"):
        get(mirror)


def test_a_file_that_is_too_large(mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a refusal, not asked for again, and read no further."""
    monkeypatch.setattr(mirrors, "MAX_ARTEFACT_BYTES", 1000)
    mirror.publish(JAR, b"x" * 1001)

    with pytest.raises(TooLarge):
        get(mirror)
    assert mirror.asked == [JAR]


def test_redirects_are_followed_a_little(mirror: Mirror) -> None:
    """Mirrors lead to other stores, but not in a circle."""
    mirror.files["store"] = b"jar"
    mirror.odd[JAR] = lambda request: request.give(302, Location="/maven2/store")
    circle = "a/b/1/b-1.pom"
    mirror.odd[circle] = lambda request: request.give(302, Location=f"/maven2/{circle}")

    assert get(mirror) == b"jar"
    with pytest.raises(MirrorUnavailable, match="redirects"):
        get(mirror, circle)


class TestConfigured:
    """BOXSCORE_MAVEN_MIRROR."""

    def test_central_unless_set(self) -> None:
        """The usual place."""
        assert mirror_url({}) == CENTRAL
        assert mirror_url({"BOXSCORE_MAVEN_MIRROR": "https://example.org/maven/"}) == "https://example.org/maven"

    @pytest.mark.parametrize("given", ["example.org/maven", "file:///maven", "https:///x", "https://x/?a", "ftp://x/y"])
    def test_only_http(self, given: str) -> None:
        """Anything else is the caller's mistake."""
        with pytest.raises(UsageError, match="BOXSCORE_MAVEN_MIRROR"):
            mirror_url({"BOXSCORE_MAVEN_MIRROR": given})

    def test_a_password_is_not_shown(self) -> None:
        """Neither in an error nor in the name of the cache."""
        wanted = repository_path(JAR)
        assert wanted is not None

        with (
            closing(HttpMirror("http://name:secret@127.0.0.1:9/m", attempts=1)) as source,
            pytest.raises(MirrorUnavailable) as caught,
        ):
            source.get(wanted)
        assert "secret" not in str(caught.value)
