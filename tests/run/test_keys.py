"""What makes a run grade again, from the command line: other settings and other sources, and nothing else."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from boxscore.boxes.registry import open_backend
from boxscore.cli.app import make_app
from boxscore.errors import SandboxUnavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.boxes.contract import Backend


ROOT = Path(__file__).parents[2]
FOLDERS = ("boxscore", "sandbox", "harnesses", "images", "instances")
ASK = ("grade", "tiny", "-i", "tiny/spiral", "--gold", "--out", "r", "--quiet")
PLAN = ("grade", "tiny", "-i", "tiny/spiral", "--gold", "--backend", "local", "--dry-run")


@pytest.fixture(scope="module", name="finished")
def fixture_finished(local_backend: Backend, tmp_path_factory: pytest.TempPathFactory) -> Path:
    assert local_backend.name == "local"
    folder = tmp_path_factory.mktemp("finished")
    boxscore_(folder, *ASK, "--backend", "local")
    return folder


def boxscore_(folder: Path, *words: str) -> str:
    with pytest.MonkeyPatch.context() as changed:
        changed.chdir(folder)
        for name in os.environ:
            if name.startswith("BOXSCORE_"):
                changed.delenv(name)
        changed.setenv("BOXSCORE_CACHE", str(folder / "cache"))
        done = CliRunner().invoke(make_app(), list(words))
    assert done.exit_code == 0, (done.stderr, done.exception)
    return done.stdout


def notices_of(tree: Path, folder: Path, *words: str) -> str:
    command = [sys.executable, "-P", "-m", "boxscore", *words]
    env = {name: value for name, value in os.environ.items() if not name.startswith("BOXSCORE_")}
    env |= {"PYTHONPATH": str(tree), "BOXSCORE_CACHE": str(folder / "cache")}
    done = subprocess.run(command, env=env, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stderr


def planned(said: str) -> tuple[int, str]:
    found = re.search(r"would grade (\d+) of 1 .* into (\S+)", said)
    assert found is not None
    return int(found[1]), found[2]


def graded(folder: Path, *words: str) -> tuple[int, dict[str, Any]]:
    report = json.loads(boxscore_(folder, *ASK, *words, "--json"))
    return len((folder / "r" / "results.jsonl").read_bytes().splitlines()), report


def other_tree(place: Path, name: str, old: str, new: str) -> Path:
    tree = place / "tree"
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, tree / folder, ignore=shutil.ignore_patterns("__pycache__"))
    text = (tree / name).read_text(encoding="utf-8")
    assert old in text
    (tree / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    return tree


@pytest.mark.bubblewrap
@pytest.mark.parametrize(
    ("name", "old", "new", "todo"),
    [
        ("boxscore/report/build.py", "import annotations\n", "import annotations\n\nOTHER = 1\n", 0),
        ("sandbox/tree_rules.py", "import ", "import errno\nimport ", 1),
        ("sandbox/grader.py", "\n\n\n", "\n\nOTHER = 1\n\n\n", 1),
        ("boxscore/protocols/syscall_filter.py", "access alarm ", "access ", 1),
        ("boxscore/protocols/supervised.py", "GRACE_S = 60.0", "GRACE_S = 61.0", 1),
        ("boxscore/protocols/warm.py", '    "/usr/share",\n', "", 1),
        ("boxscore/boxes/local/backend.py", "import annotations\n", "import annotations\n\nOTHER = 1\n", 1),
        ("harnesses/tiny.py", "import annotations\n", "import annotations\n\nOTHER = 1\n", 0),
    ],
)
def test_other_sources(finished: Path, tmp_path: Path, name: str, old: str, new: str, todo: int) -> None:  # noqa: PLR0913, PLR0917 - a row
    """Whatever grades grades again; all else does not."""
    tree = other_tree(tmp_path, name, old, new)

    assert planned(notices_of(tree, finished, *PLAN, "--out", "r"))[0] == todo


@pytest.mark.bubblewrap
@pytest.mark.parametrize(
    ("settings", "todo"),
    [(["--strict"], 1), (["-t", "1.5"], 1), (["--no-reuse"], 0), (["--reuse"], 0), (["-j", "1", "-k", "1"], 0)],
)
def test_other_settings(finished: Path, capfd: pytest.CaptureFixture[str], settings: Sequence[str], todo: int) -> None:
    """Limits and a box for each sample grade again, and have a run of their own; what no verdict hangs on does not."""
    found = []
    for more in ([], settings, ["--out", "r", *settings]):
        boxscore_(finished, *PLAN, *more)
        found.append(planned(capfd.readouterr().err))

    assert found[2][0] == todo
    assert len({name for _, name in found[:2]}) == 1 + todo


@pytest.mark.bubblewrap
def test_settings_side_by_side(finished: Path, tmp_path: Path) -> None:
    """A, B, A, B in one directory grade twice, and each report is of the settings that were asked for."""
    del finished
    plain, strict = ("--backend", "local"), ("--backend", "local", "--strict")

    found = [graded(tmp_path, *words) for words in (plain, strict, plain, strict, plain)]

    assert [lines for lines, _ in found] == [1, 2, 2, 2, 2]
    asked = [report["provenance"]["strict"] for _, report in found]
    assert asked == [False, True, False, True, False]
    assert [[one["conditions"]["strict"] for one in report["conditions"]] for _, report in found] == [
        [one] for one in asked
    ]
    record = json.loads((tmp_path / "r" / "run.json").read_bytes())["provenance"]
    assert (record["strict"], record["conditions"]) == (False, found[-1][1]["conditions"])
    assert record["finished"] is not None
    again = json.loads(boxscore_(tmp_path, "report", "r", "--json"))
    assert again["conditions"] == found[-1][1]["conditions"]


@pytest.mark.docker
@pytest.mark.bubblewrap
def test_another_backend(finished: Path, tmp_path: Path, python_image: str) -> None:
    """Results of one backend are not the other's, and each is named."""
    del finished, python_image

    found = [graded(tmp_path, "--backend", name) for name in ("local", "docker", "local")]

    assert [lines for lines, _ in found] == [1, 2, 2]
    assert [report["conditions"][0]["conditions"]["backend"] for _, report in found] == ["local", "docker", "local"]
    layers = [report["provenance"]["layers"] for _, report in found]
    assert layers[0] == layers[2] != layers[1]


