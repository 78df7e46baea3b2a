"""Two benchmarks that boxscore knows nothing of, each in one place, through its own commands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from boxscore.cli.app import make_app

if TYPE_CHECKING:
    from boxscore import Backend

HERE = Path(__file__).parent
TOY, PATCHES = str(HERE / "toy.py"), str(HERE / "toy_patches")
EMPTY = "diff --git a/new.txt b/new.txt\nnew file mode 100644\n--- /dev/null\n+++ b/new.txt\n@@ -0,0 +1 @@\n+x\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BOXSCORE_CACHE", str(tmp_path / "cache"))
    return tmp_path


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(make_app(), list(words))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_a_benchmark_of_functions_is_thirty_lines() -> None:
    assert len(Path(TOY).read_text("utf-8").splitlines()) <= 30


@pytest.mark.parametrize("plugin", [TOY, PATCHES])
def test_shown(plugin: str) -> None:
    """Without a box, what a benchmark is can be looked at."""
    code, printed = run("show", plugin)

    assert code == 0
    assert "toy" in printed


@pytest.mark.bubblewrap
@pytest.mark.usefixtures("local_backend")
def test_functions_are_graded_validated_and_reported(folder: Path) -> None:
    wrong = {"task_id": "toy/double", "completion": "    return number\n"}
    (folder / "s.jsonl").write_text(json.dumps(wrong) + "\n")

    gold, _ = run("grade", TOY, "--gold", "--backend", "local", "--out", "gold", "-q")
    graded, _ = run("grade", TOY, "-p", "s.jsonl", "--backend", "local", "--out", "run", "-q")
    validated, _ = run("validate", TOY, "--backend", "local")
    reported, printed = run("report", "run", "--json")

    assert (gold, graded, validated, reported) == (0, 0, 0, 0)
    assert [one["outcome"] for one in lines(folder / "gold" / "results.jsonl")] == ["passed"] * 2
    assert [one["outcome"] for one in lines(folder / "run" / "results.jsonl")] == ["wrong"]
    assert json.loads(printed)["outcomes"]["wrong"] == 1


@pytest.mark.slow
@pytest.mark.bubblewrap
@pytest.mark.usefixtures("local_backend")
def test_functions_are_attacked() -> None:
    assert run("attack", TOY, "--backend", "local", "-i", "toy/double")[0] == 0


@pytest.fixture(name="built")
def fixture_built(docker_backend: Backend) -> None:
    assert docker_backend.name == "docker"
    if run("images", "build", PATCHES)[0] != 0:
        pytest.skip("the base of its image cannot be had here")


@pytest.mark.docker
@pytest.mark.usefixtures("built")
def test_patches_are_graded(folder: Path) -> None:
    (folder / "s.jsonl").write_text(json.dumps({"instance_id": "toy-patches/total", "model_patch": EMPTY}) + "\n")

    gold, _ = run("grade", PATCHES, "--gold", "--apply", "leniently", "--out", "gold", "-q")
    graded, _ = run("grade", PATCHES, "-p", "s.jsonl", "--out", "run", "-q", "--benchmark-files", str(folder))

    (passed,), (failed,) = (lines(folder / name / "results.jsonl") for name in ("gold", "run"))
    assert (gold, graded) == (0, 0)
    assert (passed["outcome"], failed["outcome"]) == ("passed", "wrong")
    assert passed["detail"]["applied"]["rung"] == "git apply"  # type: ignore[index]
    assert [(folder / name).read_text() for name in ("gold/resolved.txt", "resolved.txt")] == ["1 of 1\n", "0 of 1\n"]


@pytest.mark.slow  # as any instance's, which the tests of `validate` show
@pytest.mark.docker
@pytest.mark.usefixtures("built")
def test_patches_are_validated() -> None:
    assert run("validate", PATCHES, "-n", "1")[0] == 0
