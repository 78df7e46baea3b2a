"""JUnit reports: recorded ones, hostile ones, and which required ids their cases stand for."""

from __future__ import annotations

from pathlib import Path

import pytest

from boxscore.errors import ProtocolError
from boxscore.protocols.patch.logs import JunitCase, junit_statuses, read_junit
from boxscore.protocols.statuses import Status

RECORDED = Path(__file__).parent / "recorded"
P, F, E, S, X = Status.PASSED, Status.FAILED, Status.ERROR, Status.SKIPPED, Status.XFAIL


def case(classname: str, name: str, status: Status = P) -> JunitCase:
    return JunitCase(classname=classname, name=name, status=status)


def test_pytest_report() -> None:
    cases = read_junit((RECORDED / "pytest.xml").read_bytes())
    expected = {
        "test_shelf.py::TestShelf::test_holds": P,
        "test_shelf.py::TestShelf::test_breaks": F,
        "test_shelf.py::test_names[a b]": P,
        "test_shelf.py::test_names[with [brackets]]": P,
        "test_shelf.py::test_names[\\xe4]": P,
        "test_shelf.py::test_names[https://a/b]": P,
        "test_shelf.py::test_even[1]": F,
        "test_shelf.py::test_even[2]": P,
        "test_shelf.py::test_skipped": S,
        "test_shelf.py::test_expected": X,
        "test_shelf.py::test_unexpected": P,
        "test_shelf.py::test_set_up": E,
        "test_shelf.py::test_tear_down": E,
        "test_shelf.py::TestOld::test_sub": F,
    }

    assert expected == junit_statuses(cases, (*expected, "test_shelf.py::test_absent", "other.py::test_holds"))


def test_maven_report() -> None:
    cases = read_junit((RECORDED / "maven.xml").read_bytes())
    expected = {
        "shelf.ShelfTest.holds": P,
        "shelf.ShelfTest#breaks": F,
        "ShelfTest#raises": E,
        "shelf.ShelfTest#skipped": S,
        "shelf.ShelfTest.even": F,
        "shelf.ShelfTest.even(int)[1]": F,
        "shelf.ShelfTest#even(int)[2]": P,
        "shelf.ShelfTest#named": P,
    }

    assert expected == junit_statuses(cases, (*expected, "other.ShelfTest#holds", "shelf.ShelfTest.hold", "holds"))


@pytest.mark.parametrize(
    ("required", "classname", "name"),
    [
        ("tests/sub/test_x.py::TestA::TestB::test_c[p::q]", "tests.sub.test_x.TestA.TestB", "test_c[p::q]"),
        ("pkg/mod.py::pkg.mod.function", "pkg.mod", "pkg.mod.function"),
        ("t.py::test_a[\x00\x1b\ufffe]", "t", "test_a[#x00#x1B#xFFFE]"),
        ("test_b (pkg.mod.TestA)", "pkg.mod.TestA", "test_b"),
        ("test_b (pkg.mod.TestA.test_b)", "pkg.mod.TestA", "test_b"),
        ("pkg.Outer$Inner.method", "pkg.Outer$Inner", "method"),
        ("pkg.Class#method[1.5]", "pkg.Class", "method[1.5]"),
        ("pkg.Class.method[1.5]", "pkg.Class", "method[1.5]"),
    ],
)
def test_forms_of_ids(required: str, classname: str, name: str) -> None:
    assert junit_statuses([case(classname, name)], [required]) == {required: P}
    assert junit_statuses([case(f"{classname}x", name), case(classname, f"x{name}")], [required]) == {}


@pytest.mark.parametrize(("one", "other", "worst"), [(P, X, X), (X, S, S), (S, F, F), (F, E, E), (P, E, E)])
def test_the_worst_of_two_cases_counts(one: Status, other: Status, worst: Status) -> None:
    for pair in ((one, other), (other, one)):
        cases = [case("t", "test_a", status) for status in pair]

        assert junit_statuses(cases, ["t.py::test_a"]) == {"t.py::test_a": worst}


def test_an_id_without_its_blanks_is_the_cases_that_differ_in_them_alone() -> None:
    cases = [case("t", "test_a[  x y]"), case("t", "test_a[x\ty]", F), case("t", "test_a[x y]")]
    ids = ["t.py::test_a[ x y]", "t.py::test_a[x y]", "t.py::test_a[x\ty]", "t.py::test_a[x  y]", "t.py::test_a[xy]"]

    assert junit_statuses(cases, ids) == dict(zip(ids, [P, P, F, F], strict=False))


def test_a_case_has_the_worst_of_its_results() -> None:
    data = b"""<testsuites><testsuite><testsuite>
    <testcase classname="c" name="a" file="t.py"><failure/><error/><skipped/></testcase>
    <testcase classname="c" name="b"><system-out><failure/></system-out><flakyFailure/></testcase>
    <testcase/></testsuite><failure/></testsuite></testsuites>"""

    assert read_junit(data) == (
        JunitCase(classname="c", name="a", file="t.py", status=E),
        JunitCase(classname="c", name="b", status=P),
        JunitCase(classname="", name="", status=P),
    )


LAUGHS = b"""<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><testsuite><testcase name="&b;"/></testsuite>"""


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<testsuite>",
        b"<html/>",
        b"<testsuite/><testsuite/>",
        b"<testsuite><testcase><testcase/></testcase></testsuite>",
        b'<testsuite name="\xff"/>',
        b"<testsuite>&undefined;</testsuite>",
        b"<!DOCTYPE testsuite><testsuite/>",
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><testsuite/>',
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><testsuite>&a;</testsuite>',
        LAUGHS,
        b"<testsuite>" * 300 + b"</testsuite>" * 300,
        b"<testsuite>" + b" " * (64 << 20) + b"</testsuite>",
    ],
    ids=range(13),
)
def test_hostile_reports_are_refused(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        read_junit(data)


def test_a_declared_encoding_is_not_obeyed() -> None:
    data = '<?xml version="1.0" encoding="utf-7"?><testsuite><testcase name="ä+AGE-"/></testsuite>'.encode()

    assert read_junit(data)[0].name == "ä+AGE-"
