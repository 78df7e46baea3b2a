"""What a run of specs reported is read strictly: a malformed line, or a test reported twice, is no verdict."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from boxscore.protocols.web.specs import (
    MOST_PICTURE_BYTES,
    MOST_PICTURES,
    GivenFile,
    Report,
    first_page_of,
    kept_files,
    read_report,
)

LISTED = {"kind": "listed", "tests": ["a.spec.js > one", "a.spec.js > two"]}
END = {"kind": "end", "status": "passed"}  # of Playwright's own; the runner's are the next two
EXIT = {"kind": "exit", "code": 1, "signal": None, "late": False, "wall_s": 2.5}
DONE = {"kind": "done"}


def played(place: int, status: str = "passed", **more: Any) -> dict[str, Any]:
    fields = {
        "reason": "",
        "retry": 0,
        "wall_s": 0.1,
        "at": "a.spec.js:3",
        "pictures": [],
        "trace": "",
    }
    return {"kind": "test", "place": place, "status": status, "as_expected": status == "passed", **fields, **more}


def report(*lines: dict[str, Any] | str) -> Report:
    return read_report("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines).encode())


def test_each_expected_test_has_a_status() -> None:
    read = report(LISTED, played(0), END, EXIT, DONE)

    expected = {"a.spec.js > one": "PASSED", "a.spec.js > two": "MISSING", "b.spec.js > three": "MISSING"}
    assert expected == read.statuses(expected)
    assert not read.trouble


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (played(0, "failed"), "FAILED"),
        (played(0, "timedOut"), "FAILED"),
        (played(0, "skipped", as_expected=True), "SKIPPED"),
        (played(0, "interrupted"), "MISSING"),
        (played(0, "passed", as_expected=False), "FAILED"),
        (played(0, "failed", as_expected=True), "FAILED"),
    ],
)
def test_no_other_end_than_an_expected_pass_passes(line: dict[str, Any], status: str) -> None:
    read = report(LISTED, line, END, EXIT, DONE)

    assert read.statuses(["a.spec.js > one"]) == {"a.spec.js > one": status}


@pytest.mark.parametrize(
    "lines",
    [
        (LISTED, played(0), played(0)),  # twice
        (LISTED, played(2)),
        (LISTED, played(-1)),
        (LISTED, played(0, retry=1)),
        (LISTED, {**played(0), "more": 1}),
        (LISTED, played(0, "flaky")),
        (LISTED, "3 passed (1.0s)"),
        (LISTED, {"kind": "trouble", "text": "no room"}),
        (LISTED, '{"kind": "test", "place": 0'),
        (LISTED, '{"more": ' + "[" * 100_000 + "]" * 100_000 + ', "kind": "done"}'),
    ],
)
def test_a_report_of_another_form_is_trouble(lines: tuple[Any, ...]) -> None:
    read = report(*lines, END, EXIT, DONE)

    assert read.trouble
    assert read.statuses(["a.spec.js > two"]) == {"a.spec.js > two": "MISSING"}


def test_a_report_that_breaks_off_is_trouble() -> None:
    read = report(LISTED, played(0), EXIT)

    assert read.trouble == "the runner's report has no end"
    assert read.statuses(["a.spec.js > one"]) == {"a.spec.js > one": "PASSED"}


def test_a_runner_that_did_not_begin_is_trouble() -> None:
    error = {"kind": "error", "text": "SyntaxError", "at": ""}

    assert report(EXIT, DONE).trouble == "Playwright did not begin: exit code 1"
    assert not report(error, END, EXIT, DONE).trouble
    assert not report({**EXIT, "late": True}, DONE).trouble


def test_a_runner_that_crashed_is_trouble() -> None:
    crashed = {**EXIT, "code": None, "signal": "SIGSEGV"}

    assert report(LISTED, played(0), crashed, DONE).trouble == "Playwright broke off: SIGSEGV"
    assert report(LISTED, played(0), EXIT, DONE).trouble == "Playwright broke off: exit code 1"
    assert report(LISTED, played(0), END, DONE).trouble == "the runner's report has no end"
    assert not report(LISTED, played(0), {**crashed, "signal": "SIGKILL", "late": True}, DONE).trouble


@pytest.mark.parametrize(
    ("reason", "is_aborted"),
    [
        ("Error: page.goto: net::ERR_ABORTED at http://localhost:3211/\nCall log:\n", True),
        ("Error: page.reload: net::ERR_ABORTED; maybe frame was detached?", True),
        ("page.goBack: Navigating frame was detached!", True),
        ("Error: page.goto: net::ERR_CONNECTION_REFUSED at http://localhost:3211/", False),
        ("Error: expect(locator).toHaveText(expected) failed\nReceived: page.goto: net::ERR_ABORTED", False),
        ("Error: page.evaluate: Error: page.goto: net::ERR_ABORTED", False),
        ("", False),
    ],
)
def test_a_load_that_the_browser_broke_off(reason: str, *, is_aborted: bool) -> None:
    read = report(LISTED, played(0, "failed", reason=reason), played(1), END, EXIT, DONE)

    assert read.aborted() == ({"a.spec.js > one"} if is_aborted else set())


JPEG = b"\xff\xd8\xff\xe0" + bytes(20)
ZIP = b"PK\x03\x04" + bytes(20)


def given(name: str, data: bytes) -> GivenFile:
    return GivenFile(name=name, base64=base64.b64encode(data).decode())


def test_a_picture_of_the_first_page_is_a_jpeg() -> None:
    assert first_page_of([given("first-page", JPEG)]) == JPEG
    assert first_page_of([given("first-page", b"<svg onload=alert(1)>")]) == b""
    assert first_page_of([given("first-page", JPEG + bytes(MOST_PICTURE_BYTES))]) == b""
    assert first_page_of([GivenFile(name="first-page", base64="%%%")]) == b""
    assert first_page_of([]) == b""


def test_files_are_named_by_us() -> None:
    files = [given("picture-1", JPEG), given("trace.zip", ZIP), given("../../x", JPEG), given("picture-9", JPEG)]

    assert kept_files(files, [0, 4]) == {"failure-5.jpg": JPEG, "trace.zip": ZIP}


def test_only_so_many_files_are_kept() -> None:
    kept = kept_files([given(f"picture-{place}", JPEG) for place in range(50)], range(50))

    assert len(kept) == MOST_PICTURES + 1
