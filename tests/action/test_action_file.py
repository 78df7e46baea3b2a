"""`action.yml`, and the workflows of the docs and of this repository: whole, pinned, and nothing injected."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from boxscore.action.__main__ import STEPS
from boxscore.action.inputs import JobPaths, read_inputs
from boxscore.action.verdict import outputs_of
from tests.action.verdicts import verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

yaml = pytest.importorskip("yaml", reason="no PyYAML, which huggingface_hub brings")

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "github-action.md").read_text("utf-8")
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
ASKED = {  # what users of such actions look for
    *("benchmark", "predictions", "model", "samples", "k", "baseline", "margin", "fail-under", "on-inconclusive"),
    *("max-cost", "limit", "version", "python-version", "working-directory", "upload", "retention-days"),
}
GIVEN = {
    *("verdict", "score", "low", "high", "difference", "difference-low", "difference-high", "fixed", "broken"),
    *("internal", "smallest-margin", "cost-usd", "report-path", "run-dir", "artifact-url", "exit-code"),
}
HARMFUL = (
    '"; touch pwned; "',
    "$(touch pwned)",
    "`touch pwned`",
    "'; touch pwned; '",
    "a\ntouch pwned",
    "x[$(touch pwned)]",
)


def workflows() -> Iterator[tuple[str, str]]:
    for block in re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL):
        named = re.match(r"# \.github/workflows/(\S+)\n", block)
        if named is not None:
            yield named[1], block
    for path in sorted((ROOT / ".github" / "workflows").glob("*.yml")):
        yield path.name, path.read_text("utf-8")


def steps() -> list[dict[str, Any]]:
    return list(ACTION["runs"]["steps"])


def section(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def named_in(text: str) -> set[str]:
    cells = re.findall(r"^\| (.*?) \|", text, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([a-z-]+)`", cell)}


def test_inputs_and_outputs() -> None:
    verdicts = {"pass", "fail", "invalid", "inconclusive"}

    assert set(ACTION["inputs"]) >= ASKED
    assert set(ACTION["outputs"]) == GIVEN
    assert named_in(section("Inputs")) == set(ACTION["inputs"])
    assert named_in(section("Outputs")) - verdicts == GIVEN


def test_the_wiring() -> None:
    """What the file reads of its steps' outputs they set, and what they are given are inputs."""
    text = (ROOT / "action.yml").read_text("utf-8")
    made = {
        "grade": set(outputs_of(verdict(), JobPaths(ROOT))),
        "sample": {"run-dir", "cost-usd", "exit-code"},
        "python": {"python-path"},
        "upload": {"artifact-url"},
        "upload-samples": {"artifact-url"},
    }

    used = re.findall(r"steps\.([a-z-]+)\.outputs\.([a-z-]+)", text)
    assert used
    assert [(step, name) for step, name in used if name not in made[step]] == []
    assert set(re.findall(r"inputs\.([a-z-]+)", text)) == set(ACTION["inputs"])
    assert re.findall(r"INPUT_([A-Z_]+): \$\{\{ inputs\.([a-z-]+) \}\}", text)
    for variable, name in re.findall(r"INPUT_([A-Z_]+): \$\{\{ inputs\.([a-z-]+) \}\}", text):
        assert variable == name.upper().replace("-", "_")


def test_every_step_runs() -> None:
    called = re.findall(r"-m boxscore\.action ([a-z]+)", (ROOT / "action.yml").read_text("utf-8"))

    assert sorted(called) == sorted(STEPS)
    assert all(f"`{name}`" in section("Runners") for name in STEPS)


def test_no_script_holds_an_input() -> None:
    scripts = [step for step in steps() if "run" in step]
    jobs = [job for _, text in workflows() for job in yaml.safe_load(text)["jobs"].values()]
    scripts += [step for job in jobs for step in job["steps"] if "run" in step]

    assert len(scripts) > 8
    assert [step["run"] for step in scripts if "${{" in step["run"]] == []
    assert {step["shell"] for step in steps() if "run" in step} == {"bash"}


def test_everything_is_pinned() -> None:
    texts = [(ROOT / "action.yml").read_text("utf-8"), *(text for _, text in workflows())]
    used = [line for text in texts for line in re.findall(r"^\s*(?:- )?uses: (.*)$", text, re.MULTILINE)]

    assert len(used) > 10
    for line in used:
        assert line.startswith("./") or re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