@pytest.mark.docker
def test_another_runtime(tmp_path: Path, python_image: str) -> None:
    """What was graded under runc is graded again under gVisor; reports say under which."""
    del python_image
    try:
        open_backend("docker", runtime="runsc").check()
    except SandboxUnavailable as error:
        pytest.skip(str(error))

    found = [
        graded(tmp_path, "--backend", "docker", *more)
        for more in ([], ["--runtime", "runsc"], [], ["--runtime", "runsc"])
    ]

    assert [lines for lines, _ in found] == [1, 2, 2, 2]
    assert [report["conditions"][0]["conditions"]["runtime"] for _, report in found] == ["runc", "runsc"] * 2
    assert ["gvisor" in report["provenance"]["layers"] for _, report in found] == [False, True] * 2


@pytest.mark.docker
def test_another_image(tmp_path: Path, python_image: str) -> None:
    """The same name for another image is another image."""
    from boxscore.images.engine import engine  # noqa: PLC0415 - brings the SDK

    with engine("making an image") as client:
        name = f"boxscore-test/keys-{os.getpid()}"
        base = client.images.get(python_image)
        base.tag(name, "one")
        made = client.api.create_container(base.id, ["true"])
        changed = client.api.commit(made["Id"], name, "two", changes=["LABEL other=1"])
        client.api.remove_container(made["Id"])
        try:
            first, _ = graded(tmp_path, "--backend", "docker", "--image", f"{name}:one")
            client.images.get(changed["Id"]).tag(name, "one")
            second, report = graded(tmp_path, "--backend", "docker", "--image", f"{name}:one")
        finally:
            for tag in ("one", "two"):
                client.images.remove(f"{name}:{tag}", force=True)

    assert (first, second) == (1, 2)
    assert report["conditions"][0]["conditions"]["image_digest"] == changed["Id"]
