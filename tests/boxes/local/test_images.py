"""Local boxes of unpacked images: the conformance suite, as root and as an ordinary user."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from boxscore.boxes.contract import BoxSpec
from boxscore.boxes.local.backend import LocalBackend
from boxscore.errors import UsageError
from boxscore.images.unpacked import export_images, import_archive, remove_tree, remove_unpacked
from boxscore.testing import BackendConformance
from boxscore.testing.conformance_programs import LIMITS
from tests.boxes.local.test_backend import FOR_ORDINARY_USERS, ORDINARY, as_ordinary_user

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.bubblewrap, pytest.mark.docker]


@pytest.fixture(scope="module")
def exported(python_image: str) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="boxscore-test-"))
    folder.chmod(0o755)
    export_images([python_image], folder / "layout")
    yield folder / "layout"
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def unpacked(exported: Path) -> Iterator[Path]:
    """A cache with the image of Python."""
    folder = Path(tempfile.mkdtemp(prefix="boxscore-test-"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BOXSCORE_CACHE", str(folder))
        import_archive(exported)
    yield folder
    remove_tree(folder)


@pytest.fixture(autouse=True)
def cache(unpacked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOXSCORE_CACHE", str(unpacked))


class TestConformance(BackendConformance):
    """The whole suite in boxes of an image."""

    @pytest.fixture
    def backend(self) -> LocalBackend:
        return LocalBackend()

    @pytest.fixture
    def image(self, python_image: str) -> str:
        return python_image


def test_ordinary_user_conforms(exported: Path, python_image: str) -> None:
    """He unpacks the image himself, and his boxes are bounded by looks at their processes."""
    suite = TestConformance()
    folder = Path(tempfile.mkdtemp(prefix="boxscore-test-"))
    os.chown(folder, ORDINARY, ORDINARY)

    def act() -> None:
        os.environ["BOXSCORE_CACHE"] = str(folder)
        import_archive(exported)
        backend = LocalBackend()
        for name in FOR_ORDINARY_USERS:
            with backend.box(BoxSpec(image=python_image, limits=LIMITS)) as box:
                getattr(suite, name)(box)
        with backend.box(BoxSpec(image=python_image, limits=LIMITS, folders=("/tmp", "/tree"))) as box:
            done = box.run(["sh", "-c", "echo a > /tmp/a; cat /tmp/a; ls /; id -un; cat /proc/1/root/etc/shadow"])
            assert done.stdout.splitlines()[0] == b"a"
            assert done.stdout.splitlines()[-1] == b"nobody"
            assert b"Permission denied" in done.stderr

    try:
        as_ordinary_user(act)
    finally:
        remove_tree(folder)


def test_an_image_of_a_registry_is_pulled_for_a_run(
    exported: Path, python_image: str, registry: str, tmp_path: Path
) -> None:
    """`grade --image` by digest, without an engine."""
    copy = [
        "skopeo",
        "--insecure-policy",
        "copy",
        "-q",
        "--dest-tls-verify=false",
        "--digestfile",
        f"{tmp_path}/digest",
    ]
    subprocess.run([*copy, f"oci:{exported}:{python_image}", f"docker://{registry}/python:tag"], check=True)
    pinned = f"{registry}/python@{(tmp_path / 'digest').read_text()}"
    grade = ["grade", "tiny", "--gold", "--limit", "1", "--backend", "local", "--image", pinned]
    env = os.environ | {"DOCKER_HOST": "unix:///nonexistent"}
    words = [sys.executable, "-m", "boxscore", *grade, "--out", f"{tmp_path}/run", "--json"]

    done = subprocess.run(words, check=True, capture_output=True, env=env)

    assert remove_unpacked(pinned)
    assert json.loads(done.stdout)["outcomes"] == {"passed": 1}


@pytest.mark.parametrize("folder", ["/usr/lib/nothing", "/etc", "/proc", "relative", "/a/../etc", "/bin/sh"])
def test_folders_that_an_image_cannot_have(python_image: str, folder: str) -> None:
    with pytest.raises(UsageError), LocalBackend().box(BoxSpec(image=python_image, folders=(folder,))):
        pass
