"""Each parser on what the real runner printed, where the statuses are known because the tests were written for it.

The logs in recorded/ are from suites of our own about a shelf, with the folder's path, the host's name and Java's
properties replaced or left out.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from boxscore.errors import UsageError
from boxscore.protocols.patch.logs import parse_log, parser_names, suite_ran

RECORDED = Path(__file__).parent / "recorded"
P, F, E, S, X = "PASSED", "FAILED", "ERROR", "SKIPPED", "XFAIL"

PYTEST = {
    "test_shelf.py::TestShelf::test_holds": P,
    "test_shelf.py::TestShelf::test_breaks": F,
    "test_shelf.py::test_names[a": P,
    "test_shelf.py::test_names[x-y]": P,
    "test_shelf.py::test_names[with": P,
    "test_shelf.py::test_names[\\xe4]": P,
    "test_shelf.py::test_names[/tmp/data/x.txt]": P,
    "test_shelf.py::test_names[https://a/b]": P,
    "test_shelf.py::test_even[1]": F,
    "test_shelf.py::test_even[2]": P,
    "test_shelf.py::test_expected": X,
    "test_shelf.py::test_set_up": E,
    "test_shelf.py::test_tear_down": E,
    "test_shelf.py::TestOld::test_old": P,
    "test_shelf.py::TestOld::test_sub": F,
}
SHORT_PATH = {name.replace("[/tmp/data/x.txt]", "[/x.txt]"): status for name, status in PYTEST.items()}
WHOLE_NAMES = {
    {"test_shelf.py::test_names[a": "test_shelf.py::test_names[a b]"}.get(name, name): status
    for name, status in PYTEST.items()
    if name not in ("test_shelf.py::test_names[with", "test_shelf.py::test_expected")
} | {
    "test_shelf.py::test_names[with [brackets]]": P,
    "test_shelf.py::test_expected - known": X,
    "test_shelf.py::test_set_up - RuntimeError: no - fixture": E,
    "test_shelf.py::test_tear_down - RuntimeError: after": E,
    "test_shelf.py::test_tear_down": P,
}
del WHOLE_NAMES["test_shelf.py::test_set_up"]
VERBOSE = {
    {"test_shelf.py::test_names[a": "test_shelf.py::test_names[a b]"}.get(name, name): status
    for name, status in PYTEST.items()
    if name != "test_shelf.py::test_names[with"
} | {
    "test_shelf.py::test_names[with [brackets]]": P,
    "test_shelf.py::test_skipped": S,
}
FORGED = {"test_shelf.py::TestShelf::test_forged": P}
UNITTEST = {
    "test_breaks (pkg.test_box.TestBox)": F,
    "test_described (pkg.test_box.TestBox)": P,
    "test_described_badly (pkg.test_box.TestBox)": F,
    "test_expected (pkg.test_box.TestBox)": X,
    "test_holds (pkg.test_box.TestBox)": P,
    "test_prints (pkg.test_box.TestBox)": P,
    "test_raises (pkg.test_box.TestBox)": E,
    "test_skipped (pkg.test_box.TestBox)": S,
    "test_sub (pkg.test_box.TestBox)": F,
    "test_sub_fine (pkg.test_box.TestBox)": P,
    "test_unexpected (pkg.test_box.TestBox)": F,
    "setUpClass (pkg.test_box.TestNoClass)": E,
}
MOCHA = {
    "Shelf holds": P,
    "Shelf breaks": F,
    "Shelf is skipped": S,
    "Shelf comes after": P,
    "Shelf when full takes no more": P,
    "Shelf when full is slow": P,
    "Shelf when full raises": F,
    "Box holds": P,
}
EXPECTED: dict[tuple[str, str], dict[str, str]] = {
    ("pytest", "pytest.log"): PYTEST | FORGED,
    ("pytest", "pytest_short.log"): PYTEST,
    ("pytest-options", "pytest_short.log"): SHORT_PATH,
    ("matplotlib", "pytest_short.log"): PYTEST,
    ("pytest-v2-v4", "pytest_short.log"): PYTEST,
    ("pytest-v2-v4", "pytest_colour.log"): PYTEST | FORGED,
    ("pytest-v2", "pytest_short.log"): WHOLE_NAMES,
    ("tox", "pytest_colour.log"): WHOLE_NAMES | FORGED,
    ("seaborn", "pytest_verbose.log"): {
        "test_shelf.py::TestShelf::test_holds": P,
        "test_shelf.py::TestShelf::test_breaks": F,
        "test_shelf.py::test_names[x-y]": P,
        "test_shelf.py::test_names[\\xe4]": P,
        "test_shelf.py::test_names[/tmp/data/x.txt]": P,
        "test_shelf.py::test_names[https://a/b]": P,
        "test_shelf.py::test_even[1]": F,
        "test_shelf.py::test_even[2]": P,
        "test_shelf.py::test_tear_down": P,
        "test_shelf.py::TestOld::test_old": P,
        "test_shelf.py::TestOld::test_sub": F,
    },
    ("pytest-verbose", "pytest_verbose.log"): VERBOSE,
    ("unittest", "unittest_3_9.log"): UNITTEST,
    ("django", "django.log"): {
        "test_broken (shop.tests.ItemTests.test_broken)": F,
        "test_broken": F,
        "An item is kept.": P,
        "test_error (shop.tests.ItemTests.test_error)": E,
        "test_error": E,
        "test_saved (shop.tests.ItemTests.test_saved)": P,
        "test_skipped (shop.tests.ItemTests.test_skipped)": S,
        "test_checks (shop.tests.PageTests.test_checks)": P,
        "test_fine (shop.tests.PageTests.test_fine)": P,
        "test_server_error (shop.tests.PageTests.test_server_error)": P,
    },
    ("sympy", "sympy.log"): {
        "test_holds": P,
        "test_breaks": F,
        "test_raises": E,
        "sympy/core/tests/test_shelf.py:test_breaks": F,
        "sympy/core/tests/test_shelf.py:test_raises": F,
    },
    ("mocha", "mocha.log"): MOCHA,
    ("mocha", "mocha_old.log"): MOCHA,
    ("highlightjs", "mocha.log"): {
        "Shelf.holds": P,
        "Shelf.breaks": F,
        "- is skipped.comes after": P,
        "when full.takes no more": P,
        "when full.is slow": P,
        "when full.raises": F,
        "Box.holds": P,
    },
    ("tap", "mocha_tap.log"): {
        ("Shelf is skipped # SKIP -" if status == S else name): P if status == S else status
        for name, status in MOCHA.items()
    },
    ("tap", "node_tap.log"): {
        "- holds": P,
        "- breaks": F,
        "- is skipped # SKIP not here": P,
        "- takes more": P,
        "- takes no more": F,
        "- Shelf": F,
    },
    ("prismjs", "mocha_json.log"): {name: status for name, status in MOCHA.items() if status != S},
    ("eslint", "mocha_min.log"): {"Shelf breaks:": F, "Shelf when full raises:": F},
    ("p5js", "mocha_min.log"): {"Shelf:breaks": F, "Shelf:when full:raises": F},
    ("marked", "jasmine.log"): {"Shelf breaks": F, "Shelf when full takes no more": F},
    ("jest", "jest.log"): {
        "holds": P,
        "breaks": F,
        "skipped is skipped": S,
        "takes no more": P,
        "is slow": P,
        "stands alone": P,
    },
    ("calypso", "calypso.log"): {
        "Shelf - holds": P,
        "Shelf - breaks": F,
        "Shelf - when full - takes no more": P,
        "Shelf - when full - is slow": P,
    },
    ("jest-json", "jest_json.log"): {
        "Shelf > holds": P,
        "Shelf > breaks": F,
        "Shelf > when full > takes no more": P,
        "Shelf > when full > is slow": P,
        "stands alone": P,
    },
    ("jest-files", "jest_files.log"): {"jt/shelf.test.js": F, "jt/box.test.js": P},
    ("grommet", "jest_files.log"): {"jt/shelf.test.js": F, "jt/box.test.js": P},
    ("vitest", "vitest.log"): {
        "shelf.test.js > Shelf > holds": P,
        "shelf.test.js > Shelf > breaks": F,
        "shelf.test.js > Shelf > when full > is slow": P,
    },
    ("karma", "karma.log"): {
        "Shelf > holds": P,
        "Shelf > breaks": F,
        "Shelf > is skipped (skipped)": F,
        "Shelf > comes after": P,
        "Shelf > when full > takes no more": P,
        "Shelf > when full > is slow": P,
        "Shelf > when full > raises": F,
    },
    ("chart-js", "chart_js.log"): {"Shelf breaks ": F, "Shelf when full takes no more ": F},
    ("openlayers", "openlayers.log"): {"Shelf breaks": F, "Shelf when full takes no more": F},
    ("go", "go.log"): {
        "TestHolds": P,
        "TestBreaks": F,
        "TestSkipped": S,
        "TestTable": F,
        "TestTable/one": P,
        "TestTable/two_words": F,
        "TestTable/three_(3.0s)": P,
    },
    ("cargo", "cargo.log"): {"tests::holds": P, "tests::breaks": F},
    ("googletest", "googletest.log"): {
        "Shelf.Holds": P,
        "Shelf.Breaks": F,
        "Some/Words.AreWords/0": P,
        'Some/Words.AreWords/1, where GetParam() = "two"': F,
    },
    ("doctest", "doctest.log"): {
        "shelf & box > holds": P,
        "shelf & box > breaks": F,
        "shelf & box > outer": F,
        "shelf & box > inner": P,
        "shelf & box > inner breaks": F,
    },
    ("maven", "maven.log"): {
        "shelf.ShelfTest#holds": P,
        "shelf.ShelfTest#breaks": F,
        "shelf.ShelfTest#raises": F,
    },
    ("gradle", "gradle.log"): {"shelf.ShelfTest > holds": P, "shelf.ShelfTest > breaks": F},
    ("ant", "ant.log"): {"holds (shelf.ShelfTest)": P, "breaks (shelf.ShelfTest)": F},
    ("rspec", "rspec.log"): {
        "holds - ./shelf_spec.rb[1:1]": P,
        "breaks - ./shelf_spec.rb[1:2]": F,
        "takes no more - ever - ./shelf_spec.rb[1:4:1]": P,
    },
    ("minitest", "minitest.log"): {
        "TestShelf#test_breaks": F,
        "TestShelf#test_holds": P,
        "TestShelf#test_raises": F,
        "TestShelf#test_skipped": S,
    },
    ("ruby-unit", "ruby_unit.log"): {
        "breaks": F,
        "holds": P,
        "omitted": S,
        "raises": F,
        "test_plain": P,
    },
    ("phpunit", "phpunit.log"): {
        "Shelf > Holds": P,
        "Shelf > Breaks": F,
        "Shelf > Is skipped": S,
        'Shelf > Words with data set "first"': P,
        'Shelf > Words with data set "second (2)"': F,
    },
}


@pytest.mark.parametrize(("parser", "log"), EXPECTED)
def test_a_recorded_log_has_its_known_statuses(parser: str, log: str) -> None:
    expected = EXPECTED[parser, log]

    assert expected == parse_log(parser, (RECORDED / log).read_text())


def test_new_python_names_are_reported_in_both_forms() -> None:
    statuses = parse_log("unittest", (RECORDED / "unittest_3_13.log").read_text())

    assert {name: statuses[name] for name in UNITTEST} == UNITTEST
    assert statuses["test_sub (pkg.test_box.TestBox.test_sub)"] == F
    assert len(statuses) == 2 * len(UNITTEST) - 1


@pytest.mark.parametrize(
    "log", ["Executed 0 of 0", "0 passing", "Tests:       0 total", "0 specs, 0 failures", "# tests 0"]
)
def test_a_suite_without_tests_did_not_run(log: str) -> None:
    assert not suite_ran(log)


@pytest.mark.parametrize(
    "log", ["Executed 3 of 3", "10 passing (1s)", "Test Suites: 1 failed, 2 total", "x': ok", "1 spec, 0 failures"]
)
def test_a_suite_with_tests_ran(log: str) -> None:
    assert suite_ran(log)


def test_an_unknown_parser_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match=r"'parse_log_cobol'.*pytest-v2"):
        parse_log("parse_log_cobol", "")


def test_official_names_are_known() -> None:
    assert {"pytest", "django", "chart-js", "rspec-transformed-json"} <= set(parser_names())
    for name in parser_names():
        assert parse_log(f"parse_log_{name.replace('-', '_')}", "") == {}
