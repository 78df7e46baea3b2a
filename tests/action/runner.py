"""A runner of workflows, as far as `action.yml` needs one: it runs the file's own steps, as GitHub's does."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.action.github_server import REPOSITORY_ID, FakeGitHub, zipped_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

yaml = pytest.importorskip("yaml", reason="no PyYAML, which huggingface_hub brings")
ACTION = Path(__file__).parents[2] / "action.yml"
EXPRESSION = re.compile(r"\$\{\{ *(.*?) *\}\}")


class Runner:
    """A job of a run of a workflow, which uses the action; artifacts go to a GitHub, and outputs are kept."""

    def __init__(  # noqa: PLR0913 - what tests vary, by keyword
        self,
        folder: Path,
        github: FakeGitHub,
        *,
        run_id: int,
        event: str = "push",
        payload: Mapping[str, Any] | None = None,
        branch: str = "main",
    ) -> None:
        self.folder, self.github, self.run_id, self.branch = folder, github, run_id, branch
        self.workspace = folder / "workspace"
        self.workspace.mkdir(parents=True)
        python = folder / "temp" / "boxscore-python" / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text(
            f'#!/bin/sh\nexec {sys.executable} "$@"\n'
        )  # what the step that installs would have put there
        python.chmod(0o755)
        (folder / "event.json").write_text(json.dumps(payload or {}))
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("INPUT_", "GITHUB_"))}
        self._environ = {
            **kept,
            **{key: value for key, value in github.environ().items() if key != "GITHUB_TOKEN"},
            "GITHUB_RUN_ID": str(run_id),
            "GITHUB_EVENT_NAME": event,
            "GITHUB_EVENT_PATH": str(folder / "event.json"),
            "RUNNER_TEMP": str(folder / "temp"),
            "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
        }
        self.log = ""
        self.uploaded: list[str] = []
        self.outputs: dict[str, str] = {}

    def uses(self, inputs: Mapping[str, str], **environ: str) -> int:
        """Use the action; return the exit code of the step that fails, or 0. `environ` is that of the using step."""
        action = yaml.safe_load(ACTION.read_text("utf-8"))
        given = {name: one["default"] for name, one in action["inputs"].items()} | dict(inputs)
        context: dict[str, Any] = {"inputs": given, "steps": {}, "github": {"token": self._token(), "action_path": "/"}}
        failed = 0
        for number, step in enumerate(action["runs"]["steps"]):
            condition = str(step.get("if", "true"))
            if step.get("name") == "Install boxscore" or not _holds(condition, context, failed=bool(failed)):
                continue
            outputs: dict[str, str] = {}
            if "run" in step:
                code, outputs = self._run(step, context, number, environ)
                failed = failed or code
            elif step["uses"].startswith("actions/upload-artifact@"):
                outputs = self._upload(step["with"], context)
            context["steps"][step.get("id", str(number))] = {"outputs": outputs}
        self.outputs = {name: _filled(one["value"], context) for name, one in action["outputs"].items()}
        return failed

    def summary(self) -> str:
        return (self.folder / "summary.md").read_text("utf-8")

    def _token(self) -> str:
        return self.github.environ()["GITHUB_TOKEN"]

    def _run(
        self, step: dict[str, Any], context: dict[str, Any], number: int, environ: Mapping[str, str]
    ) -> tuple[int, dict[str, str]]:
        output = self.folder / f"output-{len(self.log)}-{number}"
        output.touch()
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            env={
                **self._environ,
                **environ,
                **{name: _filled(text, context) for name, text in step["env"].items()},
                "GITHUB_OUTPUT": str(output),
            },
            cwd=self.workspace / _filled(step.get("working-directory", "."), context),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=900,
            check=False,
        )
        self.log += done.stdout
        found = re.findall(
            r"^([a-z-]+)<<([0-9a-f]{32})\n(.*?)\n\2$", output.read_text("utf-8"), re.MULTILINE | re.DOTALL
        )
        return done.returncode, {name: value for name, _, value in found}

    def _upload(self, given: dict[str, str], context: dict[str, Any]) -> dict[str, str]:
        name, path = _filled(given["name"], context), Path(_filled(given["path"], context))
        number = self.github.add_artifact(
            name,
            zipped_folder(path),
            run_id=self.run_id,
            branch=self.branch,
            head=REPOSITORY_ID,
            created=f"2026-11-{self.run_id % 28 + 1:02}T00:00:00Z",
        )
        self.uploaded.append(name)
        return {"artifact-url": f"https://github.com/owner/models/actions/runs/{self.run_id}/artifacts/{number}"}


def _value(expression: str, context: dict[str, Any]) -> str:
    found: Any = context
    for part in expression.split("."):
        found = found.get(part, {}) if isinstance(found, dict) else {}
    return found if isinstance(found, str) else ""


def _said(expression: str, context: dict[str, Any]) -> str:
    names = r"(?<!')\b(?:inputs|steps|github)(?:\.[a-z_-]+)+"
    text = re.sub(names, lambda one: repr(_value(one[0], context)), expression)
    return text.replace("&&", " and ").replace("||", " or ").replace("!cancelled()", "True")


def _filled(text: str, context: dict[str, Any]) -> str:
    return EXPRESSION.sub(lambda one: str(eval(_said(one[1], context))), text)  # our own file


def _holds(condition: str, context: dict[str, Any], *, failed: bool) -> bool:
    if failed and "cancelled()" not in condition:
        return False
    found = EXPRESSION.fullmatch(condition)
    return bool(eval(_said(found[1] if found else condition.replace("true", "True"), context)))
