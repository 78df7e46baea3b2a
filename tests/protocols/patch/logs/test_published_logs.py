"""The parsers and rules on logs of real instances, whose verdicts are recorded beside them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from boxscore.images.records import InstanceImage
from boxscore.protocols.patch.logs import judge, parse_log, parser_names
from boxscore.protocols.patch.task import PatchTask, ResolutionRule
from harnesses.swebench.commands import END, START
from harnesses.swebench.log_formats import repository_parser
from harnesses.swebench.rules import V4, V5

pytestmark = pytest.mark.data
SMITH = "swebench/swesmith_test_logs/tests/test_logs"


def data() -> Path:
    if "BOXSCORE_DATA" not in os.environ:
        pytest.skip("BOXSCORE_DATA is not set")
    return Path(os.environ["BOXSCORE_DATA"])


def task(parser: str, fail_to_pass: list[str], pass_to_pass: list[str], rule: ResolutionRule) -> PatchTask:
    return PatchTask(
        image=InstanceImage(name="x"),
        fail_to_pass=tuple(fail_to_pass),
        pass_to_pass=tuple(pass_to_pass),
        commands=("true",),
        parser=parser,
        rule=rule,
    )


@pytest.mark.parametrize("rule", [V4, V5])
@pytest.mark.parametrize("instance", ["sqlfluff__sqlfluff-2386", "pylint-dev__astroid-1268"])
def test_validated_logs_give_the_lists_of_their_rows(instance: str, rule: ResolutionRule) -> None:
    rows = (json.loads(line) for line in (data() / "swebench/real_instances.jsonl").read_text().splitlines())
    row = next(row for row in rows if row["instance_id"] == instance)
    parser = repository_parser(row["repo"])
    asked = task(parser, json.loads(row["FAIL_TO_PASS"]), json.loads(row["PASS_TO_PASS"]), rule)
    logs = {
        when: (data() / f"swebench/validated_logs/{instance}.{when}.log").read_text() for when in ("before", "after")
    }

    before, after = (judge(asked, parse_log(parser, logs[when]), logs[when]) for when in ("before", "after"))

    assert (before.resolved, after.resolved) == (False, True)
    assert before.fail_to_pass == ((), asked.fail_to_pass)
    assert before.pass_to_pass == after.pass_to_pass == (asked.pass_to_pass, ())
    assert after.fail_to_pass == (asked.fail_to_pass, ())


@pytest.mark.parametrize(
    "instance",
    [
        "getmoto__moto.694ce1f4.pr_7331",
        "pandas-dev__pandas.95280573.pr_53652",
        "pandas-dev__pandas.95280573.pr_53856",
        "pydantic__pydantic.acb0f10f.pr_8316",
    ],
)
def test_recorded_evaluations_give_their_reports(instance: str) -> None:
    folder = data() / SMITH / "run_evaluation" / instance
    report = json.loads((folder / "report.json").read_text())
    lists = {kind: report["tests_status"][kind] for kind in ("FAIL_TO_PASS", "PASS_TO_PASS")}
    required = [one["success"] + one["failure"] for one in lists.values()]
    asked = task("pytest-verbose", required[0], required[1], V4)
    log = (folder / "test_output.txt").read_text(errors="replace")
    inner = log.split(START)[1].split(END)[0]

    judged = judge(asked, parse_log("pytest-verbose", inner), inner)

    assert judged.resolved == report["resolved"]
    assert [list(one) for one in judged.fail_to_pass] == list(lists["FAIL_TO_PASS"].values())
    assert [list(one) for one in judged.pass_to_pass] == list(lists["PASS_TO_PASS"].values())


def test_every_repository_with_specs_has_a_parser() -> None:
    specs = json.loads((data() / "swebench/v4.1.0_repo_version_specs.json").read_text())
    repositories = specs.get("MAP_REPO_VERSION_TO_SPECS", specs)

    assert len(repositories) == 66
    assert {repository_parser(repo) for repo in repositories} <= set(parser_names())
