"""The parsers of Go, Rust, and of the C and C++ projects that SWE-bench has."""

from __future__ import annotations

import re
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
