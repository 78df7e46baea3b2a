"""The problems in Java: an answer's classes and tests of JUnit in one file, and a runner that counts what passes.

The tests run in the candidate's process, so what is printed is that process' word: a claim.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import boxscore

from .python import fenced

if TYPE_CHECKING:
    from boxscore import Instance, ProgramTask

RUNNER = Path(__file__).with_name("runner.java")
FENCES = tuple(
    (re.compile(start), re.compile(end))
    for start, end in ((r"```java[\n\r]", r"[\n\r]```"), ("```Java", "```"), (r"```[\n\r]", r"[\n\r]```"))
)
IMPORTED = re.compile(r"import\s")
BEGINNING = re.compile(r"(?:public|interface|class)\s")
IMPORT = re.compile(r"^[ \t]*import\s+[^;\n]+;", re.MULTILINE)
TYPE = re.compile(r"\b(?:class|interface|enum|record)\s+(\w+)")
TEST_CLASS = re.compile(r"\bclass\s+(\w+)")
PUBLIC = re.compile(r"\bpublic\s+(?=(?:\w+\s+){0,16}(?:class|interface|enum|record|@interface)\b)")
TEST_METHOD = re.compile(r"@(?:Test|ParameterizedTest|RepeatedTest)\b")
# Comments, texts and characters, in which brackets count for nothing. A comment that nothing ends is all of the rest.
# What follows a backslash begins no text: else each mark in a text that nothing ends would be looked for an end.
PASSED_OVER = re.compile(
    r'//[^\n]*|/\*.*?(?:\*/|\Z)|"""(?:[^\\]|\\.)*?"""|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|\\.|[{};]', re.DOTALL
)
JUNIT = ("import org.junit.jupiter.api.Test;", "import static org.junit.jupiter.api.Assertions.*;")
CPU_S, MEMORY_BYTES = 420.0, 2 << 30
CHECKER = """\
import json


def accept(stdin, output, expected):
    head, mark, tail = output.rpartition("\\nboxscore: tests ")
    counts = tail.partition("\\n")[0].split()  # a program may print more while it ends
    return bool(mark) and len(counts) == 2 and counts[0] == counts[1] != "0"
"""


def extracted(answer: str) -> str | None:
    """The code in an answer: between tags, in all fences one after the other, or from its first line of code."""
    if "[Java]" in answer:
        tagged, closed, _ = answer.partition("[Java]")[2].partition("[/Java]")
        return tagged if closed else None
    if "```" in answer:
        blocks = []
        for start, end in FENCES:
            found, answer = fenced(start, end, answer)
            blocks += found
        return "\n".join(blocks) or None
    last = answer.rfind("}")
    first = (IMPORTED if "import " in answer else BEGINNING).search(answer, 0, max(last, 0))
    return None if first is None else answer[first.start() : last + 1]


def check(tests: str) -> None:
    """Raise ValueError where tests define no class, or no test."""
    if TEST_CLASS.search(tests) is None or TEST_METHOD.search(tests) is None:
        raise ValueError("defines no class with tests")


def program(code: str, instance: Instance) -> str:
    """One file of the code's types and of what runs the tests; of two types of one name the last one counts."""
    name = test_class(instance)
    types = {kind: text for kind, text in top_level(code) if kind != name}
    imports = dict.fromkeys((*JUNIT, *(one.strip() for one in IMPORT.findall(code))))
    return "\n".join((*imports, *types.values(), RUNNER.read_text().replace("TESTS", name)))


def test_class(instance: Instance) -> str:
    """The name of the class of tests, whose file has that name."""
    found = TEST_CLASS.search(str(instance.row["testcases"]))
    return "" if found is None else found[1]


def top_level(source: str) -> list[tuple[str, str]]:
    """The types of a source that are in no other: name, and text without `public`, which a file can have but once."""
    found, start, depth = [], 0, 0
    for token in PASSED_OVER.finditer(source):
        depth += {"{": 1, "}": -1}.get(token[0], 0)
        if depth == 0 and token[0] in {"}", ";"}:
            text = source[start : token.end()]
            named = TYPE.search(_without_comments(text))
            if token[0] == "}" and named is not None:
                found.append((named[1], _package_private(text)))
            start = token.end()
        depth = max(depth, 0)
    return found


def _without_comments(text: str) -> str:
    return PASSED_OVER.sub(lambda token: "" if token[0].startswith("/") else token[0], text)


def _package_private(text: str) -> str:
    head, bracket, body = text.partition("{")
    return PUBLIC.sub("", head) + bracket + body


def task(instance: Instance, files: tuple[tuple[str, bytes], ...]) -> ProgramTask:
    """Run the runner, which says how many tests there are and how many have passed.

    The tests are a file of their own, as they are: JUnit 4 asks for a public class.
    """
    tests = (f"{test_class(instance)}.java", str(instance.row["testcases"]))
    texts = tuple((name, data.decode("utf-8")) for name, data in files)
    limits = boxscore.Limits(
        cpu_s=CPU_S, wall_s=2 * CPU_S, memory_bytes=MEMORY_BYTES, processes=256, output_bytes=4 << 20
    )
    return boxscore.ProgramTask(
        language="java-junit",
        cases=(boxscore.Case(stdin="", expected=str(instance.row["_id"])),),
        comparison=boxscore.Comparison(rule=boxscore.Rule.CHECKER, checker=CHECKER),
        files=(tests, *texts),
        limits=limits,
        compile_limits=limits,
        claimed=True,
    )
