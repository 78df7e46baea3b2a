"""Specs are run by the grader's own programs in the browser's box, with a folder for each run."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from boxscore.boxes.contract import BoxSpec, Completed
from boxscore.boxes.fake import FakeBox, FakeStream
from boxscore.errors import ProtocolError
from boxscore.protocols.web.browser import (
    MOST_LOG_CHARS,
    MOST_NAME_CHARS,
    MOST_OWN_TESTS,
    ToldModule,
    expected_ids,
    readable_log,
    run_specs,
    told_modules,
)
from boxscore.protocols.web.specs import failed_test
from boxscore.protocols.web.task import SpecSettings, WebCommand, WebStep, WebTask
from boxscore.records import Limits

if TYPE_CHECKING:
    from boxscore.boxes.fake import FakeRun

SPECS = (("p/test/task-1.spec.js", b"one"), ("p/test/util.js", b"two"), ("p/package.json", b"{}"))
TASK = WebTask(
    steps=(WebStep(name="task-1", specs=("p/test/task-1.spec.js",)),),
    specs=SPECS,
    serve=WebCommand(argv=("serve",)),
    settings=SpecSettings(environment=(("CASE", "x"), ("EVAL", "kept")), viewport=(640, 480), first_page="/a.html"),
)
ID = "task-1.spec.js \u203a one"
END: tuple[dict[str, Any], ...] = (
    {"kind": "end", "status": "passed"},
    {"kind": "exit", "code": 0, "signal": None, "late": False, "wall_s": 2.5},
    {"kind": "log", "text": "\x1b[1A\x1b[2K[1/1] /scratch/run-0a1b2c3d4e5f/specs/p/test/task-1.spec.js:3\n"},
    {"kind": "done"},
)
RULE = "\u2500" * 40
PICTURE = f"    attachment #1: screenshot (image/png) {RULE}\n    test-results/a/failed-1.png\n    {RULE}\n"


def passed(place: int) -> dict[str, Any]:
    told = {"status": "passed", "as_expected": True, "retry": 0, "reason": "", "wall_s": 1.0}
    return {"kind": "test", "place": place, **told, "at": "", "pictures": [], "trace": ""}


def box_of(*lines: dict[str, Any]) -> FakeBox:
    output = "".join(json.dumps(line) + "\n" for line in lines).encode()

    def run(asked: FakeRun) -> Completed:
        return Completed(exit_code=0, stdout=output if asked.argv[0] == "node" else b"", wall_s=3.0)

    return FakeBox(BoxSpec(), run=run, stream=lambda _: FakeStream())


def settings_of(box: FakeBox) -> dict[str, Any]:
    settings: dict[str, Any] = json.loads(box.runs[0].stdin)
    return settings


def test_specs_run_with_the_graders_settings() -> None:
    box = box_of({"kind": "listed", "tests": [ID]}, passed(0), *END)

    done = run_specs(box, TASK, ["task-1"], expected=[ID], port=4000)

    told = settings_of(box)
    assert done.statuses == {ID: "PASSED"}
    assert told["origin"] == "http://localhost:4000"
    assert told["first_page"] == "http://localhost:4000/a.html"
    assert told["viewport"] == {"width": 640, "height": 480}
    assert told["environment"]["EVAL_PROJECT_PORT"] == "4000"
    assert told["environment"]["CASE"] == "x"
    assert [word.startswith("^/scratch/run") for word in told["words"]] == [True]
    assert f"{told['project']}/boxscore.config.cjs" in box.files
    assert not told["guarded"]


def test_files_of_a_candidate_are_seen_behind_a_guard() -> None:
    box = box_of({"kind": "listed", "tests": [ID]}, passed(0), *END)
    told = {
        "a.js": ToldModule(path="a.js", exports={"n": 1}, text="export const n = 1"),
        "b.js": ToldModule(path="b.js", exports=None, text=None, problem="it throws"),
        "new.js": ToldModule(path="new.js", exports={}, text="written"),
    }

    run_specs(box, TASK, ["task-1"], expected=[ID], port=1, files_seen={"a.js": b"as given"}, modules=told)

    settings = settings_of(box)
    root = settings["environment"]["EVAL_PROJECT_ROOT"]
    assert settings["guarded"]
    assert settings["modules"] == {"a.js": {"n": 1}, "new.js": {}}
    assert (box.files[f"{root}/a.js"], box.files[f"{root}/new.js"]) == (b"as given", b"written")


def test_no_test_that_nobody_expected_stands_for_another() -> None:
    """Its title may be made of a sample's files, and be what is expected but for what cannot be read."""
    box = box_of({"kind": "listed", "tests": [f"\x01{ID}", "\x1b[1mown"]}, passed(0), passed(1), *END)

    done = run_specs(box, TASK, ["task-1"], expected=[ID], port=1)

    assert (done.statuses[ID], done.statuses[f"{ID} #2"], done.statuses["own"]) == ("MISSING", "PASSED", "PASSED")


