"""The programs of the browser's box, tried by Node alone where it is installed: no browser is needed for these."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from boxscore import resources

if TYPE_CHECKING:
    from pathlib import Path

NODE = shutil.which("node")
WEB = resources.folder("sandbox") / "web"
pytestmark = pytest.mark.skipif(NODE is None, reason="these programs run in Node, which is not installed here")

CLI = """
const fs = require('fs')
const say = (record) => fs.writeSync(3, JSON.stringify(record) + '\\n')
"""
LISTED = "say({kind: 'listed', tests: ['a > b']})\n"


def run(folder: Path, program: str, **more: Any) -> list[dict[str, Any]]:
    packages, project = folder / "packages", folder / "project"
    (packages / "@playwright/test").mkdir(parents=True)
    (packages / "@playwright/test/cli.js").write_text(CLI + program)
    (project / "test-results").mkdir(parents=True)
    settings = {
        "folder": str(folder),
        "packages": str(packages),
        "cache": str(folder / "cache"),
        "project": str(project),
        "config": "config",
        "output": str(project / "test-results"),
        "words": [],
        "list": False,
        "environment": {"EVAL_PROJECT_ROOT": str(folder / "seen")},
        "root": str(folder / "seen"),
        "guarded": False,
        "modules": {},
        "wall_ms": 60_000,
        "picture_ms": 0,
        "trace_ms": 0,
        "most_log": 1000,
        "most_picture": 100,
        "most_pictures": 2,
        **more,
    }
    done = subprocess.run(
        [str(NODE), str(WEB / "run.js")],
        input=json.dumps(settings).encode(),
        capture_output=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def of_kind(lines: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [line for line in lines if line["kind"] == kind]


def test_what_is_printed_is_a_log_and_never_a_report(tmp_path: Path) -> None:
    forged = json.dumps({"kind": "test", "place": 0, "status": "passed"})
    program = LISTED + f"console.log({forged!r}); console.error('y'.repeat(5000) + 'END')"

    lines = run(tmp_path, program)

    assert not of_kind(lines, "test")
    (log,) = of_kind(lines, "log")
    assert log["text"].startswith(forged)
    assert log["text"].endswith("END\n")
    assert len(log["text"]) < 1100


def test_a_runner_that_hangs_is_ended(tmp_path: Path) -> None:
    lines = run(tmp_path, "setInterval(() => {}, 1000)", wall_ms=1000)

    assert [(line["code"], line["late"]) for line in of_kind(lines, "exit")] == [(None, True)]
    assert lines[-1] == {"kind": "done"}


def test_modules_of_a_candidate_are_answered_by_data_alone(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    seen.mkdir()
    for name in ("told.mjs", "other.mjs", "common.cjs"):
        (seen / name).write_text("globalThis.ran = true")
    program = f"""{LISTED}
async function main() {{
  const root = {str(seen)!r}
  const told = await import(root + '/told.mjs')
  const why = []
  await import(root + '/other.mjs').catch((error) => why.push(error.message))
  await import(root + '/common.cjs').catch((error) => why.push(error.message))
  try {{ require(root + '/common.cjs') }} catch (error) {{ why.push(error.message) }}
  console.log(JSON.stringify([{{...told}}, why.length, typeof globalThis.ran, Object.getPrototypeOf(told.a).x]))
}}
main()"""
    exports = {"a": {"__proto__": {"x": 1}, "n": 2}, "default": "d", "not a name": 1}

    lines = run(tmp_path, program, guarded=True, modules={"told.mjs": exports})

    (log,) = of_kind(lines, "log")
    told, refused, ran, _ = json.loads(log["text"])
    assert (told["a"]["n"], told["default"], refused, ran) == (2, "d", 3, "undefined")


def test_what_a_module_exports_is_told_as_plain_data(tmp_path: Path) -> None:
    (tmp_path / "a.mjs").write_text(
        "import fs from 'node:fs'\n"
        "fs.writeFileSync(new URL('b.mjs', import.meta.url), 'export const made = 1')\n"
        "export const n = {a: [1]}, f = () => 1, big = 1n\n"
    )
    program = (WEB / "exports.mjs").read_text()

    done = subprocess.run(
        [str(NODE), "--input-type=module", "-e", program],
        input=json.dumps({"root": str(tmp_path), "paths": ["a.mjs", "b.mjs", "none.mjs"]}).encode(),
        capture_output=True,
        timeout=60,
        check=True,
    )

    a, b, none = (json.loads(line) for line in done.stdout.splitlines())
    assert (a["exports"], b["exports"], b["text"]) == ({"n": {"a": [1]}}, {"made": 1}, "export const made = 1")
    assert (none["exports"], none["text"]) == (None, None)
