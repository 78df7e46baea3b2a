"""Why no engine answers: each cause has its own sentence, and says what to do."""

from __future__ import annotations

import grp
import hashlib
import json
import logging
import os
import socket
from contextlib import closing
from typing import TYPE_CHECKING

import docker
import docker.errors
import pytest
import requests.exceptions
import urllib3.exceptions

from boxscore.boxes import registry
from boxscore.boxes.docker.backend import DockerBackend
from boxscore.boxes.docker.engine_failure import EngineFailure, engine_failure
from boxscore.boxes.fake import FakeBackend
from boxscore.boxes.registry import auto_backend
from boxscore.errors import SandboxUnavailable
from boxscore.log import LOGGER

if TYPE_CHECKING:
    from pathlib import Path


def met(environ: dict[str, str]) -> Exception:
    with pytest.raises(docker.errors.DockerException) as caught, closing(docker.from_env(environment=environ)):
        pass
    return caught.value


def refused(error: OSError) -> Exception:
    inner = requests.exceptions.ConnectionError(urllib3.exceptions.ProtocolError("Connection aborted.", error))
    outer = docker.errors.DockerException("Error while fetching server API version")
    outer.__cause__ = inner
    return outer


def unix_socket(path: Path) -> Path:
    with closing(socket.socket(socket.AF_UNIX)) as one:
        one.bind(str(path))
    return path


@pytest.mark.parametrize("host", ["tcp://127.0.0.1:1", "nonsense", "ssh://nobody@nowhere.invalid"])
def test_an_address_that_is_wrong(host: str) -> None:
    environ = {"DOCKER_HOST": host}

    found = engine_failure(met(environ), environ)

    assert found.cause.startswith(f"DOCKER_HOST names {host}, and no engine answers there: ")
    assert "tcp://HOST:PORT" in found.remedy


def test_a_socket_that_is_not_there() -> None:
    environ = {"DOCKER_HOST": "unix:///nowhere.sock"}

    found = engine_failure(refused(FileNotFoundError(2, "No such file or directory")), environ)

    assert found.cause == "DOCKER_HOST names /nowhere.sock, which does not exist"
    assert "correct DOCKER_HOST" in found.remedy


def test_an_engine_that_is_down(tmp_path: Path) -> None:
    path = unix_socket(tmp_path / "docker.sock")
    environ = {"DOCKER_HOST": f"unix://{path}"}

    found = engine_failure(refused(ConnectionRefusedError(111, "Connection refused")), environ)

    assert found.cause.endswith("it is down")
    assert "systemctl start docker" in found.remedy


def test_a_socket_of_a_group(tmp_path: Path) -> None:
    path = unix_socket(tmp_path / "docker.sock")
    path.chmod(0o660)
    if os.geteuid() == 0:
        os.chown(path, 0, next(one.gr_gid for one in grp.getgrall() if one.gr_gid != 0))
    group = grp.getgrgid(path.stat().st_gid).gr_name

    found = engine_failure(refused(PermissionError(13, "Permission denied")), {}, default=path)

    assert f"the group `{group}`" in found.cause
    assert f"usermod -aG {group} " in found.remedy
    assert "rootless" in found.remedy
    assert "install" not in found.remedy
    assert "--backend" not in found.remedy


def test_a_socket_of_root_alone(tmp_path: Path) -> None:
    path = unix_socket(tmp_path / "docker.sock")
    path.chmod(0o600)

    found = engine_failure(refused(PermissionError(13, "Permission denied")), {}, default=path)

    assert "by root only" in found.cause
    assert "rootless" in found.remedy


def nothing_there(tmp_path: Path, **environ: str) -> EngineFailure:
    given = {"PATH": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path / "run"), **environ}
    missing = FileNotFoundError(2, "No such file or directory")
    return engine_failure(refused(missing), given, default=tmp_path / "docker.sock")


def test_nothing_installed(tmp_path: Path) -> None:
    assert "apt-get install docker.io" in nothing_there(tmp_path).remedy


def test_installed_and_not_started(tmp_path: Path) -> None:
    (tmp_path / "dockerd").touch(mode=0o755)

    assert "systemctl start docker" in nothing_there(tmp_path).remedy


def test_a_rootless_engine(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    path = unix_socket(tmp_path / "run/docker.sock")

    found = nothing_there(tmp_path)

    assert str(path) in found.cause
    assert found.remedy == f"`export DOCKER_HOST=unix://{path}`"


def test_a_context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    host = "unix:///elsewhere/docker.sock"
    folder = tmp_path / "contexts" / "meta" / hashlib.sha256(b"mine").hexdigest()
    folder.mkdir(parents=True)
    (folder / "meta.json").write_text(
        json.dumps({"Name": "mine", "Metadata": {}, "Endpoints": {"docker": {"Host": host}}})
    )
    (tmp_path / "config.json").write_text('{"currentContext": "mine"}')
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))

    found = nothing_there(tmp_path)

    assert "'mine'" in found.cause
    assert found.remedy == f"`export DOCKER_HOST={host}`"


def test_the_backend_says_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")

    with pytest.raises(SandboxUnavailable, match="no engine answers there: Connection refused") as caught:
        DockerBackend().check()

    assert caught.value.details[0].startswith("start that engine")


def test_no_backend_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(SandboxUnavailable) as caught:
        auto_backend()

    first, *rest = caught.value.lines()
    assert [line.partition(":")[0] for line in rest if not line.startswith(("- ", "`"))] == ["docker", "local"]
    assert len([line for line in rest if line.startswith("- ")]) == 2
    assert max(map(len, (first, *rest))) < 250


class Refusing(FakeBackend):
    """A backend that does not work."""

    def check(self) -> None:
        raise SandboxUnavailable("the engine does not answer in time")


def test_an_engine_that_is_passed_over_is_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    records = list[logging.LogRecord]()

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record)

    opened = {"docker": Refusing(), "local": FakeBackend()}
    monkeypatch.setattr(registry, "open_backend", opened.__getitem__)
    monkeypatch.setenv("DOCKER_HOST", "tcp://silent.example:2375")
    registry._tell_passed_over.cache_clear()
    handler = Kept()
    LOGGER.addHandler(handler)
    try:
        chosen = registry.auto_backend()
    finally:
        LOGGER.removeHandler(handler)

    assert chosen is opened["local"]
    fields = {record.getMessage(): vars(record)["boxscore"] for record in records}
    assert fields["backend_passed_over"] == {"chosen": "local", "reason": "docker: the engine does not answer in time"}