def test_no_test_that_failed_hides_behind_one_of_a_like_title() -> None:
    titles = [ID, f"\x01{ID}", "a.spec.js \u203a x", "a.spec.js \u203a \x02x"]
    failed = [{**passed(place), "status": "failed", "as_expected": False, "reason": "no"} for place in (1, 2)]
    box = box_of({"kind": "listed", "tests": titles}, passed(0), *failed, passed(3), *END)

    done = run_specs(box, TASK, ["task-1"], expected=[ID], port=1)

    assert done.unexpected == (f"{ID} #2", "a.spec.js \u203a x", "a.spec.js \u203a x #2")
    assert list(done.statuses.values()) == ["PASSED", "FAILED", "FAILED", "PASSED"]
    assert done.reasons[f"{ID} #2"] == "no"


def test_a_picture_is_of_its_test() -> None:
    jpeg = base64.b64encode(b"\xff\xd8\xff").decode()
    picture = {"kind": "file", "name": "picture-1", "base64": jpeg}
    titles = ["a.spec.js \u203a own", ID]
    box = box_of({"kind": "listed", "tests": titles}, passed(0), passed(1), picture, *END)

    done = run_specs(box, TASK, ["task-1"], expected=[ID], port=1)

    (name,) = done.files
    assert failed_test(name, tuple(done.statuses)) == ID


def test_tests_are_listed_before_anything_is_served() -> None:
    listed: dict[str, Any] = {"kind": "listed", "tests": [ID]}
    error: dict[str, Any] = {"kind": "error", "text": "SyntaxError: no", "at": ""}

    assert expected_ids(box_of(listed, *END), TASK, ["task-1"]) == (ID,)
    for lines in ((listed, error, *END), ({**listed, "tests": []}, *END), (listed,)):
        with pytest.raises(ProtocolError, match="cannot be listed"):
            expected_ids(box_of(*lines), TASK, ["task-1"])


def test_a_log_is_safe_to_read_and_has_no_paths_of_ours() -> None:
    box = box_of({"kind": "listed", "tests": [ID]}, passed(0), *END)

    assert run_specs(box, TASK, ["task-1"], expected=[ID], port=1).log == "[1/1] p/test/task-1.spec.js:3\n"
    assert readable_log(f"no\n\n{PICTURE}\n    Error Context: x.md\n") == "no\n\n    Error Context: x.md\n"
    assert "\x1b" not in readable_log("\x1b]0;title\x07\x1b[31mred\x1b")
    assert len(readable_log("x" * 3 * MOST_LOG_CHARS)) < MOST_LOG_CHARS + 100


@pytest.mark.parametrize("depth", [70, 950, 100_000])
def test_what_a_module_nests_without_end_is_not_what_it_exports(depth: int) -> None:
    """It is read by nobody: else one line of a candidate would end a run."""
    deep = f'{{"path": "a.js", "text": null, "exports": {{"n": {"[" * depth}{"]" * depth}}}}}\n'.encode()
    done = Completed(exit_code=0, stdout=deep, wall_s=1.0)
    box = FakeBox(BoxSpec(), run=lambda _: done, stream=lambda _: FakeStream())

    assert told_modules(box, "/scratch/p", ["a.js"], Limits()) == {}


def test_tests_of_a_samples_files_are_bounded() -> None:
    titles = [f"a.spec.js \u203a {number} {'x' * 2000}" for number in range(MOST_OWN_TESTS + 5)]
    titles += [f"b.spec.js \u203a {number}" for number in range(3)]
    failed = {MOST_OWN_TESTS + 4, MOST_OWN_TESTS + 6}
    for failing in (failed, range(len(titles))):
        played = [
            {**passed(place), "status": "failed", "as_expected": False} if place in failing else passed(place)
            for place in range(len(titles))
        ]
        box = box_of({"kind": "listed", "tests": titles}, *played, *END)

        done = run_specs(box, TASK, ["task-1"], expected=[], port=1)

        assert len(done.unexpected) == MOST_OWN_TESTS
        assert all(len(name) <= MOST_NAME_CHARS + 10 for name in done.unexpected)
        assert [name[:9] for name in done.unexpected[:2]] == ["a.spec.js", "b.spec.js"]
        assert list(done.statuses.values())[:2] == ["FAILED", "FAILED"]
