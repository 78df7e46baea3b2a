"""What a sample of a web project may bring."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from boxscore.protocols.patch.admission import Refused
from boxscore.protocols.web.admitted import Finished, Walk, admitted
from boxscore.protocols.web.detail import MOST_BYTES, encode_attempts, encode_state
from boxscore.records import Outcome
from tests.protocols.web.toy import PAGE, TASK


def refused(code: str) -> tuple[Outcome, str]:
    found = admitted(TASK, code)
    assert isinstance(found, Refused)
    return found.outcome, found.reason


def test_both_forms() -> None:
    walk = admitted(TASK, encode_attempts([("task-1", {PAGE: "a", "b.png": b"\x89PNG\xff"})]))
    assert isinstance(walk, Walk)
    assert walk.attempts[0].files == {PAGE: b"a", "b.png": b"\x89PNG\xff"}
    assert admitted(TASK, encode_state({PAGE: "a"})) == Finished(files={PAGE: b"a"})


@pytest.mark.parametrize("code", ["", " \n", "<html>", '{"attempts": []}', '{"files": {"a": {"base64": "!"}}}'])
def test_what_is_no_sample(code: str) -> None:
    assert refused(code)[0] is Outcome.NO_CODE


def test_a_form_is_told_by_its_fields() -> None:
    assert admitted(TASK, '{"files": {"attempts": ""}}') == Finished(files={"attempts": b""})
    one = encode_attempts([("task-1", {PAGE: "a"})])
    assert admitted(TASK, " " * 200 + one) == admitted(TASK, one)
    assert refused('{"files": {}, "attempts": []}')[0] is Outcome.NO_CODE


@pytest.mark.parametrize(
    ("names", "reason"),
    [(("task-2", "task-1"), "task-1 after one at task-2"), (("task-9",), "not a task of this project")],
)
def test_attempts_out_of_order(names: tuple[str, ...], reason: str) -> None:
    outcome, why = refused(encode_attempts([(name, {}) for name in names]))
    assert outcome is Outcome.NO_CODE
    assert reason in why


@pytest.mark.parametrize(
    "path",
    [
        "../package.json",
        "/etc/passwd",
        "a/../../b",
        "./a",
        "a//b",
        "a\n.js",
        ".git/config",
        "node_modules/@playwright/test/index.js",
        "sub/node_modules/.bin/vite",
        ".npmrc",
        "sub/.npmrc",
    ],
)
def test_paths_that_are_not_a_samples_to_give(path: str) -> None:
    outcome, why = refused(encode_state({path: "x"}))
    assert outcome is Outcome.PATCH_REJECTED
    assert "a sample may not give" in why


@pytest.mark.parametrize("path", ["playwright.config.js", "tsconfig.json", "package.json", ".env", "a b/ü.html"])
def test_files_that_nothing_of_ours_reads(path: str) -> None:
    """A configuration of the runner is a file like others: the runner is in another box, with one of its own."""
    assert isinstance(admitted(TASK, encode_state({path: "x"})), Finished)


def test_a_file_of_the_task() -> None:
    assert isinstance(admitted(replace(TASK, root="."), encode_state({"package.json": "{}"})), Refused)


def test_too_much() -> None:
    assert "files; 2,000 can" in refused(encode_state({f"{number}.txt": "" for number in range(2001)}))[1]
    half = "x" * (MOST_BYTES // 2)
    assert isinstance(admitted(TASK, encode_attempts([("task-1", {"a": half}), ("task-1", {"a": half})])), Walk)
    one_more = encode_attempts([("task-1", {"a": half}), ("task-1", {"b": half + "x"})])
    assert "bytes; 16,777,216 can" in refused(one_more)[1]


@pytest.mark.parametrize("path", ["a/" * 63 + "x", "/".join(["a" * 200] * 5) + "/" + "b" * 19])
def test_a_path_that_is_too_long_only_where_it_is_put(path: str) -> None:
    """It is refused, as a box would refuse it below the task's folder: that would end the whole run."""
    outcome, why = refused(encode_state({path: "x"}))
    assert (outcome, "too long or too deep" in why) == (Outcome.PATCH_REJECTED, True)


def test_too_many_folders() -> None:
    """Each of few files may have dozens, which take far more than what is in them."""
    deep = "/".join(["d"] * 50)
    outcome, why = refused(encode_state({f"{number}/{deep}": "" for number in range(50)}))
    assert (outcome, "folders" in why) == (Outcome.PATCH_REJECTED, True)
