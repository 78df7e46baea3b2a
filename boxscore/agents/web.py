"""`repair` with the preset `web-bench`: a web project task by task, with the questions of Web-Bench's own agent.

files, task ──▶ ask ──▶ files of the answer ──▶ over those that are there ──▶ judge ──passed──▶ the next task
     ▲                                                                          │
     └────────────────────── what failed, and the files as they are ◀───────────┘ all attempts failed: the end
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.agents.contract import Draft, work_in_rounds
from boxscore.agents.registry import WEB
from boxscore.agents.texts import digest_of, filled
from boxscore.errors import BoxError, UsageError
from boxscore.protocols.web.admitted import path_fault
from boxscore.protocols.web.detail import MOST_BYTES, MOST_FILES, WebDetail, encode_attempts
from boxscore.protocols.web.task import INIT
from boxscore.records import Outcome, SampleKind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence

    from boxscore.agents.contract import Assignment, Message
    from boxscore.models.contract import Answer
    from boxscore.protocols.web.detail import WebAttempt
    from boxscore.protocols.web.task import Walk, WalkStep
    from boxscore.records import Result

PASSED, FAILED = "passed", "task_failed"
FENCE = "```"
PICTURE = "<Binary content...>"
NOT_WHOLE = "Please enter the full HTML codeblock with filename in the language specifier."
NO_NAME = "Cannot read properties of undefined (reading 'startsWith')"  # what models are told there
TOO_LONG = "Test execution timed out. Check for infinite loops or high code complexity."
_LANGUAGES = """
    javascript js typescript ts python py java cpp c++ csharp c# php ruby rb go rust swift kotlin scala
    html css scss sass less jsx tsx vue svelte xml json yaml yml stylus styl pug ejs
    bash shell powershell batch sql markdown md tex latex diff ini toml dockerfile text plaintext console none
"""
_IS_LANGUAGE = frozenset(_LANGUAGES.split()).__contains__
_NAME = re.compile(r"(?:.+/)?[\[\]A-Za-z0-9_,\s-]*(?:\.[A-Za-z]+)+")
_PROGRESS = re.compile(r"\[\d+/\d+\]", re.ASCII)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_PAGE = re.compile(r"<(?:html|body)[\s>]")


class UnreadableAnswer(ValueError):  # noqa: N818 - what happened says it best
    """An answer cannot be used; the error says why, in words for the model."""


class Written(Struct, frozen=True, kw_only=True):
    """What an answer changes: files by path. With a `problem`, in words for the model, the others are not written."""

    files: Mapping[str, bytes]
    problem: str = ""


class WebRepairAgent:
    """Builds a web project task by task. Its `stop_reason` is `passed` or `task_failed`."""

    name = "repair"
    wants_box = False
    wants_tests = True
    wants_walk = True

    @property
    def digest(self) -> str:
        """A digest of the loop's prompts."""
        return digest_of("web_bench_system")

    async def drafts(self, assignment: Assignment) -> AsyncIterator[Draft]:
        """Yield one draft: all attempts made by the time it ended, for whatever reason."""
        if assignment.walk is None:
            raise UsageError(f"agent 'repair' with preset={WEB} builds web projects, and this is none")
        if assignment.completion is not None:
            raise UsageError("agent 'repair' needs a chat model: base models only continue a text")
        project = _Project(assignment, assignment.walk)
        most = len(assignment.walk.steps) * assignment.walk.attempts
        why = await work_in_rounds(assignment, project.question, project.act, rounds=most)
        yield project.draft(why)


