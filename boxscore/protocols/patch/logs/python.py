"""The parsers of Python's runners: the pytest family, sympy's own, unittest and Django's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from boxscore.protocols.patch.logs.junit import unittest_names, worse
from boxscore.protocols.patch.logs.lines import lines
from boxscore.protocols.statuses import Status

if TYPE_CHECKING:
    from boxscore.protocols.patch.logs.lines import Found


WORDS = tuple(status.value for status in Status)

SUBFAIL = "SUBFAIL"

SKIP_COUNT = re.compile(r"\[\d+\]\Z")

# What stands behind `PASSED` where a log shows the output of a pytest within a test.
ARTEFACT = re.compile(r"\[(?:\d{1,3}%\]-*)?")

COLOUR = re.compile(r"\[(\d+)m")

CONTROLS = dict.fromkeys(range(1, 32))


def is_artefact(name: str) -> bool:
    """Tell whether a required id is a progress mark, such as `[100%]`, which the official parser took for a test.

    No report can have it: it is judged by the log alone.
    """
    return ARTEFACT.fullmatch(name) is not None


def pytest(log: str) -> Found:
    """Read the short summary of `pytest -rA`: a status, then an id up to the first space."""
    for line in lines(log):
        yield from _summary(line)


def matplotlib(log: str) -> Found:
    """Read as pytest, with the buttons that matplotlib's ids name by number in one version and by name in another."""
    for line in lines(log):
        yield from _summary(line.replace("MouseButton.LEFT", "1").replace("MouseButton.RIGHT", "3"))


def pytest_options(log: str) -> Found:
    """Read as pytest; a parameter that is an absolute path counts by its last part: `test_a[/x/y.py]` is `[/y.py]`."""
    for line in lines(log):
        for name, status in _summary(line):
            yield _short_path(name), status


def pytest_v2(log: str) -> Found:
    """Read `STATUS id` and, from old pytest, `id STATUS`; an id may hold spaces. Colours are removed."""
    for line in lines(log):
        text = COLOUR.sub("", line).translate(CONTROLS)
        if text.startswith(WORDS):
            words = (text.split(" - ", 1)[0] if text.startswith(Status.FAILED) else text).split()
            if len(words) > 1 and not _is_count(words):
                yield from _named(" ".join(words[1:]), words[0])
        elif text.startswith(SUBFAIL):
            yield from _failed_part(text)
        elif text.endswith(WORDS):
            words = text.split()
            if len(words) > 1:
                yield from _named(" ".join(words[:-1]), words[-1])


def pytest_v2_v4(log: str) -> Found:
    """Read as SWE-bench before v5 did: an id ends at its first space, as the ids in those rows do."""
    for line in lines(log):
        text = COLOUR.sub("", line).translate(CONTROLS)
        if text.startswith((*WORDS, SUBFAIL)):
            yield from _summary(text)
        elif text.endswith(WORDS):
            words = text.split(None, 2)
            if len(words) > 1:
                yield from _named(words[0], words[1])


def seaborn(log: str) -> Found:
    """Read `FAILED id`, `PASSED id` and `id PASSED [ n%]`; other statuses are not reported."""
    for line in lines(log):
        words = line.split(None, 2)
        if len(words) < 2:  # noqa: PLR2004 - a status and a name
            continue
        if line.startswith(Status.FAILED):
            yield words[1], Status.FAILED
        elif line.startswith(SUBFAIL):
            yield from _failed_part(line)
        elif " PASSED " in line:
            if words[1] == Status.PASSED:
                yield words[0], Status.PASSED
        elif line.startswith(Status.PASSED):
            yield words[1], Status.PASSED


def pytest_verbose(log: str) -> Found:
    """Read `pytest --verbose`: `id STATUS [ 5%]`, also with a reason or without the share; an id may hold spaces."""
    for line in lines(log):
        if line.startswith(SUBFAIL):
            yield from _failed_part(line)
        elif "::" in line and not line[0].isspace():
            first = line.split(None, 2)
            last = (line[: line.rfind("[")] if line.endswith("%]") else line).rsplit(None, 1)
            words = first if len(first) > 1 and first[1] in WORDS else last
            if len(words) > 1:
                yield from _named(words[0], words[1])


def sympy(log: str) -> Found:
    """Read `bin/test --verbose`: `test_name ok`, ` F` or ` E`, and `___ path.py:test ___` above each traceback."""
    for line in lines(log):
        first, last = line.find(" "), line.rfind(" ")
        colon = line.rfind(".py:", first + 1, last) if first >= 0 else -1
        if colon >= 0:
            yield f"{line[first + 1 : colon]}.py:{line[colon + 4 : last]}", Status.FAILED
    ends = ((" E", Status.ERROR), (" F", Status.FAILED), (" ok", Status.PASSED))
    for line in lines(log):
        text = line.strip()
        if not text.startswith("test_"):
            continue
        for end, status in ends:
            if text.endswith(end):
                yield text.split(None, 1)[0], status


def _summary(line: str) -> Found:
    if line.startswith(SUBFAIL):
        yield from _failed_part(line)
    if not line.startswith(WORDS):
        return
    words = (line.replace(" - ", " ", 2) if line.startswith(Status.FAILED) else line).split(None, 2)
    if len(words) > 1 and not _is_count(words):
        yield from _named(words[1], words[0])


