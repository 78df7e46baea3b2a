"""The parsers of karma and of JavaScript suites whose logs name failures only."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from boxscore.protocols.patch.logs.lines import indent_of, lines, without_escapes
from boxscore.protocols.statuses import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.protocols.patch.logs.lines import Found


__all__ = ["bpmn_js", "chart_js", "eslint", "karma", "marked", "openlayers", "p5js", "quarto_cli"]

CHART = re.compile(r"Chrome\s[\d.]+[^\S\r\n]\(")

CHART_CLOSE = re.compile(r"\)[^\S\r\n]")

BPMN = (
    re.compile(r"2KPhantomJS\s[\d.]+\s\(Linux\s[\d.]+\)\s"),
    re.compile(r"2KPhantomJS\s[\d.]+\s\(Linux\sx86_64\)\s"),
    re.compile(r"HeadlessChrome\s[\d.]+\s\(Linux\s[\d.]+\)\s"),
)

BPMN_HEADLESS = re.compile(r"Chrome\sHeadless\s")

BPMN_SYSTEM = re.compile(r"\s\(Linux\sx86_64\)\s")

OPENLAYERS = (
    re.compile(r"Chrome\sHeadless\s[\d.]+\s\(Linux\s\S+\)\s"),
    re.compile(r"Chrome\s[\d.]+\s\(Linux\s\S+\)\s"),
)

OPENLAYERS_NUMBER = re.compile(r"^\s{2}\d+\)", re.MULTILINE)

OPENLAYERS_CASE = re.compile(r"^case\s(.*):\smismatch", re.MULTILINE)

ESLINT_NUMBER = re.compile(r"\s{2}\d+\)")

SPACE = re.compile(r"\s")

MARKED = re.compile(r"\d+\)\s(.*)")

QUARTO_FILES = (re.compile(r"/tmp/\w+\.qmd"), re.compile(r"/tmp/\w+/"))  # noqa: S108 - names in a log


def karma(log: str) -> Found:
    """Read karma's mocha reporter up to `SUMMARY:`: suites by indentation and the title, joined by ` > `."""
    indent, suites, started = -1, list[str](), False
    for line in lines(log):
        if line.startswith("SUMMARY:"):
            return
        if "Starting browser" in line:
            started = True
            continue
        text = line.lstrip()
        white = len(line) - len(text)
        if not started or not line:
            continue
        if text[:1] in ("✔", "✖") and text[1:2].isspace():
            yield " > ".join([*suites, text[2:]]), Status.PASSED if text[0] == "✔" else Status.FAILED
        elif white > 1 and white - 1 > indent:
            indent = white - 1
            suites.append(text)
        elif white > 1 and white - 1 < indent:
            indent = white - 1
            del suites[-1:]


def chart_js(log: str) -> Found:
    """Read karma's line about each failure, `Chrome 1.2 (Linux) name FAILED`; the space before FAILED is the name's."""
    for line in lines(without_escapes(log)):
        start = CHART.search(line) if line.endswith("FAILED") else None
        close = CHART_CLOSE.search(line, start.end() + 1) if start else None
        if close and close.end() <= len(line) - len("FAILED"):
            yield line[close.end() :].removesuffix("FAILED"), Status.FAILED


def bpmn_js(log: str) -> Found:
    """Read karma's line about each failure under PhantomJS and headless Chrome."""
    for line in _failed_lines(log):
        for pattern in BPMN:
            found = pattern.search(line)
            if found:
                yield line[found.end() :], Status.FAILED
        headless = BPMN_HEADLESS.search(line)
        if headless:
            ends = [one.end() for one in BPMN_SYSTEM.finditer(line, headless.end())]
            if ends:
                yield line[ends[-1] :], Status.FAILED


def openlayers(log: str) -> Found:
    """Read karma's line about each failure, mocha's numbered failures, and mismatches of the rendering suite."""
    for line in _failed_lines(log):
        for pattern in OPENLAYERS:
            found = pattern.search(line)
            if found:
                yield " ".join(line[found.end() :].split()), Status.FAILED
    done = 0
    for start in OPENLAYERS_NUMBER.finditer(log):
        if start.start() < done:
            continue
        end = log.find("Error:", start.end())
        if end < 0:
            break
        yield " ".join(log[start.end() : end].split()), Status.FAILED
        done = end + len("Error:")
    for found in OPENLAYERS_CASE.finditer(log):
        yield " ".join(found[1].split()), Status.FAILED