class _Project:
    """One sample's way through the tasks of a project."""

    def __init__(self, assignment: Assignment, walk: Walk) -> None:
        self._assignment, self._walk = assignment, walk
        self._begin(walk.first)
        self._attempts: list[tuple[str, Mapping[str, bytes]]] = []
        self._left = list(walk.steps)
        self._number, self._error = 1, ""  # of the attempt at the first task that is left, and what failed before it

    def _begin(self, files: Mapping[str, bytes]) -> None:
        self._files, self._shown = {**self._walk.assets, **files}, set(files)

    def draft(self, why: str) -> Draft:
        return Draft(text=encode_attempts(self._attempts), kind=SampleKind.SOLUTION, why=why)

    async def question(self) -> list[Message] | str:
        if not self._left:
            return PASSED
        files = {path: content for path, content in self._files.items() if path in self._shown}
        return messages_of(task_text(self._walk, self._left[0]), shown(files, self._walk.hidden), self._error)

    async def act(self, answer: Answer) -> str:
        step = self._left[0]
        try:
            done = written(self._files, read_files(answer.text))
        except UnreadableAnswer as error:
            done = Written(files={}, problem=str(error))
        self._note(step, done)
        failure = await self._attempted(step, done)
        if failure is not None and self._number < self._walk.attempts:
            self._number, self._error = self._number + 1, failure
            return ""
        if failure is not None and not step.tolerated:
            return FAILED
        if failure is not None:
            self._begin(self._walk.start)
        self._left, self._number, self._error = self._left[1:], 1, ""
        return "" if self._left else PASSED

    async def _attempted(self, step: WalkStep, done: Written) -> str | None:
        """Add an attempt to the sample, and say what is wrong with it; None if it passed."""
        before = self._files
        self._files = {**before, **done.files}
        self._shown = set(self._files)
        self._attempts.append((step.name, done.files))
        if done.problem:
            return done.problem
        result = await self._assignment.judge(self.draft("attempted"))
        if result is None:
            raise UsageError("the benchmark does not say how an attempt at one of its tasks is judged")
        if result.outcome is Outcome.INTERNAL:
            raise BoxError(f"an attempt was not judged: {result.reason}")
        detail = WebDetail.of(result)
        if detail is not None and detail.attempts:
            last = detail.attempts[-1]
            return None if last.outcome is Outcome.PASSED else failure_text(last, self._walk.specs_folder)
        if result.outcome is not Outcome.PASSED:  # with this attempt, the whole sample would be refused
            self._files = before
            self._attempts[-1] = (step.name, {})
        return _failure(result)

    def _note(self, step: WalkStep, done: Written) -> None:
        sizes = ", ".join(f"{path} ({len(content):,} bytes)" for path, content in done.files.items())
        text = sizes or "no file changes"
        if done.problem:
            text = f"{text}; not judged: {done.problem}"
        self._assignment.trajectory.add_action("write", {"task": step.name, "attempt": self._number}, text)


def _failure(result: Result) -> str | None:
    return None if result.outcome is Outcome.PASSED else result.reason


def task_text(walk: Walk, step: WalkStep) -> str:
    """The words of a task. Those of `init` say which files there are, and how to name them."""
    if step.name != INIT:
        return step.text
    ended = step.text.endswith("\n") or step.text.strip().endswith(".")
    there = listed(walk.start)
    lines = (
        step.text if ended else f"{step.text}.",
        "Add filename after code block.",
        "The filename should appear on the line following the language specifier in your code block.",
        f"The existing files: {','.join(there)}" if there else "",
    )
    return "\n".join(lines)


def messages_of(text: str, files: Mapping[str, str], error: str) -> list[Message]:
    """Web-Agent's messages, without history: each attempt is asked for afresh."""
    parts = [f"{FENCE}{path}\n{content}\n{FENCE}" for path, content in files.items()]
    parts.append(f"{text} \n Do not compress the original code in file and return full file.")
    last = "I only want the returned results to contain code, without any explanations."
    if error:
        last = (
            "I got the following error, please help me to fix error and apply changes to origin files, return the full "
            f"files about  {','.join(files)} for me. And always include filename with the absolute path in any code "
            f"block you generate based on that file. \n{error}"
        )
    system = f"\n{filled('web_bench_system')}\n"
    return [{"role": "system", "content": system}, {"role": "user", "content": "".join((*parts, last))}]


