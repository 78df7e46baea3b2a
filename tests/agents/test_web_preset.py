"""The loop over a web project: what is asked, what becomes of the files, and when it ends."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
import pytest

from boxscore.agents.contract import AgentLimits
from boxscore.agents.fake import FakeAssignment, run_agent
from boxscore.agents.registry import open_agent
from boxscore.agents.web import NOT_WHOLE, UnreadableAnswer, failure_text, read_files, written
from boxscore.errors import BoxError, UsageError
from boxscore.models.fake import FakeModel
from boxscore.protocols.web.detail import GivenAttempts, WebAttempt, WebDetail, content_of, decode_sample
from boxscore.protocols.web.task import Walk, WalkStep, WebCommand, WebStep, WebTask, walk_of
from boxscore.records import Outcome, Result, SampleKind, Trust
from boxscore.run.request import Request
from boxscore.sampling.plan import plan_sampling
from boxscore.sampling.request import SamplingRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from boxscore.agents.contract import Draft

Files = dict[str, str]
PAGE = "<html><body>{}</body></html>"


def walk(*names: str, start: Mapping[str, str] | None = None, tolerated: tuple[str, ...] = ("init",)) -> Walk:
    """A project of tasks with these names."""
    steps = tuple(WalkStep(name=name, text=f"do {name}", tolerated=name in tolerated) for name in names)
    return Walk(steps=steps, start={path: text.encode() for path, text in (start or {}).items()})


def block(path: str, text: str) -> str:
    """A block of code, as a model writes a file."""
    return f"```{path.rpartition('.')[2]}\n{path}\n{text}\n```"


def attempts_of(draft: Draft) -> list[tuple[str, Files]]:
    """The attempts of a draft, as texts."""
    given = decode_sample(draft.text)
    assert isinstance(given, GivenAttempts)
    return [(one.task, {path: content_of(file).decode() for path, file in one.files.items()}) for one in given.attempts]


def verdict(task: str, number: int, outcome: Outcome, log: str = "", reason: str = "") -> Result:
    """What the judge says of one attempt."""
    attempt = WebAttempt(task=task, number=number, outcome=outcome, log=log, reason=reason, test_s=1.0)
    return Result(
        instance_id="p",
        sample_id="draft",
        trust=Trust.OBSERVER,
        outcome=outcome,
        reason=reason,
        detail=WebDetail(tasks=(task,), attempts=(attempt,)),
    )


def judge(rule: Callable[[str, Files], str | None]) -> Callable[[Draft], Result]:
    """Judge the last attempt of a draft by the files that there are then: a log, or None where it passes."""

    def judged(draft: Draft) -> Result:
        attempts = attempts_of(draft)
        task, _ = attempts[-1]
        log = rule(task, attempts[-1][1])
        number = [name for name, _ in attempts].count(task)
        return verdict(task, number, Outcome.PASSED if log is None else Outcome.WRONG, log or "")

    return judged


def run(
    walk: Walk, answers: list[str], rule: Callable[[str, Files], str | None], **limits: object
) -> tuple[list[Draft], FakeAssignment, list[str]]:
    """Let the agent work; give its drafts, the assignment, and what the model was asked."""
    model = FakeModel(answers, usd_per_token=0.001)
    assignment = FakeAssignment(None, model, judge=judge(rule), walk=walk, limits=msgspec.convert(limits, AgentLimits))
    drafts = asyncio.run(run_agent(open_agent("repair", {"preset": "web-bench"}), assignment))
    return drafts, assignment, [str(question.messages[-1]["content"]) for question in model.asked]


def test_passes_each_task_and_shows_the_files_of_those_before() -> None:
    answers = [block("index.html", PAGE.format("one")), block("a/b.js", "two")]
    drafts, assignment, asked = run(walk("task-1", "task-2"), answers, lambda task, files: None)
    assert assignment.stop_reason == "passed"
    assert [attempts_of(draft) for draft in drafts] == [
        [("task-1", {"index.html": PAGE.format("one")}), ("task-2", {"a/b.js": "two"})]
    ]
    assert drafts[0].kind is SampleKind.SOLUTION
    assert asked[0].startswith("do task-1 \n Do not compress")
    assert asked[1].startswith(f"```index.html\n{PAGE.format('one')}\n```do task-2 \n")


def test_a_second_attempt_is_told_what_failed_and_begins_with_the_files_of_the_first() -> None:
    """It is told in the words of Web-Agent, and cleaned as there."""
    answers = [block("a.js", "wrong"), block("a.js", "right")]
    log = "[1/2] x\n\n  1) task-1.spec.js:3:1 > adds\n<i>\n    at src/a.js:1"
    rule = lambda task, files: log if files["a.js"] == "wrong" else None  # noqa: E731 - shorter so
    drafts, assignment, asked = run(walk("task-1"), answers, rule)
    assert assignment.stop_reason == "passed"
    assert attempts_of(drafts[-1]) == [("task-1", {"a.js": "wrong"}), ("task-1", {"a.js": "right"})]
    assert asked[1] == (
        "```a.js\nwrong\n```do task-1 \n Do not compress the original code in file and return full file."
        "I got the following error, please help me to fix error and apply changes to origin files, return the full "
        "files about  a.js for me. And always include filename with the absolute path in any code block you generate "
        "based on that file. \n  1) task-1.spec.js:3:1 > adds\n    at .a.js:1"
    )


def test_ends_where_both_attempts_at_a_task_fail() -> None:
    """The stop rule."""
    drafts, assignment, asked = run(walk("task-1", "task-2"), [block("a.js", "x")], lambda task, files: "no")
    assert assignment.stop_reason == "task_failed"
    assert [task for task, _ in attempts_of(drafts[-1])] == ["task-1", "task-1"]
    assert len(asked) == 2


def test_goes_on_from_the_start_where_a_tolerated_task_fails() -> None:
    """A failed init is replaced by what the benchmark gives."""
    answers = [block("mine.js", "x"), block("mine.js", "y"), block("b.js", "z")]
    rule = lambda task, files: "no" if task == "init" else None  # noqa: E731 - shorter so
    _, assignment, asked = run(walk("init", "task-1", start={"given.js": "g"}), answers, rule)
    assert assignment.stop_reason == "passed"
    assert "```" not in asked[0]
    assert asked[0].startswith(
        "do init.\nAdd filename after code block.\nThe filename should appear on the line following the language "
        "specifier in your code block.\nThe existing files: given.js \n"
    )
    assert asked[1].startswith("```mine.js\nx\n```")
    assert asked[2].startswith("```given.js\ng\n```do task-1 \n")


def test_does_not_judge_a_page_that_is_not_whole_and_says_so() -> None:
    """The attempt counts as failed, with the files before that page."""
    answers = [block("a.js", "1") + block("index.html", "<div></div>") + block("b.js", "2"), block("b.js", "2")]
    drafts, assignment, asked = run(walk("task-1"), answers, lambda task, files: None)
    assert len(assignment.judged) == 1
    assert attempts_of(drafts[-1]) == [("task-1", {"a.js": "1"}), ("task-1", {"b.js": "2"})]
    assert asked[1].endswith("\nPlease enter the full HTML codeblock with filename in the language specifier.")


def test_trouble_of_ours_is_no_failed_attempt() -> None:
    """It goes through, so that the sample is neither graded nor charged."""
    trouble = Result(
        instance_id="p", sample_id="draft", trust=Trust.OBSERVER, outcome=Outcome.INTERNAL, reason="docker is gone"
    )
    assignment = FakeAssignment(None, FakeModel([block("a.js", "x")]), judge=[trouble], walk=walk("task-1"))
    with pytest.raises(BoxError, match="docker is gone"):
        asyncio.run(run_agent(open_agent("repair", {"preset": "web-bench"}), assignment))


def test_a_walk_has_the_words_of_a_task_and_no_specs() -> None:
    """What decides never reaches an agent."""
    task = WebTask(
        steps=(WebStep(name="init", specs=("p/test/init.spec.js",), text="begin", tolerated=True),),
        specs=(("p/test/init.spec.js", b"secret"),),
        start=(("a.js", b"x"),),
        serve=WebCommand(argv=("serve",)),
        hidden=("lib/",),
        reference="secret",
    )
    found = walk_of(task)
    assert found is not None
    assert found.steps == (WalkStep(name="init", text="begin", tolerated=True),)
    assert (found.start, found.first, found.hidden, found.attempts) == ({"a.js": b"x"}, {}, ("lib/",), 2)
    assert found.specs_folder == "p/test"
    assert b"secret" not in msgspec.json.encode(found)


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (Outcome.BUILD_FAILED, "x\n\ny"),
        (Outcome.TIMEOUT, "the server ended\nx\ny"),
        (Outcome.ERROR, "the server ended\nx\ny"),
    ],
)
def test_what_is_told_where_no_page_was_looked_at(outcome: Outcome, told: str) -> None:
    """A build's log has its empty lines; of a server that did not come up it is said that it did not."""
    attempt = WebAttempt(task="task-1", number=1, outcome=outcome, reason="the server ended", log="x\n\ny")

    assert failure_text(attempt) == told