def test_who_has_the_token() -> None:
    having = [step["name"] for step in steps() if "github.token" in str(step.get("env", ""))]

    assert having == ["Find the baseline"]


def test_workflows_ask_for_little() -> None:
    for name, text in workflows():
        found = yaml.safe_load(text)
        assert found["permissions"] == {}, name
        assert "pull_request_target" not in text
        for job in found["jobs"].values():
            writes = "write" in job["permissions"].values()
            assert not (writes and _ours(job)), name
            keys = "secrets." in str(job)
            assert not keys or [step["with"]["step"] for step in _ours(job)] == ["sample"]


def _ours(job: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for step in job["steps"] if step.get("uses", "").startswith(("boxscore/", "./"))]


def installed(tmp_path: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the script that installs, with programs in place of Python that write down how they are called."""
    (script,) = [step["run"] for step in steps() if step.get("name") == "Install boxscore"]
    tools, python = tmp_path / "tools", tmp_path / "temp" / "boxscore-python" / "bin"
    for folder, name in ((tools, "python3"), (python, "python")):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f'#!/bin/sh\nprintf "%s\\n" {name} "$@" >>{tmp_path}/called\n')
        (folder / name).chmod(0o755)
    usual = {
        "PATH": f"{tools}:{os.environ['PATH']}",
        "RUNNER_TEMP": str(tmp_path / "temp"),
        "ACTION_PATH": "/action",
        "PYTHON": "python3",
    }
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        env={**usual, "STEP": "grade", "VERSION": "", **environ},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({}, "/action"),
        ({"STEP": "sample"}, "/action[models]"),
        ({"VERSION": "0.1.0"}, "boxscore==0.1.0"),
        ({"VERSION": "1.2rc1"}, "boxscore==1.2rc1"),
    ],
)
def test_what_is_installed(tmp_path: Path, environ: dict[str, str], wanted: str) -> None:
    assert installed(tmp_path, **environ).returncode == 0
    assert (tmp_path / "called").read_text().splitlines()[-1] == wanted


@pytest.mark.parametrize("harm", HARMFUL)
@pytest.mark.parametrize("name", ["VERSION", "STEP"])
def test_a_script_in_an_input(tmp_path: Path, name: str, harm: str) -> None:
    done = installed(tmp_path, **{name: harm})

    assert (done.returncode, done.stdout.startswith("::error::input ")) == (2, True)
    assert not list(tmp_path.rglob("pwned"))


@pytest.mark.parametrize("harm", HARMFUL)
@pytest.mark.parametrize("name", ["sample", "baseline", "grade"])
def test_a_script_in_any_other_input(tmp_path: Path, name: str, harm: str) -> None:
    (script,) = [step["run"] for step in steps() if step.get("run", "").endswith(f"boxscore.action {name}")]
    python = tmp_path / "temp" / "boxscore-python" / "bin"
    python.mkdir(parents=True)
    (python / "python").write_text('#!/bin/sh\nprintf "%s " "$@"\n')
    (python / "python").chmod(0o755)
    inputs = {f"INPUT_{one.upper().replace('-', '_')}": harm for one in ACTION["inputs"]}

    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        env={"PATH": os.environ["PATH"], "RUNNER_TEMP": str(tmp_path / "temp"), **inputs},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert done.stdout == f"-P -m boxscore.action {name} "
    assert not list(tmp_path.rglob("pwned"))


def test_defaults() -> None:
    given = {f"INPUT_{name.upper().replace('-', '_')}": one["default"] for name, one in ACTION["inputs"].items()}
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| (.*?)\|", section("Inputs"), re.MULTILINE))

    assert read_inputs(given) == read_inputs({})
    assert {name: value.strip().strip("`") for name, value in rows.items()} == {
        name: one["default"] for name, one in ACTION["inputs"].items()
    }


@pytest.mark.parametrize(("program", "arguments"), [("actionlint", ("-no-color",)), ("zizmor", ("--offline", "."))])
def test_linters(tmp_path: Path, program: str, arguments: tuple[str, ...]) -> None:
    found = shutil.which(program, path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if found is None:
        how = (
            "`go install github.com/rhysd/actionlint/cmd/actionlint@latest`"
            if program == "actionlint"
            else "`pip install zizmor`"
        )
        pytest.skip(f"no {program}: {how}")
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    shutil.copy(ROOT / "action.yml", tmp_path)
    for name, text in workflows():
        (folder / name).write_text(text)
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True, timeout=60)

    done = subprocess.run([found, *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
