"""The wheel: everything that boxscore needs is in it, nothing that it does not, and it works from elsewhere."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BUNDLED = ("sandbox", "harnesses", "images", "instances")


@pytest.fixture(name="wheel", scope="module")
def fixture_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel, with the build back end of this environment."""
    pytest.importorskip("hatchling", reason="no hatchling: `pip install hatchling`")
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        check=True,
        cwd=ROOT,
        capture_output=True,
        timeout=300,
    )
    (wheel,) = folder.glob("*.whl")
    return wheel


def contents(wheel: Path) -> set[str]:
    """The names of all files in a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_every_bundled_file(wheel: Path) -> None:
    """Each file of the data folders that git would keep is below `boxscore/_bundled`, and the package is typed."""
    expected = {
        f"boxscore/_bundled/{path.relative_to(ROOT).as_posix()}"
        for folder in BUNDLED
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert sorted(expected - contents(wheel)) == []
    assert {"boxscore/py.typed", "boxscore/data/templates/patch.chat.jinja"} <= contents(wheel)


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    """Only the package and its metadata are installed: no tests, no caches, no other top folder."""
    odd = [
        name
        for name in contents(wheel)
        if not name.startswith(("boxscore/", "boxscore-")) or "__pycache__" in name or name.endswith(".pyc")
    ]

    assert odd == []


@pytest.mark.slow
def test_an_installed_wheel_finds_its_folders(wheel: Path, tmp_path: Path) -> None:
    """Installed without the checkout, it knows its images and folders from any directory."""
    target = tmp_path / "site"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(target), str(wheel)],
        check=True,
        timeout=300,
    )
    program = (
        f"import sys; sys.path.insert(0, {str(target)!r})\n"
        "from boxscore.resources import folder\n"
        "from boxscore.images.environments import reference\n"
        f"for name in {BUNDLED!r}:\n"
        "    print(folder(name))\n"
        "print(reference('python'))\n"
    )

    output = subprocess.run(
        [sys.executable, "-c", program], check=True, cwd="/", stdout=subprocess.PIPE, timeout=300, text=True
    ).stdout.splitlines()

    assert output[:4] == [str(target / "boxscore" / "_bundled" / name) for name in BUNDLED]
    assert output[4] == reference_here()


def reference_here() -> str:
    """The reference by the recipes of this checkout, which the wheel must share."""
    from boxscore.images.environments import reference  # noqa: PLC0415 - beside what it is compared with

    return reference("python")
