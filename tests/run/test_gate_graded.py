"""The reference gate as users meet it: instances whose references do not resolve, in real boxes."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

import boxscore
from boxscore.cli import app
from tests.tiny_patches import PREFIX, ROOT, ROWS, samples_of

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore import Backend

HARNESS = """\
import boxscore

class Toy(boxscore.FunctionHarness):
    name = "toy"
    title = "toy: one function, and one that nobody can write"
    source = boxscore.DataSource(path={path!r})

HARNESS = Toy()
"""
DOUBLE = {
    "task_id": "double",
    "prompt": 'def double(number):\n    """Give twice the number."""\n',
    "entry_point": "double",
    "reference": "    return number + number\n",
    "tests": "assert double(4) == 8\n",
}
BEYOND = DOUBLE | {"task_id": "beyond", "reference": "    import net_of_1999\n    return 2 * number\n"}
NETWORK_TEST = """\
import unittest
from urllib.request import urlopen


class NetworkTest(unittest.TestCase):
    def test_fetch(self):
        self.assertEqual(urlopen("http://example.invalid/").status, 200)
"""
FETCH = "test_fetch (tests.test_network.NetworkTest)"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BOXSCORE_CACHE", str(tmp_path / "cache"))
    return tmp_path


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        app.main(list(words))
    return int(ended.value.code or 0)


def lines(path: Path) -> list[dict[str, object]]:
    found = [json.loads(line) for line in (path / "results.jsonl").read_text().splitlines()]
    return sorted(found, key=lambda one: (str(one["instance_id"]), str(one["sample_id"])))


def write(path: Path, *rows: object) -> Path:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return path


@pytest.fixture
def toy(folder: Path) -> str:
    data = write(folder / "toy.jsonl", DOUBLE, BEYOND)
    (folder / "toy.py").write_text(HARNESS.format(path=str(data)))
    return str(folder / "toy.py")


@pytest.mark.bubblewrap
@pytest.mark.usefixtures("local_backend")
def test_a_function_that_nobody_can_write_here_is_not_charged(
    folder: Path, toy: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Its samples are internal, resume asks the cache, the score is that of the rest, and --no-gate charges them."""
    wrong = ({"task_id": one, "completion": f"    return {n}\n"} for one in ("double", "beyond") for n in (1, 2))
    write(folder / "s.jsonl", *wrong, {"task_id": "double", "completion": "    return 2 * number\n"})
    graded = ("grade", toy, "-p", "s.jsonl", "--backend", "local", "-q", "--out")

    first, again = run(*graded, "run"), run(*graded, "run")
    capfd.readouterr()
    told = run("report", "run", "--json")
    report = json.loads(capfd.readouterr().out)
    charged = run(*graded, "charged", "--no-gate")

    assert (first, again, told, charged) == (0, 0, 0, 0)
    beyond = [one for one in lines(folder / "run") if one["instance_id"] == "beyond"]
    assert {(one["outcome"], one["unresolvable"]) for one in beyond} == {("internal", True)}
    (cause,) = {str(one["reason"]) for one in beyond}
    assert cause.startswith("the reference does not resolve here: error: ModuleNotFoundError")
    assert report["unresolvable"] == [{"instance_id": "beyond", "samples": 2, "reason": cause}]
    assert (report["pass_at_k"]["1"]["value"], report["samples"]) == (pytest.approx(1 / 3), 3)
    assert (report["resolved"]["of_all"], report["resolved"]["of_resolvable"]) == pytest.approx((1 / 6, 1 / 3))
    assert [one["outcome"] for one in lines(folder / "charged")] == ["wrong"] * 4 + ["passed"]