def read_files(answer: str) -> dict[str, str]:
    """The files in an answer by name, "" for a block without one; of equal names the last counts.

    Each fenced block is a file, and its first line, after that of a language, or its last one may be its name.
    Raises UnreadableAnswer.
    """
    files: dict[str, str] = {}
    for block in _blocks(answer):
        lines = block.strip("\n\r").split("\n")
        if _IS_LANGUAGE(lines[0]):
            lines = lines[1:]
        if not lines:
            raise UnreadableAnswer(NO_NAME)
        name = ""
        if _NAME.fullmatch(lines[0]):
            name, *lines = lines
        elif _NAME.fullmatch(lines[-1]):
            *lines, name = lines
        files[name.removeprefix("/")] = "\n".join(lines)
    return files


def _blocks(answer: str) -> Iterator[str]:
    """Yield what is between fences, in time linear in the answer."""
    begin = answer.find(FENCE)
    while begin >= 0:
        end = answer.find(FENCE, begin + len(FENCE) + 1)  # an empty block is none
        if end < 0:
            return
        yield answer[begin + len(FENCE) : end]
        begin = answer.find(FENCE, end + len(FENCE))


def listed(paths: Iterable[str]) -> list[str]:
    """Sort paths as a walk through folders meets them: by name in each, and the files of a folder in its place."""
    return sorted(paths, key=lambda path: path.split("/"))


def shown(files: Mapping[str, bytes], hidden: Sequence[str]) -> dict[str, str]:
    """The texts of the files that an agent is shown, with a placeholder for pictures."""
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - for few projects only

    spec = GitIgnoreSpec.from_lines(hidden)
    return {
        path: PICTURE if path.endswith(".png") else files[path].decode("utf-8", "replace")
        for path in listed(files)
        if not spec.match_file(path)
    }


def written(files: Mapping[str, bytes], given: Mapping[str, str]) -> Written:
    """Write the files of an answer, each whole, over existing ones; an empty file leaves an existing one as it is.

    As in Web-Agent, files before one that cannot be written are written nevertheless.
    """
    changed: dict[str, bytes] = {}
    for name, text in given.items():
        if not name:
            continue
        path = posixpath.normpath(name.lstrip("/"))
        content = text.encode("utf-8", "replace")
        now = {**files, **changed}
        problem = _problem(now, path, text)
        if problem:
            return Written(files=changed, problem=problem)
        if not (path in now and (now[path] == content or not text.strip())):
            sizes = {**now, path: content}
            if len(sizes) > MOST_FILES or sum(map(len, sizes.values())) > MOST_BYTES:
                problem = f"a project has at most {MOST_FILES} files and {MOST_BYTES >> 20} MiB"
                return Written(files=changed, problem=problem)
            changed[path] = content
    return Written(files=changed)


def _problem(files: Mapping[str, bytes], path: str, text: str) -> str:
    """Why a file cannot be written; "" if it can."""
    if (why := path_fault(path)) is not None:
        return f"{path[:200]} cannot be written: {why}"
    if path.endswith((".html", ".htm")) and not _PAGE.search(_COMMENT.sub("", text)):
        return NOT_WHOLE
    folders = path.split("/")[:-1]
    if any("/".join(folders[:depth]) in files for depth in range(1, len(folders) + 1)):
        return f"ENOTDIR: not a directory, open './{path}'"
    if any(other.startswith(f"{path}/") for other in files):
        return f"EISDIR: illegal operation on a directory, open './{path}'"
    return ""


def failure_text(attempt: WebAttempt, specs_folder: str = "") -> str:
    """What an agent is told of a failed attempt: the end of what the runner printed, cleaned as Web-Bench does.

    Its log is free of colours already. Progress, lines that begin as a tag does, and folders are left out.
    """
    lines = [line for line in attempt.log.split("\n") if not _PROGRESS.match(line) and not line.startswith("<")]
    if attempt.outcome is Outcome.BUILD_FAILED:
        return "\n".join(lines).replace("src/", ".") or attempt.reason
    log = "\n".join(line for line in lines if line.strip())
    # A name of a single part may be that of a folder in the model's own files.
    log = (log.replace(specs_folder, ".") if "/" in specs_folder else log).replace("src/", ".")
    if attempt.test_s is None:  # no page was opened
        return "\n".join(filter(None, (attempt.reason, log)))
    return TOO_LONG if attempt.outcome is Outcome.TIMEOUT else log or attempt.reason
