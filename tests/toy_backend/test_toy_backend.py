"""A backend of an installed package: conformance suite and commands take it, with no edit elsewhere."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from boxscore.testing.conformance_isolation import FileConformance
from boxscore.testing.conformance_programs import ProgramConformance
from boxscore.testing.conformance_streams import NetworkConformance

if TYPE_CHECKING:
    from boxscore.boxes.contract import Backend

pytestmark = pytest.mark.usefixtures("local_backend")

PACKAGE = Path(__file__).parent / "package"
TOY_PROTOCOL = PACKAGE.parents[1] / "toy_protocol" / "package"
METADATA = "Metadata-Version: 2.1\nName: toy-backend\nVersion: {}\n"
ENTRY_POINTS = "[boxscore.backends]\ntoy = toy_backend:ToyBackend\n"


@pytest.fixture(name="place")
def installed(tmp_path: Path) -> Path:
    """A folder with the package as an installer leaves it, and nothing else."""
    shutil.copytree(PACKAGE, tmp_path / "site")
    install(tmp_path, "1.0")
    return tmp_path


def install(place: Path, version: str) -> None:
    described = place / "site" / "toy_backend.dist-info"
    described.mkdir(exist_ok=True)
    (described / "METADATA").write_text(METADATA.format(version), encoding="utf-8")
    (described / "entry_points.txt").write_text(ENTRY_POINTS, encoding="utf-8")


def boxscore(place: Path, *words: str, site: str = "site") -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(place / site), "BOXSCORE_CACHE": str(place / "cache")}
    return subprocess.run(
        [sys.executable, "-m", "boxscore", *words],
        cwd=place, env=environment, capture_output=True, text=True, check=False, timeout=500,
    )  # fmt: skip


@pytest.mark.bubblewrap
@pytest.mark.slow  # it opens boxes of the local backend, which has its own run of the suite
class TestToyConformance(FileConformance, ProgramConformance, NetworkConformance):
    """Parts of the suite on the package's class."""

    @pytest.fixture
    def backend(self) -> Backend:
        spec = importlib.util.spec_from_file_location("toy_backend", PACKAGE / "toy_backend.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        made: Backend = module.ToyBackend()
        return made

    @pytest.fixture
    def image(self) -> None:
        return


@pytest.mark.bubblewrap
def test_samples_are_graded_in_its_boxes(place: Path) -> None:
    words = ("grade", "tiny", "--gold", "-i", "tiny/spiral", "--backend", "toy", "--out", "run", "--json")

    done = boxscore(place, *words)

    assert done.returncode == 0, done.stderr
    (result,) = [json.loads(line) for line in (place / "run" / "results.jsonl").read_text("utf-8").splitlines()]
    assert (result["outcome"], result["conditions"]["backend"]) == ("passed", "toy")
    assert "nothing to grade" in boxscore(place, *words).stderr
    install(place, "1.1")
    again = boxscore(place, *words)
    assert again.returncode == 0, again.stderr
    assert "nothing to grade" not in again.stderr


def test_what_it_cannot_do_is_told(place: Path) -> None:
    patches = boxscore(place, "grade", "tiny-patches", "--gold", "--backend", "toy")
    runtime = boxscore(place, "grade", "tiny", "--gold", "--backend", "toy", "--runtime", "runsc")

    assert (patches.returncode, runtime.returncode) == (2, 2)
    assert "toy has none" in " ".join(patches.stderr.split())
    assert "not for toy" in " ".join(runtime.stderr.split())


def test_where_it_is_not_installed(place: Path) -> None:
    done = boxscore(place, "grade", "tiny", "--gold", "--backend", "toy", site="elsewhere")

    assert done.returncode == 2
    assert "there is no backend 'toy'" in done.stderr
    assert "boxscore.backends" in done.stderr


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ("toy = toy_backend:Nothing", "cannot be imported"),
        ("toy = no_such_module:X", "cannot be imported"),
        ("docker = toy_backend:ToyBackend", "no backend may have this name"),
        ("other = toy_backend:ToyBackend", "calls itself 'toy'"),
        ("toy = builtins:dict", "has no 'name'"),
    ],
)
def test_broken_entry_points_are_named(place: Path, points: str, said: str) -> None:
    described = place / "site" / "toy_backend.dist-info" / "entry_points.txt"
    described.write_text(f"[boxscore.backends]\n{points}\n", encoding="utf-8")

    done = boxscore(place, "grade", "tiny", "--gold", "--backend", points.partition(" ")[0].replace("docker", "x"))

    assert done.returncode == 2, done.stderr
    assert said in " ".join(done.stderr.split())


@pytest.mark.parametrize("group", ["backends", "protocols", "harnesses"])
def test_an_interrupt_while_a_package_is_imported_is_the_users(place: Path, group: str) -> None:
    described = place / "site" / "toy_backend.dist-info" / "entry_points.txt"
    described.write_text(f"[boxscore.{group}]\ntoy = toy_slow:X\n", encoding="utf-8")
    (place / "site" / "toy_slow.py").write_text("import os\nos.kill(os.getpid(), 2)\n", encoding="utf-8")
    if group == "protocols":
        shutil.copytree(TOY_PROTOCOL, place / "toy")
    words = {
        "backends": ("grade", "tiny", "--gold", "--backend", "toy"),
        "protocols": ("show", "toy/toy_regex.py", "-i", "toy/digits"),
        "harnesses": ("show", "nothing-so-named"),
    }[group]

    done = boxscore(place, *words)

    assert (done.returncode, "cannot be imported" in done.stderr) == (130, False), done.stderr
