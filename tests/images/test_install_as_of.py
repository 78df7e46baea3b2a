"""The program by which images get Python packages as they were on a day, with an index of its own on loopback."""

from __future__ import annotations

import json
import threading
from contextlib import closing
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType
from typing import TYPE_CHECKING, Any

import docker
import pytest

from boxscore import resources
from boxscore.images import instances as images
from boxscore.images.records import InstanceImage
from tests.images.test_instances import forget, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from boxscore.boxes.contract import Backend

FILES: dict[str, list[tuple[str, str | None]]] = {
    "tox": [
        ("tox-4.1.tar.gz", "2022-01-05T00:00:00Z"),
        ("tox-4.16.0-py3-none-any.whl", "2024-06-27T17:00:00Z"),
        ("tox-4.16.0.tar.gz", "2024-06-28T17:00:00Z"),
        ("tox-4.16.0.1.tar.gz", "2020-01-01T00:00:00Z"),
        ("tox-14.16.0.tar.gz", "2020-01-01T00:00:00Z"),
    ],
    "zope-interface": [("zope.interface-5.0.tar.gz", "2020-03-30T07:00:00Z")],
    "silent": [("silent-1.0.tar.gz", None)],
}


class Index(BaseHTTPRequestHandler):
    """The simple API, as JSON."""

    def do_GET(self) -> None:
        files = FILES.get(self.path.strip("/").rpartition("/")[2], [])
        body = json.dumps(
            {"files": [{"filename": name, **({"upload-time": day} if day else {})} for name, day in files]}
        ).encode()
        self.send_response(200 if files else 404)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(name="program")
def fixture_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    path = resources.folder("images") / "tree" / "install-as-of"
    module: Any = ModuleType("install_as_of")
    exec(compile(path.read_text("utf-8"), path, "exec"), module.__dict__)
    module.LAST_DAY = str(tmp_path / "as-of")
    with ThreadingHTTPServer(("127.0.0.1", 0), Index) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        monkeypatch.delenv("UV_DEFAULT_INDEX", raising=False)
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/simple/")
        for name in ("http_proxy", "HTTP_PROXY"):
            monkeypatch.delenv(name, raising=False)
        yield module
        server.shutdown()
        thread.join()


def test_the_day_on_which_a_version_came(program: Any) -> None:
    assert program.uploaded("tox", "4.16.0") == date(2024, 6, 27)
    assert program.uploaded("zope_interface", "5.0") == date(2020, 3, 30)
    assert program.uploaded("tox", "9") is None
    assert program.uploaded("stranger", "1") is None


def test_the_day_is_put_off_until_what_is_pinned_was_there(program: Any) -> None:
    early, late = date(2021, 1, 1), date(2024, 6, 28)

    assert program.latest_day(early, ["docutils>=0.17", "tox>=4", "nothing==1"]) == early
    assert program.latest_day(early, ["tox==4.16.0 ; python_version > '3'", "zope.interface==5.0"]) == late
    assert program.latest_day(early, []) == late
    assert program.latest_day(date(2025, 1, 1), []) == date(2025, 1, 1)


@pytest.mark.docker
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_packages_are_those_of_the_day(
    docker_backend: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert docker_backend.name == "docker"
    monkeypatch.setenv("BOXSCORE_CACHE", str(tmp_path))
    setup = b"import setuptools\nsetuptools.setup(name='toy', py_modules=['toy'], install_requires=['idna'])\n"
    image = InstanceImage(
        name="dated",
        base="patch-python-3.9",
        instance="COPY toy /testbed\nRUN cd /testbed; as_of=/usr/local/lib/boxscore/install-as-of; "
        "$as_of 2021-10-05 'iniconfig>1' && $as_of 2021-10-05 -e . && $as_of 2021-10-05 --each iniconfig==9999 six",
        files=(("toy/setup.py", setup), ("toy/toy.py", b"")),
    )
    with closing(docker.from_env(timeout=600)) as client:
        try:
            (info,) = images.ensure_instance_images([image])
            assert info.error is None
            compiled = run(client, image, "ls /opt/env/lib/python3.9/site-packages/idna/__pycache__")
            listed = run(client, image, "python -m pip list --format=freeze --disable-pip-version-check").split()
        finally:
            forget(client, image)

    assert {"iniconfig==1.1.1", "idna==3.2", "six==1.16.0"} <= set(listed)
    assert "core.cpython-39.pyc" in compiled
    log = "".join(path.read_text() for path in (tmp_path / "builds").glob("*instance*"))
    assert "boxscore: idna==3.2 from http" in log
    assert "left out iniconfig==9999" in log
    assert "NOT as of" not in log
