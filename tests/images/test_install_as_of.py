"""The program by which images get Python packages as they were on a day, with an index of its own on loopback."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import docker
import pytest

from boxscore.images import instances as images
from boxscore.images.records import InstanceImage
from tests.images.test_instances import forget, run

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.boxes.contract import Backend


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
