"""Reports that runners write if they are asked: how they are asked, and what is read."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from boxscore.protocols.patch.logs import parse_log
from boxscore.protocols.patch.must_fail.structured import PLACE, read_report, with_report
from boxscore.protocols.statuses import Status

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("parser", "command", "asked"),
    [
        ("jest", "npx jest --verbose a.test.js", f"npx jest --json --outputFile={PLACE}0.json --verbose a.test.js"),
        ("jest", "node_modules/.bin/jest", f"node_modules/.bin/jest --json --outputFile={PLACE}0.json"),
        (
            "vitest",
            "npx vitest run",
            f"npx vitest run --reporter=default --reporter=json --outputFile.json={PLACE}0.json",
        ),
        (
            "vitest",
            "vitest run --reporter=verbose a",
            f"vitest run --reporter=json --outputFile.json={PLACE}0.json --reporter=verbose a",
        ),
        (
            "tap",
            "node --test --test-reporter=tap a.js",
            (
                "node --test --test-reporter=tap --test-reporter-destination=stdout --test-reporter=junit "
                f"--test-reporter-destination={PLACE}0.xml a.js"
            ),
        ),
        (
            "go",
            "cd x; go test -v ./...",
            (
                f"exec 9>&1; trap 'cat {PLACE}0.jsonl >&9' EXIT; {{ cd x; go test -json -v ./...\n}} "
                f">{PLACE}0.jsonl 2>&1; status=$?; trap - EXIT; cat {PLACE}0.jsonl; (exit $status)"
            ),
        ),
    ],
)
def test_runners_are_asked_by_their_command(parser: str, command: str, asked: str) -> None:
    """The log stays what a parser reads."""
    assert with_report(parser, [command]) == ((asked,), (f"{PLACE}*",))


@pytest.mark.parametrize("code", [0, 1])
@pytest.mark.parametrize("before", ["", "set -e\n", "set -eo pipefail; "])
def test_a_log_is_printed_however_the_shell_ends(tmp_path: Path, before: str, code: int) -> None:
    """Commands that end their shell at the first failure print the lines once too, and what they exit with stays."""
    (tmp_path / "go").write_text(f"#!/bin/sh\necho one; exit {code}\n")
    (tmp_path / "go").chmod(0o755)
    (line,), _ = with_report("go", [f"{before}export PATH={tmp_path}:$PATH\ngo test -v ./..."])

    done = subprocess.run(
        ["bash", "-c", line.replace(PLACE, str(tmp_path / "report"))], capture_output=True, text=True, check=False
    )

    assert (done.stdout, done.returncode) == ("one\n", code)
    assert (tmp_path / "report0.jsonl").read_text() == "one\n"


@pytest.mark.parametrize(
    ("parser", "command"),
    [
        ("jest", "npm test"),
        ("jest", "jest --json a.test.js"),
        ("jest", "cat jest.config.js"),
        ("mocha", "mocha test"),
        ("tap", "tape test"),
        ("go", "make test"),
        ("go", "go test -json ./..."),
    ],
)
def test_what_cannot_be_asked_is_left_alone(parser: str, command: str) -> None:
    """A script of a package, a report that is made already, or a runner that has none beside its log."""
    assert with_report(parser, [command]) == ((command,), ())


def test_reports_of_jest_name_files() -> None:
    """What is pending, todo or of a word that nobody knows did not pass."""
    words = ("passed", "failed", "pending", "todo", "other")
    results = [{"title": word, "status": word} for word in words]
    report = json.dumps({"numTotalTests": 5, "testResults": [{"name": "/a.test.js", "assertionResults": results}]})

    found = {case.name: (case.classname, case.status) for case in read_report(report)}

    assert found["passed"] == ("/a.test.js", Status.PASSED)
    assert found["failed"] == ("/a.test.js", Status.FAILED)
    assert {found[word][1] for word in words[2:]} == {Status.SKIPPED}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"testResults": 1}', "<a/>", "null", '{"Action": 1}', "[" * 5000])
def test_what_is_no_report_has_no_cases(text: str) -> None:
    """A candidate may have written anything."""
    assert read_report(text) == ()


def test_logs_of_go_may_be_lines_of_json() -> None:
    """What tests printed is in them."""
    said = ["=== RUN   TestA\n", "--- PASS: TestA (0.00s)\n", "    --- SKIP: TestA/b (0.00s)\n"]
    log = "\n".join([*(json.dumps({"Action": "output", "Test": "TestA", "Output": one}) for one in said), '{"Output":'])

    assert parse_log("go", log) == {"TestA": Status.PASSED, "TestA/b": Status.SKIPPED}