@pytest.mark.bubblewrap
@pytest.mark.usefixtures("local_backend")
def test_validate_tells_the_gate(folder: Path, toy: str, capfd: pytest.CaptureFixture[str]) -> None:
    """It lists what cannot be resolved here, and a run goes by that without grading a reference itself."""
    validated = run("validate", toy, "--backend", "local", "--repeats", "3", "--json")
    found = json.loads(capfd.readouterr().out)
    write(folder / "s.jsonl", *({"task_id": one, "completion": "    return 1\n"} for one in ("double", "beyond")))
    run(
        "grade", toy, "-p", "s.jsonl", "--backend", "local", "--gate-repeat", "3", "--out", "run", "--log-level", "info"
    )

    assert validated == 1
    assert [one["instance_id"] for one in found["unresolvable"]] == ["beyond"]
    assert [one["outcome"] for one in lines(folder / "run")] == ["internal", "wrong"]
    said = capfd.readouterr().err
    assert "run_started" in said
    assert "reference_" not in said


@pytest.mark.bubblewrap
@pytest.mark.usefixtures("local_backend")
def test_the_python_api_has_the_gate(toy: str) -> None:
    """It charges no sample of such an instance unless it is told to; references that are graded ask no gate."""
    one = boxscore.Sample(instance_id="beyond", sample_id="0", text="def double(number):\n    return 1\n")

    kept_out = boxscore.grade(toy, [one], backend="local")
    charged = boxscore.grade(toy, [one], backend="local", gate=0)
    gold = boxscore.grade(toy, backend="local")

    assert (kept_out.outcomes, kept_out.invalid) == ({"internal": 1}, True)
    assert charged.outcomes == {"wrong": 1}
    assert gold.outcomes == {"error": 1, "passed": 1}


@pytest.fixture
def purse(folder: Path, docker_backend: Backend) -> Path:
    assert docker_backend.name == "docker"
    row = ROWS["purse"]
    shutil.copytree(ROOT / "purse", folder / "data" / "purse")
    patch = folder / "data" / "purse" / "test.patch"
    added = NETWORK_TEST.splitlines()
    head = f"--- /dev/null\n+++ b/tests/test_network.py\n@@ -0,0 +1,{len(added)} @@\n"
    whole = "".join(f"+{line}\n" for line in added)
    name = "tests/test_network.py"
    patch.write_text(f"{patch.read_text()}diff --git a/{name} b/{name}\nnew file mode 100644\n{head}{whole}")
    changed = {
        "fail_to_pass": [*row["fail_to_pass"], FETCH],
        "commands": [f"{row['commands'][0]} tests.test_network"],
    }
    return write(folder / "data" / "instances.jsonl", row | changed)


@pytest.mark.slow
@pytest.mark.docker
@pytest.mark.timeout(600)
def test_a_patch_of_an_instance_that_needs_a_network_is_not_charged(
    folder: Path, purse: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The reference is graded before the first patch, once; no patch is run, and what was seen is shown."""
    names = ("gold", "wrong")
    given = ({"instance_id": f"{PREFIX}purse", "sample_id": one} for one in names)
    write(folder / "p.jsonl", *(one | {"solution": samples_of("purse")[one["sample_id"]]["solution"]} for one in given))
    graded = (
        "grade",
        "tiny-patches",
        "--data",
        str(purse),
        "-p",
        "p.jsonl",
        "--log-level",
        "info",
        "-q",
        "--out",
        "run",
    )

    first, again = run(*graded), run(*graded)
    said = capfd.readouterr().err
    checked = run("images", "check", "tiny-patches", "--data", str(purse), "--json")
    (image,) = json.loads(capfd.readouterr().out)

    results = lines(folder / "run")
    assert (first, again, checked) == (3, 3, 0)  # no instance is left: the run is not valid
    assert {(one["outcome"], one["unresolvable"]) for one in results} == {("internal", True)}
    assert {one["sample_id"] for one in results} == set(names)
    (cause,) = {str(one["reason"]) for one in results}
    assert cause.startswith("the reference does not resolve here: wrong: FAIL_TO_PASS 5 of 6, PASS_TO_PASS 10 of 10")
    assert cause.endswith(f"not passed: {FETCH}")
    assert image["unresolvable"] == cause
    assert said.count("reference_started") == 1