def eslint(log: str) -> Found:
    """Read mocha's numbered failures: titles up to the line that names an error, with single spaces."""
    done = 0
    for start in ESLINT_NUMBER.finditer(log):
        space = SPACE.search(log, start.end()) if start.start() >= done else None
        if space is None:
            continue
        error = log.find("Error", space.end())
        if error < 0:
            return
        line = log.rfind("\n", space.start(), error)
        yield " ".join(log[start.end() : space.start() if line < 0 else line].split()), Status.FAILED
        end = log.find("\n", error)
        done = log.rfind("Error", error, end if end >= 0 else len(log)) + len("Error")


def marked(log: str) -> Found:
    """Read jasmine's numbered failures, `1) title`, at the start of a line."""
    for line in lines(log):
        found = MARKED.match(line)
        if found:
            yield found[1].strip(), Status.FAILED


def quarto_cli(log: str) -> Found:
    """Read Deno's `[smoke] name ... ok` until the errors; temporary files count in the order they are met."""
    numbers: dict[str, int] = {}
    seen: set[str] = set()
    for line in lines(log):
        if "ERRORS" in line or "failures:" in line:
            return
        if "[smoke]" not in line and "[unit]" not in line:
            continue
        text = _numbered_files(line, numbers)
        name = text.split("...", 1)[0].strip()
        is_summary = "passed" in text and "failed" in text and "steps" in text
        if text.startswith("test result:") or is_summary or "34mINFO" in text:
            continue
        if "32mok" in text:
            yield name, Status.PASSED
        elif "31mFAILED" in text or name not in seen:
            yield name, Status.FAILED
        seen.add(name)


def _numbered_files(line: str, numbers: dict[str, int]) -> str:
    for pattern in QUARTO_FILES:
        found = pattern.search(line)
        if found:
            line = pattern.sub(f"/tmp/{numbers.setdefault(found[0], len(numbers))}", line)  # noqa: S108 - a name in a log
    return line


def _failed_lines(log: str) -> Iterator[str]:
    """Lines that end with FAILED, without it. The last line counts only if it is complete."""
    for line in lines(log if log.endswith("\n") else log[: log.rfind("\n") + 1]):
        if line.endswith("FAILED"):
            yield line.removesuffix("FAILED")


TAG = re.compile(r"<(/?)(\w+)>")

NUMBER = re.compile(r"^[^\S\n]*\d+\)", re.MULTILINE)

TITLE_CHARACTERS = 1000


def p5js(log: str) -> Found:
    """Read failures: a number, then suites and title on lines each indented more, up to a colon, joined by colons."""
    text = _without_xml("\n".join(_without_json(without_escapes(log))))
    done = 0
    for start in NUMBER.finditer(text):
        colon = text.find(":", start.end(), start.end() + TITLE_CHARACTERS + 1) if start.start() >= done else -1
        if colon < 0:
            continue
        done = colon + 1
        titles = text[start.end() : colon].split("\n")
        indents = [0, *map(indent_of, titles)]
        if all(one < other for one, other in pairwise(indents)):
            yield ":".join(title.strip() for title in titles), Status.FAILED


def _without_json(log: str) -> Iterator[str]:
    in_object = in_list = False
    for line in lines(log):
        text = line.rstrip()
        if text.endswith("{"):
            in_object = True
        elif text.endswith("["):
            in_list = True
        elif text == "}" and in_object:
            in_object = False
        elif text == "]" and in_list:
            in_list = False
        elif not (in_object or in_list or text[:1] + text[-1:] in ("{}", "[]")):
            yield line


def _without_xml(text: str) -> str:
    """Remove each element, from its tag to the end tag that balances it, or to the last there is."""
    tags: dict[str, list[tuple[int, int, int]]] = {}
    for found in TAG.finditer(text):
        tags.setdefault(found[2], []).append((found.start(), found.end(), -1 if found[1] else 1))
    kept, done = [], 0
    places = dict.fromkeys(tags, 0)
    for found in TAG.finditer(text):
        if found[1] or found.start() < done:
            continue
        end, left, places[found[2]] = _element(tags[found[2]], places[found[2]], found.start())
        if end:
            kept += [text[done : found.start()], f"<{found[2]}>" * left]
            done = end
    return "".join([*kept, text[done:]])


def _element(tags: list[tuple[int, int, int]], place: int, start: int) -> tuple[int, int, int]:
    """Find where the element that starts at `start` ends, how many inner ones stay open, and the next tag's place.

    The end is 0 if there is no end tag behind it. Each tag is looked at once, over all calls for one name.
    """
    while place < len(tags) and tags[place][0] < start:
        place += 1
    depth, end, left, after = 0, 0, 0, place
    while after < len(tags):
        _, stop, step = tags[after]
        depth += step
        after += 1
        if step < 0:
            end, left = stop, depth
        if depth <= 0:
            break
    return end, left, after
