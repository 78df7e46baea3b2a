"""SWE-bench's records as tasks of the patch protocol."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from boxscore import InputError, PatchTask, UsageError
from harnesses.swebench import load_swebench, swebench_task
from harnesses.swebench.row import published_image
from harnesses.swebench.rules import V4, V5

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from boxscore import Instance

TEST_PATCH = (
    "diff --git a/tests/test_it.py b/tests/test_it.py\n--- a/tests/test_it.py\n+++ b/tests/test_it.py\n"
    "@@ -1 +1 @@\n-a\n+b\n"
    "diff --git a/tests/data.json b/tests/data.json\n--- a/tests/data.json\n+++ b/tests/data.json\n"
    "@@ -1 +1 @@\n-1\n+2\n"
)
PATCH = "diff --git a/lib/it.py b/lib/it.py\ndiff --git a/setup.cfg b/setup.cfg\n"
EVAL = f"""#!/bin/bash
set -uxo pipefail
source /opt/miniconda3/bin/activate
conda activate testbed
cd /testbed
export TZ=UTC
git config --global --add safe.directory /testbed
git status
git show
git -c core.fileMode=false diff 0123abcd
python -m pip install -e .
git checkout 0123abcd tests/test_it.py
git apply -v - <<'EOF_114329324912'
{TEST_PATCH}
EOF_114329324912
touch /testbed/ready
: '>>>>> Start Test Output'
pytest -rA tests/test_it.py
: '>>>>> End Test Output'
git checkout 0123abcd tests/test_it.py
"""
SPEC: dict[str, Any] = {
    "python": "3.9",
    "packages": "numpy 'scipy<2'",
    "pip_packages": ["attrs==23.1.0"],
    "install": "python -m pip install .",
    "test_cmd": "pytest -rA",
}


def record(**changes: object) -> dict[str, object]:
    return {
        "repo": "sqlfluff/sqlfluff",
        "instance_id": "org__lib-1",
        "base_commit": "0123abcd",
        "patch": PATCH,
        "test_patch": TEST_PATCH,
        "problem_statement": "It is wrong.",
        "created_at": "2024-01-02T03:04:05Z",
        "version": "1.0",
        "FAIL_TO_PASS": '["tests/test_it.py::test_a"]',
        "PASS_TO_PASS": '["tests/test_it.py::test_b", "tests/test_it.py::test_c"]',
        "environment_setup_commit": "4567cdef",
        **changes,
    }


def loaded(
    folder: Path, *records: dict[str, object], specs: dict[str, Any] | None = None, language: str = "py"
) -> Sequence[Instance]:
    (folder / "rows.jsonl").write_text("".join(json.dumps(one) + "\n" for one in records))
    repo = str(records[0]["repo"])
    table = {"MAP_REPO_VERSION_TO_SPECS": {repo: {"1.0": specs or SPEC}}, "MAP_REPO_TO_EXT": {repo: language}}
    (folder / "v4.1.0_repo_version_specs.json").write_text(json.dumps(table))
    return load_swebench(folder / "rows.jsonl")


def task(folder: Path, *, specs: dict[str, Any] | None = None, language: str = "py", **changes: object) -> PatchTask:
    return swebench_task(loaded(folder, record(**changes), specs=specs, language=language)[0])


@pytest.mark.parametrize(
    "form", ['["a b", "c"]', "['a b', 'c']", ["a b", "c"]], ids=["JSON text", "Python text", "list"]
)
def test_forms_of_test_lists(tmp_path: Path, form: object) -> None:
    made = task(tmp_path, FAIL_TO_PASS=form, PASS_TO_PASS=[])

    assert made.fail_to_pass == ("a b", "c")
    assert made.pass_to_pass == ()


@pytest.mark.parametrize("form", ["no list", '{"a": 1}', 3, [1], "[" * 100_000])
def test_broken_test_lists(tmp_path: Path, form: object) -> None:
    with pytest.raises(InputError, match=r"rows\.jsonl:1: field 'FAIL_TO_PASS'"):
        loaded(tmp_path, record(FAIL_TO_PASS=form))


def test_pytest_commands(tmp_path: Path) -> None:
    """Pytest is given the test files of the test patch, without data, and asked for a report."""
    made = task(tmp_path)

    assert made.commands[0].splitlines()[-1] == "pytest -rA --junitxml=/scratch/report.xml tests/test_it.py"
    assert (made.report, made.runner, made.rule) == ("/scratch/report.xml", "pytest", V4)
    assert made.build == ()


def test_django_commands(tmp_path: Path) -> None:
    """Django's runner is given modules, and no report can be had of it."""
    patch = TEST_PATCH.replace("tests/test_it.py", "tests/admin/test_it.py")
    specs = {**SPEC, "test_cmd": "./tests/runtests.py --verbosity 2"}

    made = task(tmp_path, specs=specs, repo="django/django", test_patch=patch)

    assert made.commands[0].endswith("./tests/runtests.py --verbosity 2 admin.test_it")
    assert (made.parser, made.runner, made.report) == ("django", "unittest", None)


