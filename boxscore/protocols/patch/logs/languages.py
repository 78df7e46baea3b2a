"""The parsers of Go, Rust, C, C++, Java, Ruby and PHP."""

from __future__ import annotations

import re
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from boxscore.errors import ProtocolError
from boxscore.protocols.patch.logs.junit import read_xml
from boxscore.protocols.patch.logs.lines import lines
from boxscore.protocols.statuses import Status

if TYPE_CHECKING:
    from boxscore.protocols.patch.logs.lines import Found

CARGO = re.compile(r"test\s+(\S+)\s+\.\.\.\s+(ok|FAILED)\Z")
REDIS = re.compile(r"\[(ok|err|skip|ignore)\]:\s(.+?)(?:\s\(\d+\s*m?s\))?\Z")
JQ = re.compile(r"(PASS|FAIL):\s(.+)\Z")
MICROPYTHON = re.compile(r"(pass|FAIL|skip)\s+(.+)\Z")
GOOGLETEST = re.compile(r"\[\s*(OK|FAILED)\s*\]\s")
WORDS = {
    "ok": Status.PASSED,
    "err": Status.FAILED,
    "skip": Status.SKIPPED,
    "ignore": Status.SKIPPED,
    "pass": Status.PASSED,
    "OK": Status.PASSED,
    "FAILED": Status.FAILED,
    "PASS": Status.PASSED,
    "FAIL": Status.FAILED,
    "SKIP": Status.SKIPPED,
}


def go(log: str) -> Found:
    """Read `go test -v`: `--- PASS: TestA/sub (0.00s)`, at any depth; `go test -json` has these lines in JSON."""
    for line in lines(log):
        text = _printed(line).strip()
        if text.startswith(("--- PASS: ", "--- FAIL: ", "--- SKIP: ")) and text.endswith(")"):
            time = text.rfind(" (", 11, len(text) - 2)
            if time > 0:
                yield text[10:time], WORDS[text[4:8]]


class _GoLine(msgspec.Struct, rename="pascal"):
    output: str


def _printed(line: str) -> str:
    """What was printed, taken out of the line of JSON that `go test -json` makes of it."""
    if line.startswith('{"') and '"Output":' in line:
        with suppress(msgspec.MsgspecError, RecursionError):
            return msgspec.json.decode(line, type=_GoLine).output
    return line


def cargo(log: str) -> Found:
    """Read libtest: `test module::name ... ok`; ignored tests are not reported."""
    return _worded(log, CARGO, word=2)


def jq(log: str) -> Found:
    """Read automake's `PASS: name`."""
    return _worded(log, JQ)


def micropython(log: str) -> Found:
    """Read `pass  name`, `FAIL  name`, `skip  name`."""
    return _worded(log, MICROPYTHON)


def _worded(log: str, pattern: re.Pattern[str], *, word: int = 1) -> Found:
    for line in lines(log):
        found = pattern.match(line.strip())
        if found:
            yield found[3 - word], WORDS[found[word]]


def redis(log: str) -> Found:
    """Read `[ok]: name (3 ms)`; behind a failed test's name stands ` in path`."""
    for name, status in _worded(log, REDIS):
        words = name.rsplit(None, 2)
        if status is Status.FAILED and len(words) == 3 and words[1] == "in":  # noqa: PLR2004 - name, in, path
            yield words[0], status
        else:
            yield name, status


def googletest(log: str) -> Found:
    """Read `[       OK ] Suite.Name (0 ms)`."""
    for line in lines(log):
        text = line.strip()
        time = text.rfind("(", 1, len(text) - 1) if text.endswith(")") else -1
        while time > 0 and not text[time - 1].isspace():
            time = text.rfind("(", 1, time)
        last = None
        for found in GOOGLETEST.finditer(text, 0, max(time, 0)):
            if found.end() < time:
                last = found
        if last is not None:
            yield text[last.end() : time - 1], WORDS[last[1]]


def doctest(log: str) -> Found:
    """Read the XML that doctest prints with `-s -r=xml`: `TestCase > SubCase`; a broken document is empty."""
    start = log.find("<doctest")
    end = log.find("</doctest>", start)
    if start < 0 or end < 0:
        return
    names: list[str] = []
    failed: set[int] = set()
    case, open_elements = "None", list[int | None]()

    def opened(tag: str, attributes: dict[str, str]) -> None:
        nonlocal case
        if tag == "TestCase":
            case = attributes.get("name", "None")
        is_subcase = tag == "SubCase"
        if is_subcase:
            names.append(f"{case} > {attributes.get('name')}")
        open_elements.append(len(names) - 1 if is_subcase else None)
        if tag == "Expression" and attributes.get("success") != "true":
            failed.update(one for one in open_elements if one is not None)

    def closed(_tag: str) -> None:
        open_elements.pop()

    try:
        read_xml(log[start : end + len("</doctest>")].encode(errors="replace"), opened=opened, closed=closed)
    except ProtocolError:
        return
    for index, name in enumerate(names):
        yield name, Status.FAILED if index in failed else Status.PASSED


ANT = re.compile(r"\[junit\]\s+\[(PASS|FAIL|ERR)\]\s+(.*)\Z")
GRADLE_NAME = re.compile(r"[^>]\S*\s+>\s+\S+\Z")
JAVA_WORDS = {
    "PASS": Status.PASSED,
    "FAIL": Status.FAILED,
    "ERR": Status.FAILED,
    "PASSED": Status.PASSED,
    "FAILED": Status.FAILED,
    "BUILD SUCCESS": Status.PASSED,
    "BUILD FAILURE": Status.FAILED,
}
OPTION = "-Dtest="


