"""Making a machine ready to grade."""

from __future__ import annotations

import pytest

from boxscore._errors import SandboxUnavailable
from boxscore._node import check_versions, engine_of
from boxscore._remote_worker import GraderSettings


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("", None),
        ("unix:///run/user/1000/docker.sock", "unix:///run/user/1000/docker.sock"),
        ("tcp://10.0.0.7:2376", "tcp://10.0.0.7:2376"),
        ("ssh://root@build-7", "ssh://build-7"),
        ("https://user:secret@engine.example:2376/v1?token=secret#secret", "https://engine.example:2376/v1"),
        ("10.0.0.7:2375", "10.0.0.7:2375"),
        ("user:secret@10.0.0.7:2375", "10.0.0.7:2375"),
    ],
)
def test_a_remote_engine_is_named_without_secrets(address: str, told: str | None) -> None:
    """Provenance says whose engine made the boxes, and never with what password."""
    assert engine_of("docker", {"DOCKER_HOST": address}) == told


def test_other_backends_have_no_engine() -> None:
    """DOCKER_HOST means nothing to boxes that Docker does not make."""
    assert engine_of("local", {"DOCKER_HOST": "tcp://10.0.0.7:2376"}) is None


def test_another_version_is_refused() -> None:
    """A machine with another boxscore would give other verdicts."""
    with pytest.raises(SandboxUnavailable, match="install the same"):
        check_versions(GraderSettings(backend="local", version="0", grading="0"))