def test_commands_of_other_languages_are_printed(tmp_path: Path) -> None:
    tests = ["mvnd test -B -Dtest=a.B#c", "mvnd test -B -Dtest=a.B#d"]
    with pytest.raises(UsageError, match="BOXSCORE_DIGESTS"):
        task(tmp_path, specs={"docker_specs": {}, "test_cmd": tests}, repo="google/gson", language="java")
    (tmp_path / "digests.json").write_text(json.dumps({published_image("org__lib-1"): f"sha256:{'1' * 64}"}))

    made = task(tmp_path, specs={"docker_specs": {}, "test_cmd": tests}, repo="google/gson", language="java")

    assert made.commands[0].splitlines()[-3:] == ["set -x", *tests]
    assert made.parser == "maven-v4"


def test_environment(tmp_path: Path) -> None:
    """The environment has the Python and packages of the spec, and the package is used from its tree."""
    image = task(tmp_path).image

    assert image.base == "patch-python-3.9"
    assert "numpy 'scipy<2'" in image.environment
    assert "attrs==23.1.0" in image.environment
    assert "install-as-of 2024-02-01 -e ." in image.instance
    assert image.repository == ("sqlfluff/sqlfluff", "0123abcd")


def test_own_script(tmp_path: Path) -> None:
    """A v5 record's script is run without what the protocol does itself, or cannot do without a network."""
    digests = {published_image("org__lib-1"): f"sha256:{'1' * 64}"}
    (tmp_path / "digests.json").write_text(json.dumps(digests))

    made = task(tmp_path, eval_script=EVAL, log_parser="parse_log_pytest", eval_type="pass_and_fail")

    assert made.commands[0].splitlines() == [
        "set -uo pipefail",
        "source /opt/miniconda3/bin/activate",
        "conda activate testbed",
        "cd /testbed",
        "export TZ=UTC",
        "touch /testbed/ready",
        "pytest -rA --junitxml=/scratch/report.xml tests/test_it.py",
    ]
    assert (made.parser, made.rule, made.runner) == ("parse_log_pytest", V5, "pytest")
    assert made.image.pinned == f"swebench/sweb.eval.x86_64.org_1776_lib-1@sha256:{'1' * 64}"


def test_no_specs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Classic records need the file of specs, and the error says so."""
    monkeypatch.delenv("BOXSCORE_DATA", raising=False)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "rows.jsonl").write_text(json.dumps(record()) + "\n")

    with pytest.raises(InputError, match="specs"):
        load_swebench(tmp_path / "deep" / "rows.jsonl")


def task_folder(root: Path, **files: str) -> Path:
    folder = root / "tasks" / "org__lib-1"
    (folder / "test_assets" / "tests").mkdir(parents=True)
    (folder / "test_assets" / "tests" / "a.png").write_bytes(b"\x89PNG")
    texts = {
        "task.yaml": "instance_id: org__lib-1\nrepo: org/lib\nbase_commit: 0123abcd\nversion: '1.0'\n"
        "created_at: 2024-01-02\nlog_parser: parse_log_pytest\neval_type: pass_and_fail\n",
        "tests.json": '{"FAIL_TO_PASS": ["a"], "PASS_TO_PASS": []}',
        "problem_statement.md": "It is wrong.",
        "gold.patch": PATCH,
        "test.patch": TEST_PATCH.replace("\n", "\r\n"),
        "eval.sh": EVAL,
        "Dockerfile": "FROM ubuntu:jammy\nENV A=1\nRUN apt-get update && \\\n  apt-get install -y git\n"
        'RUN <<EOF_1\n#!/bin/bash\nset -e\ngit clone https://x/org/lib /testbed\nEOF_1\nCOPY ["problem_assets", "/p"]\n'
        "CMD bash\n",
        **files,
    }
    for name, text in texts.items():
        (folder / name).write_bytes(text.encode())
    (root / "sweb.yaml").write_text("datasets: []\n")
    return root / "sweb.yaml"


def test_task_folders(tmp_path: Path) -> None:
    """A task repository is read by its sweb.yaml, its files as they are."""
    (instance,) = load_swebench(task_folder(tmp_path))

    made = swebench_task(instance)

    assert made.test_patch == TEST_PATCH.replace("\n", "\r\n")
    assert made.fail_to_pass == ("a",)
    assert made.image.files == (("test_assets/tests/a.png", b"\x89PNG"),)
    assert "COPY test_assets/ /swebench/image_assets/test_patch/" in made.image.instance


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("task.yaml", "a: [", "not YAML"),
        ("task.yaml", "- a\n", "must be a mapping"),
        ("tests.json", "[]", "must be an object"),
        ("tests.json", "{", "not JSON"),
    ],
)
def test_broken_task_folders(tmp_path: Path, name: str, text: str, said: str) -> None:
    with pytest.raises(InputError, match=rf"{name}: .*{said}"):
        load_swebench(task_folder(tmp_path, **{name: text}))
