"""What the page shows of a web project."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.page import pictures, read
from boxscore.page.read import read_page
from boxscore.page.records import Details, Tasks
from boxscore.page.rows import values_of
from boxscore.page.sections import Shown, details_of
from boxscore.page.texts import MAX_CELL_CHARS
from boxscore.protocols.web.detail import WebDetail
from boxscore.provenance import Provenance, RunRecord
from boxscore.records import Outcome, Trust
from boxscore.run.store import open_run
from tests.page.test_sections import facts
from tests.page.web_records import (
    ANSWER,
    FAILED,
    JPEG,
    LOG,
    OTHER_JPEG,
    STOPPED,
    TASKS,
    TRACE,
    failed,
    passed,
    web_result,
    web_sample,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from boxscore.records import Result


def shown(detail: WebDetail, text: str = ANSWER, file_bytes: int = pictures.MAX_FILE_BYTES) -> Details:
    return details_of(Shown(sample=web_sample(0, text), result=web_result(0, detail), file_bytes=file_bytes))


def tasks(details: Details) -> Tasks:
    (section,) = [one for one in details.sections if isinstance(one, Tasks)]
    return section


def write_web_run(folder: Path, results: Sequence[Result]) -> Path:
    with open_run(folder) as store:
        lines, digest = store.add_samples(lambda: [web_sample(number) for number in range(len(results))])
        store.append(results)
        provenance = Provenance(
            run_id=folder.name,
            benchmark="tiny-web",
            title="Tiny web",
            trust=Trust.OBSERVER,
            instances=len(results),
            samples=len(results),
            samples_digest=digest,
            data_sha256=None,
            image="web",
            image_digest="sha256:aa",
            backend="docker",
            layers=(),
            grading_version="v1",
            versions={},
            started="2026-03-01T12:00:00+00:00",
        )
        instances: dict[str, str | None] = dict.fromkeys(one.instance_id for one in results)
        store.write_record(RunRecord(provenance=provenance, instances=instances, sample_lines=lines))
    return folder


def test_a_strip_has_each_task_with_its_attempts() -> None:
    details = shown(STOPPED)
    strip = tasks(details)

    assert strip.headline == "2 of 5 tasks passed; it stopped at task-3."
    assert [(one.name, one.level, one.outcome, one.note, len(one.attempts)) for one in strip.tasks] == [
        ("init", "", "wrong", "went on", 2),
        ("task-1", "easy", "passed", "", 1),
        ("task-2", "easy", "passed", "at attempt 2", 2),
        ("task-3", "moderate", "wrong", "stopped here", 2),
        ("task-4", "challenging", "not_reached", "", 0),
    ]
    assert strip.opened == "task-3"
    long = replace(failed(3, 2), reason="why " * 100)
    assert tasks(shown(replace(STOPPED, attempts=(long,)))).tasks[3].attempts[0].reason == long.reason
    last = strip.tasks[3].attempts[1]
    assert (last.number, last.passed, last.tests, last.log) == (2, 3, 5, LOG)
    assert [one.test for one in last.failing] == ["task-3.spec.js > form > works", FAILED]
    assert last.wrote == "app.js, logo.png"
    titles = [(one.title, one.picture is not None) for one in last.shots]
    assert titles == [("the first page", True), (FAILED, True)]
    assert sorted(base64.b64decode(one.data) for one in strip.pictures) == sorted([JPEG, OTHER_JPEG])
    assert [(one.name, base64.b64decode(one.data)) for one in last.files] == [("task-3-2-trace.zip", TRACE)]
    assert facts(details, "Verdict")["test that decided"] == "task-3.spec.js > form > works"


@pytest.mark.parametrize("text", ["no JSON", '{"attempts": []}', '{"files": {}}', ANSWER])
def test_results_of_any_shape_are_shown(text: str) -> None:
    many = tuple(replace(passed(1), number=number, log="x" * 100_000) for number in range(1, 1000))
    long = replace(failed(3), tests={f"test {number} {'x' * 1000}": "FAILED" for number in range(5000)})
    for detail in (WebDetail(), WebDetail(tasks=TASKS), replace(STOPPED, attempts=many), WebDetail(attempts=(long,))):
        strip = tasks(shown(detail, text))
        texts = [attempt.log for task in strip.tasks for attempt in task.attempts]
        assert sum(map(len, texts)) < 300_000
        assert all(len(one.test) <= MAX_CELL_CHARS for task in strip.tasks for a in task.attempts for one in a.failing)


def test_a_row_has_how_far_its_project_got(tmp_path: Path) -> None:
    done = WebDetail(tasks=TASKS, attempts=tuple(passed(place) for place in range(5)))
    page = read_page(write_web_run(tmp_path / "run", [web_result(0), web_result(1, done, Outcome.PASSED)]))

    assert values_of(page.rows, "tasks", "stopped") == [("2 of 5 ~✓↻✗·", "task-3"), ("5 of 5 ✓✓✓✓✓", "")]
    told = {one.key: one.shown for one in page.head.columns}
    assert told["tasks"]
    assert told["stopped"]
    assert ("tasks passed", "7 of 10") in [(one.label, one.value) for one in page.head.facts]


def test_the_head_counts_tasks_by_level(tmp_path: Path) -> None:
    done = WebDetail(tasks=TASKS, levels=STOPPED.levels, attempts=tuple(passed(place) for place in range(5)))
    results = [web_result(0), web_result(1, done, Outcome.PASSED), web_result(2, outcome=Outcome.INTERNAL)]
    charts = read_page(write_web_run(tmp_path / "run", results)).head.charts

    tables = {one.chart_id: one.table[1:] for one in charts}
    assert tables["levels"] == (
        ("no level", "1", "2", "50.0 %"),
        ("easy", "6", "6", "100.0 %"),
        ("moderate", "0", "1", "0.0 %"),
        ("challenging", "0", "1", "0.0 %"),
    )
    assert tables["stops"] == (("task-3", "1"), ("none: it came to its end", "1"))


def test_all_projects_of_a_page_share_its_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "MAX_PAGE_FILE_BYTES", 3 * len(OTHER_JPEG))
    page = read_page(write_web_run(tmp_path / "run", [web_result(number) for number in range(3)]))

    counts = [len(tasks(one).pictures) for one in page.every_details()]

    assert page.file_share == len(OTHER_JPEG)
    assert counts == [1, 1, 1]
    assert len(tasks(page.details(0)).pictures) == 2