def _failed_part(line: str) -> Found:
    """A subtest that failed: pytest itself counts its test as passed, and SWE-bench's parsers with it."""
    name = next((word for word in line.split() if "::" in word), None)
    if name:
        yield name, Status.FAILED


def _is_count(words: list[str]) -> bool:
    return words[0] == Status.SKIPPED and SKIP_COUNT.match(words[1]) is not None


def _named(name: str, word: str) -> Found:
    if word in WORDS:
        yield name, Status(word)


def _short_path(name: str) -> str:
    start, end = name.find("["), name.rfind("]")
    if start < 0 or end < start:
        return name
    option = name[start + 1 : end]
    if option.startswith("/") and not option.startswith("//") and "*" not in option:
        option = "/" + option.rsplit("/", 1)[1]
    return f"{name[:start]}[{option}]"


TEST = re.compile(r"\s*(\w+ \([\w.<>]+\))")

UNITTEST_STATUSES = {
    "ok": Status.PASSED,
    "FAIL": Status.FAILED,
    "ERROR": Status.ERROR,
    "expected failure": Status.XFAIL,
    "unexpected success": Status.FAILED,
}


def unittest(log: str) -> Found:
    """Read `python -m unittest -v`: a name such as `test_b (pkg.mod.TestA)` has the worst status of all its lines.

    Python 3.11 and later print `test_b (pkg.mod.TestA.test_b)`: such a test is reported under both names. The line
    after the name may be a docstring, and what a test prints may stand between its name and its status.
    """
    statuses: dict[str, Status] = {}
    name: str | None = None
    for line in lines(log):
        heading, _, rest = line.partition(": ")
        if heading in ("FAIL", "ERROR", "UNEXPECTED SUCCESS"):
            found = TEST.match(rest)
            status = Status.ERROR if heading == "ERROR" else Status.FAILED
            if found:
                _note(statuses, found[1], status)
            continue
        parts = line.split(" ... ")
        named = [found[1] for found in map(TEST.match, parts) if found]
        name = named[-1] if named else name
        result = _status(parts, after_name=bool(named))
        if result is not None and name is not None:
            _note(statuses, name, result)
            name = None
    yield from statuses.items()


def _status(parts: list[str], *, after_name: bool) -> Status | None:
    """Find the status at the end of a line, or a skip whose reason goes on to the end."""
    if any(part.startswith(("skipped '", 'skipped "')) for part in parts[1 if after_name else 0 :]):
        return Status.SKIPPED
    return UNITTEST_STATUSES.get(parts[-1].strip())


def _note(statuses: dict[str, Status], printed: str, status: Status) -> None:
    for name in unittest_names(printed):
        statuses[name] = worse(statuses.get(name, status), status)


VERSION_TEST = "--version is equivalent to version"

PASSES = (" ... ok", " ... OK", " ...  OK")

MIGRATION = "Applying sites.0002_alter_domain_unique...test_no_migrations"

SERVER_ERROR = " ... Internal Server Error: /"

CHECKED = " ... System check identified no issues (0 silenced)"

TESTING = re.compile(r"\s\.\.\.\sTesting against Django installed in ")

TESTED = re.compile(r" silenced\)\.\nok$", re.MULTILINE)


def django(log: str) -> Found:
    """Read `runtests.py --verbosity 2`, with what SWE-bench does where other output breaks a test's line in two.

    With a docstring the test's name is the docstring's first line, and a `FAIL:` heading names the method alone.
    """
    before: str | None = None
    for raw in lines(log):
        line = raw.strip()
        if VERSION_TEST in line:
            yield VERSION_TEST, Status.PASSED
        if " ... " in line:
            before = line.split(" ... ", 1)[0]
        yield from _on_line(line)
        if line.startswith("ok") and before is not None:
            yield before, Status.PASSED
    yield from _interrupted(log)
    yield from _tested_later(log)


def _on_line(line: str) -> Found:
    if line.endswith(PASSES):
        if line.startswith(MIGRATION):
            line = line.split("...", 1)[1].strip()
        for end in PASSES:
            if line.endswith(end):
                yield line.removesuffix(end), Status.PASSED
                break
    if " ... skipped" in line:
        yield line.split(" ... skipped", 1)[0], Status.SKIPPED
    for word, status in (("FAIL", Status.FAILED), ("ERROR", Status.ERROR)):
        if line.endswith(f" ... {word}"):
            yield line.split(f" ... {word}", 1)[0], status
        if line.startswith(f"{word}:"):
            words = line.split(None, 2)
            if len(words) > 1:
                yield words[1], status


def _interrupted(log: str) -> Found:
    """A line that one known message follows in place of its status, with `ok` on the line after it."""
    last = ""
    for line in lines(log):
        if line == "ok":
            name, found, rest = last.partition(SERVER_ERROR)
            if found and rest.endswith("/"):
                yield name, Status.PASSED
            if last.endswith(CHECKED):
                yield last.removesuffix(CHECKED), Status.PASSED
        last = line


def _tested_later(log: str) -> Found:
    """A line that the report about databases follows, over several lines, with `ok` at its end."""
    ends = TESTED.finditer(log)
    end = next(ends, None)
    done = 0
    for start in TESTING.finditer(log):
        if start.start() < done:
            continue
        while end is not None and end.start() < start.end():
            end = next(ends, None)
        if end is None:
            return
        line = log.rfind("\n", done, start.start()) + 1
        yield log[max(line, done) : start.start()], Status.PASSED
        done = end.end()