CASES = {
    "```html\nindex.html\n<p>\n```": {"index.html": "<p>"},
    "```html\n/user/index.html\n<p>\n```": {"user/index.html": "<p>"},
    "```src/a.ts\nlet a\n```": {"src/a.ts": "let a"},
    "```\n\n\nsrc/a.ts\n\nlet a\n```": {"src/a.ts": "\nlet a"},
    "```html\n<p>\n/user/index.html\n```": {"user/index.html": "<p>"},
    "```js\nlet a\n/index.js\n```": {"": "let a\n/index.js"},
    "```js\nlet a\n```": {"": "let a"},
    "```python3\na.py\nx\n```": {"": "python3\na.py\nx"},
    "```js\na.js\na.js\nx\n```": {"a.js": "a.js\nx"},
    "```js\na.js\nx```js\nb.js\ny```": {"a.js": "x"},
    "```js\na.js\n1\n```\n```js\nb.js\n2\n```\n```js\na.js\n3\n```": {"a.js": "3", "b.js": "2"},
    "```vue\npages/[id].vue\nx\n```": {"pages/[id].vue": "x"},
    "```css\nmy styles, v-2.css\nx\n```": {"my styles, v-2.css": "x"},
    "```css\nvery/deep/../a.css\nx\n```": {"very/deep/../a.css": "x"},
    "```css\na.b4r\nx\n```": {"": "a.b4r\nx"},
    "```\n.env\nA=1\n```": {".env": "A=1"},
    "```js\r\na.js\r\nx\r\n```": {"": "js\r\na.js\r\nx"},
    "````js\na.js\nx\n````": {"": "`js\na.js\nx"},
    "no code": {},
    "``````": {},
    "```js\na.js\nx": {},
}