def maven(log: str) -> Found:
    """Read one Maven run per test: names from `-Dtest=…` as the shell prints the commands, builds in the same order."""
    names, results = deque[str](), deque[Status]()
    for line in lines(log):
        text = line.strip()
        name = _chosen(text)
        if name:
            names.append(name)
        result = _build(text)
        if result and names:
            yield names.popleft(), result
        elif result:
            results.append(result)
    yield from zip(names, results, strict=False)


def maven_v4(log: str) -> Found:
    """Read as SWE-bench before v5 did: a build's result is that of the last test named before it."""
    name = "---NO TEST NAME FOUND YET---"
    for line in lines(log):
        text = line.strip()
        name = _chosen(text) or name
        result = _build(text)
        if result:
            yield name, result


def _chosen(text: str) -> str | None:
    place = text.rfind(OPTION)
    while place >= 0:
        after = text[place + len(OPTION) :][:1]
        if after and not after.isspace():
            return text[place + len(OPTION) :].split(None, 1)[0]
        place = text.rfind(OPTION, 0, place)
    return None


def _build(text: str) -> Status | None:
    return JAVA_WORDS[text[-13:]] if text.endswith(("BUILD SUCCESS", "BUILD FAILURE")) else None


def ant(log: str) -> Found:
    """Read `[junit] [PASS] name`, which SWE-bench's formatter prints."""
    for line in lines(log):
        found = ANT.match(line.strip())
        if found:
            yield found[2], JAVA_WORDS[found[1]]


def gradle(log: str) -> Found:
    """Read `Class > method PASSED`; other output may stand between a name and its status on a line of its own."""
    pending: str | None = None
    for line in lines(log):
        text = line.strip()
        if text.endswith(("PASSED", "FAILED")) and text[-7:-6].isspace() and len(text) > 8 and text[0] != ">":  # noqa: PLR2004 - a name of two characters
            yield text[:-7], JAVA_WORDS[text[-6:]]
            pending = None
        elif GRADLE_NAME.match(text):
            pending = text
        elif pending is not None and text in ("PASSED", "FAILED"):
            yield pending, JAVA_WORDS[text]
            pending = None


CUCUMBER = re.compile(r" (\.+)(F?)")
MINITEST = re.compile(r"(\S+) = [\d.]+ s = ([.FES])\Z")
RUBY_UNIT = re.compile(r"(?:test: )?(.+):\s+(\.|E\b|F\b|O\b)")
PHPUNIT_SUITE = re.compile(r"\w")
PHPUNIT_TEST = re.compile(r"\s*([✔✘↩])\s*(.*)")
MARKS = {
    ".": Status.PASSED,
    "E": Status.FAILED,
    "F": Status.FAILED,
    "O": Status.SKIPPED,
    "S": Status.SKIPPED,
    "✔": Status.PASSED,
    "✘": Status.FAILED,
    "↩": Status.SKIPPED,
}


def minitest(log: str) -> Found:
    """Read `name. = 0.01 s = .`: the last `.`, `F` or `E` of the line is the status.

    SWE-bench knows only names that end in a full stop; `TestA#test_b = 0.01 s = S`, minitest's own form, is read too.
    """
    for line in lines(log):
        text = line.strip()
        plain = MINITEST.match(text)
        if plain and "#" in plain[1] and not plain[1].endswith("."):
            yield plain[1], MARKS[plain[2]]
            continue
        mark = max(text.rfind(one) for one in ".FE")
        equals = text.rfind("=", 0, max(mark, 0))
        end = text.rfind(". ", 1, max(equals, 0))
        if end > 0:
            yield text[:end], MARKS[text[mark]]


def cucumber(log: str) -> Found:
    """Read `--format progress`: a name, then at least two dots, or dots and an `F`."""
    for line in lines(log):
        text = line.strip()
        last = None
        for found in CUCUMBER.finditer(text):
            if found[2] or len(found[1]) > 1:
                last = found
        if last is not None:
            yield text[: last.start()], MARKS[last[2] or "."]


def jekyll(log: str) -> Found:
    """Read as minitest if it finds anything, else as cucumber: the instances of this repository use both."""
    found = False
    for one in minitest(log):
        found = True
        yield one
    if not found:
        yield from cucumber(log)


def ruby_unit(log: str) -> Found:
    """Read test-unit with `-v`: `test: name: .: (0.01)`."""
    for line in lines(log):
        found = RUBY_UNIT.match(line.strip())
        if found:
            yield found[1], MARKS[found[2]]


def rspec(log: str) -> Found:
    """Read `description - passed`, as SWE-bench prints rspec's JSON report; pending examples are not reported."""
    for line in lines(log):
        text = line.strip()
        passed, failed = text.rfind(" - passed"), text.rfind(" - failed")
        if max(passed, failed) > 0:
            yield text[: max(passed, failed)], Status.PASSED if passed > failed else Status.FAILED


def phpunit(log: str) -> Found:
    r"""Read `--testdox`: a class as `Name (Full\Name)`, then its tests, joined by ` > `."""
    suite: str | None = None
    for line in lines(log):
        end = line.rfind(" (", 2, len(line) - 2) if line.endswith(")") else -1
        test = PHPUNIT_TEST.match(line)
        if end > 0 and PHPUNIT_SUITE.match(line):
            suite = line[:end]
        elif test:
            yield f"{suite} > {test[2]}", MARKS[test[1]]
