"""Parsers on forms that the recorded logs do not have, written by hand, and on text made to be slow."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from boxscore.protocols.patch.logs import parse_log
from boxscore.protocols.patch.logs.registry import NAME_CHARACTERS, PARSERS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType


P, F, E, S = "PASSED", "FAILED", "ERROR", "SKIPPED"

FORMS: dict[str, tuple[str, str, dict[str, str]]] = {
    "a path among parameters keeps its last part": (
        "pytest-options",
        "PASSED a[/x/y/z.dcm]\nPASSED b[//x/y]\nPASSED c[/x/*]\nPASSED d[/e/f]g\nPASSED h[",
        {"a[/z.dcm]": P, "b[//x/y]": P, "c[/x/*]": P, "d[/f]": P, "h[": P},
    ),
    "matplotlib names buttons by number": (
        "matplotlib",
        "PASSED t.py::a[MouseButton.LEFT]\nFAILED t.py::a[MouseButton.RIGHT] - x",
        {"t.py::a[1]": P, "t.py::a[3]": F},
    ),
    "old pytest puts the status behind the id": (
        "pytest-v2",
        "t.py::a PASSED\nt.py::b[x y] FAILED\nXPASSED\nt.py::c XPASSED",
        {"t.py::a": P, "t.py::b[x y]": F},
    ),
    "a status without a name is no test": (
        "pytest",
        "PASSED\nERROR: usage\nPASSEDtoo a\nSKIPPED [3] t.py:1: x",
        {},
    ),
    "the last status counts": ("pytest", "PASSED t.py::a\nERROR t.py::a - after", {"t.py::a": E}),
    "lines end with a line feed alone": (
        "pytest",
        "PASSED t.py::a\x0bPASSED t.py::b\rPASSED t.py::c\x85",
        {"t.py::a": P},
    ),
    "seaborn reads the status in the middle": (
        "seaborn",
        "t.py::a PASSED [ 1%]\nt.py::b FAILED [ 2%]\nFAILED t.py::b - x\nPASSED\nx y PASSED z",
        {"t.py::a": P, "t.py::b": F},
    ),
    "django prints other things between a name and its status": (
        "django",
        (
            "test_a (x.T) ... Testing against Django installed in '/x'\nwith 4 processes (0 silenced).\nok\n"
            "test_b (x.T) ... Internal Server Error: /a/\nok\n"
            "test_c (x.T) ... System check identified no issues (0 silenced)\nok\ntest_d (x.T) ...  OK\n"
            "Applying sites.0002_alter_domain_unique...test_no_migrations (b.T) ... ok\nFAIL:\n"
            "x --version is equivalent to version y\n"
        ),
        {
            "test_a (x.T)": P,
            "test_b (x.T)": P,
            "test_c (x.T)": P,
            "test_d (x.T)": P,
            "test_no_migrations (b.T)": P,
            "--version is equivalent to version": P,
        },
    ),
    "unittest's skip reasons may hold anything": (
        "unittest",
        "test_a (x.T) ... skipped 'not ... ok'\ntest_b (x.T) ... \n  test_b (x.T) (i=1) ... ERROR\nok\n",
        {"test_a (x.T)": S, "test_b (x.T)": E},
    ),
    "a unittest status without a test is none": ("unittest", "ok\nFAIL\nERROR: no test here\n", {}),
    "redis prints where a test failed": (
        "redis",
        "[ok]: sets an item (3 ms)\n[err]: trims a list in tests/unit/list.tcl\n[skip]: slow: (x)\n[ignore]: not here",
        {"sets an item": P, "trims a list": F, "slow: (x)": S, "not here": S},
    ),
    "automake": ("jq", "PASS: tests/jqtest\n  FAIL: tests/shtest\n# PASS: 1", {"tests/jqtest": P, "tests/shtest": F}),
    "micropython": ("micropython", "pass  a.py\nFAIL  b.py\nskip  c.py", {"a.py": P, "b.py": F, "c.py": S}),
    "maven's results come in the order of its commands": (
        "maven",
        "+ mvn -Dtest=a.T#one\n+ mvn -Dtest=a.T#two -q\n[INFO] BUILD SUCCESS\n[INFO] BUILD FAILURE",
        {"a.T#one": P, "a.T#two": F},
    ),
    "maven's results may come before its commands": (
        "maven",
        "[INFO] BUILD FAILURE\n+ mvn -Dtest=a.T#one",
        {"a.T#one": F},
    ),
    "before v5 a result belonged to the last command": (
        "maven-v4",
        "+ mvn -Dtest=a.T#one\n+ mvn -Dtest=a.T#two -Dtest=\n[INFO] BUILD SUCCESS",
        {"a.T#two": P},
    ),
    "gradle's status may stand alone": (
        "gradle",
        "a.T > one\nnoise here\nPASSED\n> Task :test FAILED\nFAILED\nx FAILED\nab FAILED",
        {"a.T > one": P, "ab": F},
    ),
    "ant": ("ant", "[junit] [ERR] a(b)", {"a(b)": F}),
    "shoulda's names end in a full stop": (
        "minitest",
        "T#test_: a filter should work.  = 0.01 s = .\nT#test_: v1.2 should fail a=b. = 0.1 s = F",
        {"T#test_: a filter should work": P, "T#test_: v1.2 should fail a=b": F},
    ),
    "cucumber prints a dot for each step": (
        "jekyll",
        "features/a.feature:3 .....\nfeatures/b.feature ...F\nfeatures/c.feature .",
        {"features/a.feature:3": P, "features/b.feature": F},
    ),
    "jekyll has minitest too": ("jekyll", "T#test_a. = 0.1 s = .\nfeatures/a .....", {"T#test_a": P}),
    "immutable.js has jest in two forms": ("immutable-js", "[PASSED] a > b\n ✓ c (1 ms)", {"a > b": P}),
    "immutable.js has verbose jest": ("immutable-js", " ✓ c (1 ms)\n ✕ d\n ○ e", {"c": P, "d": F, "e": S}),
    "vitest skips": ("vitest", " ✓ a > b 3ms\n ↓ a > c [skipped]\n \u00d7 a > d", {"a > b": P, "a > c": S, "a > d": F}),
    "a file's time is no part of its name": (
        "jest-files",
        "PASS a.js (5.2 s)\nFAIL b.js (12ms)\nPASS c (x) (3s)\nFAIL d.js",
        {"a.js": P, "b.js": F, "c (x)": P, "d.js": F},
    ),
    "a broken report of prism is empty": (
        "prismjs",
        '+ ./node_modules/.bin/mocha tests/run.js --reporter json\n{"passes": [' + "[" * 5000 + "}",
        {},
    ),
    "lighthouse with mocha": (
        "lighthouse",
        "running 2 test files\n\n  Gatherer\n    ✔ works (21ms)\n    nested\n      1) fails\n  2 passing\n  ✔ late",
        {"works": P, "nested - fails": F},
    ),
    "lighthouse with mocha's JSON": (
        "lighthouse",
        (
            "+ ./node_modules/.bin/mocha --reporter json\n"
            '"failures": [\n"fullTitle": "A b",\n],\n"passes": [\n"fullTitle": "A c",\n]'
        ),
        {"A b": F, "A c": P},
    ),
    "lighthouse with jest": ("lighthouse", "PASS a.js", {"a.js": P}),
    "next with karma": (
        "next",
        (
            "+ xvfb-run npm test\nStarting browser Chrome\n  Button\n    \x1b[32m✓ renders\x1b[0m\n    LOG: ✓ no\n"
            "    group\n      ✗ fails\nAssertionError: #a\n ✓ no\n\n  Box\n    ✓ works\nTOTAL\n    ✓ late"
        ),
        {"Button - renders": P, "Button - group - fails": F, "Box - works": P},
    ),
    "next with Cypress": (
        "next",
        "  Running:  a.js   (1 of 1)\n\n\n  Button\n    ✓ renders (20ms)\n    1) fails\n      ✓ nested (1ms)\n",
        {"Button: renders": P, "Button: fails": F},
    ),
    "bpmn-js under four browsers": (
        "bpmn-js",
        (
            "\x1b[2KPhantomJS 2.1.1 (Linux 0.0.0) a FAILED\n\x1b[2KPhantomJS 2.1.1 (Linux x86_64) b FAILED\n"
            "Chrome Headless 120 (Linux x86_64) c (Linux x86_64) d FAILED\nHeadlessChrome 79.0 (Linux 0.0.0) e FAILED\n"
            "HeadlessChrome 79.0 (Linux 0.0.0) f FAILED"
        ),
        {"a ": F, "b ": F, "d ": F, "e ": F},
    ),
    "openlayers has three suites": (
        "openlayers",
        "case cases/a: mismatch 0.1\n  1) suite\n   title:\n     Error: x\n  2) other\n   AssertionError: y\n",
        {"cases/a": F, "suite title:": F, "other Assertion": F},
    ),
    "eslint's titles end where an error is named": (
        "eslint",
        "  1) suite\n      title:\n\n  AssertionError: a\n  3)Error b\n  TypeError: c\n  4) never",
        {"suite title:": F, "Error b": F},
    ),
    "p5.js prints JSON and XML between": (
        "p5js",
        (
            '{\n  1) no:\n}\n[\n  2) no:\n]\n["3) no:"]\n<p> <p> 4) no: </p> </p>\n'
            "  5) Color\n       fades:\n  6) a\nb:\n  7) a<i>b:</i>c:"
        ),
        {"Color:fades": F, "ac": F},
    ),
    "quarto numbers temporary files": (
        "quarto-cli",
        (
            "[smoke] > a /tmp/xyz.qmd ... \x1b[32mok\n[smoke] > b /tmp/xyz.qmd ... \x1b[31mFAILED\n"
            "[unit] c\n[unit] d ...\n"
            "[unit] d ... \x1b[32mok\n ERRORS \n[unit] e ... \x1b[32mok"
        ),
        {"[smoke] > a /tmp/0": P, "[smoke] > b /tmp/0": F, "[unit] c": F, "[unit] d": P},
    ),
    "a broken doctest report is empty": ("doctest", "<doctest><TestCase></doctest>", {}),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_form_is_read(form: str) -> None:
    parser, log, expected = FORMS[form]

    assert expected == parse_log(parser, log)


UNITS = (
    "[",
    "(",
    " ",
    "1",
    "_",
    "x" * 50 + " ",
    "FAILED a[/ - ",
    "ERROR: ",
    " ... skipped ... ok ... Testing against Django installed in ",
    "a (b) ... ",
    "___ a.py:b ",
    "  1) Error",
    "  1)",
    " 1): ",
    "<a><b></a>",
    "<a>",
    "{[",
    "✓ a (1 ms)",
    "✔ (1ms) -",
    "Chrome 1 (Linux a) FAILED",
    "Chrome Headless 1 (Linux x86_64) ",
    "Starting browser xvfb-run  ",
    "running 1 test files ./node_modules/.bin/jest ✕ ",
    "Running: )",
    '"fullTitle": "',
    "[ OK ] (",
    "-Dtest= BUILD ",
    "a > b PASSED > ",
    "--- PASS: ( (",
    "[ok]: (1 in ",
    ". = .F: ",
    " ..F - passed",
    "AssertionError:  #",
    "/tmp/a [smoke] ... ",
    ">>>>> Start Test Output",
)
INDENTED = "".join(f"{' ' * depth}suite\n" for depth in range(300))


def logs(size: int) -> Iterator[str]:
    """Units repeated in one line and in many, and two logs with suites inside suites."""
    for unit in UNITS:
        yield unit * (size // len(unit))
        yield f"{unit}\n" * (size // len(unit))
    yield "Starting browser xvfb-run ./node_modules/.bin/jest running 1 test files\n" + INDENTED + "✔ a\n✓ b\n" * 200
    yield "<doctest>" + "<SubCase name='a'>" * 300 + "</doctest>"


@pytest.mark.parametrize("parser", PARSERS)
def test_twice_the_log_is_at_most_twice_the_calls(parser: str) -> None:
    for once, twice in zip(logs(800), logs(1600), strict=True):
        assert calls(parser, twice) <= 2.2 * calls(parser, once) + 50


def calls(parser: str, log: str) -> int:
    count = 0

    def note(_frame: FrameType, event: str, _arg: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        parse_log(parser, log)
    finally:
        sys.setprofile(None)
    return count


def test_names_under_long_suites_are_bounded() -> None:
    log = f"  {'s' * 60_000}\n" + "".join(f"    ✔ test{number}\n" for number in range(2000))

    statuses = parse_log("mocha", log)

    assert len(statuses) == NAME_CHARACTERS // 60_010