@pytest.mark.parametrize("answer", CASES)
def test_reads_what_the_official_program_reads(answer: str) -> None:
    """Names, languages and line ends, in their order."""
    assert list(read_files(answer).items()) == list(CASES[answer].items())


@pytest.mark.parametrize("answer", ["```html\n```", "```js\nx\n```\n```css\n\n```"])
def test_a_language_and_nothing_else_is_no_answer(answer: str) -> None:
    """The official program fails there with this message, and tells the model so."""
    with pytest.raises(UnreadableAnswer, match="Cannot read properties of undefined"):
        read_files(answer)


def test_writes_files_whole_and_leaves_those_that_are_equal_or_given_empty() -> None:
    """What an attempt changes is what it says of the project from then on."""
    before = {"a.js": b"1", "b.js": b"2", "e.js": b"3"}

    assert written(before, {"a.js": "1", "b.js": "3", "e.js": " ", "/c//d.js": "\ud800", "": "x"}).files == {
        "b.js": b"3",
        "c/d.js": b"?",
    }


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("../a.js", "x", "../a.js cannot be written"),
        ("index.html", "<p>", NOT_WHOLE),
        ("index.html", "<!-- <html> -->", NOT_WHOLE),
        ("d", "x", "EISDIR: illegal operation on a directory, open './d'"),
        ("a.js/b.js", "x", "ENOTDIR: not a directory, open './a.js/b.js'"),
        ("a\0b.js", "x", "cannot be written"),
        ("node_modules/a.js", "x", "node_modules is not a sample's to give"),
        ("big.js", "x" * (17 << 20), "a project has at most 2000 files and 16 MiB"),
    ],
)
def test_says_why_a_file_cannot_be_and_keeps_those_before_it(name: str, text: str, problem: str) -> None:
    """Those after it are not written, as there."""
    done = written({"a.js": b"1", "d/e.js": b"2"}, {"first.js": "x", name: text, "last.js": "x"})

    assert dict(done.files) == {"first.js": b"x"}
    assert problem in done.problem


@pytest.mark.parametrize(
    ("benchmark", "agent", "preset"), [("tiny-web", "sample", None), ("tiny", "repair", "web-bench")]
)
def test_says_beforehand_where_agent_and_benchmark_do_not_fit(
    tmp_path: Path, benchmark: str, agent: str, preset: str | None
) -> None:
    """One answer for all tasks is another task than the benchmark's; other benchmarks are refused."""
    request = SamplingRequest(
        grading=Request(benchmark=benchmark, backend="docker", out=tmp_path / "run"),
        model="mine",
        agent=agent,
        agent_options={"preset": preset} if preset else {},
    )
    if preset:
        with pytest.raises(UsageError, match="builds web projects"):
            plan_sampling(request, FakeModel([""]), dry=True)
    else:
        assert "preset=web-bench" in plan_sampling(request, FakeModel([""]), dry=True).notices[-1]
