"""Renames of packages: found in what a candidate did, and put into the sources of the project as it was."""

from __future__ import annotations

import pytest

from boxscore.protocols.migration.original import names_in, renamed_tests, renames_between

SERVLET = (("javax.servlet", "jakarta.servlet"),)


def test_a_rename_is_one_that_the_candidate_made() -> None:
    source = b"import javax.servlet.Filter; import javax.inject.Inject; class A {}"
    base = names_in([source])
    now = [b"import jakarta.servlet.Filter; import javax.inject.Inject; class A {}"]

    assert renames_between(base, now) == SERVLET
    assert renames_between(base, [source]) == ()
    assert renames_between(base, [*now, b"class B { javax.servlet.Filter f; }"]) == ()
    assert (
        renames_between(base, [*now, b'/* javax.servlet */ class B { String s = "javax.servlet.Filter"; }']) == SERVLET
    )


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (b"import javax.servlet.*;", b"import jakarta.servlet.*;"),
        (b"class A { javax.servlet.http.Cookie c; }", b"class A { jakarta.servlet.http.Cookie c; }"),
        (b'class A { String s = "javax.servlet.x"; }', b'class A { String s = "javax.servlet.x"; }'),
        (b"class A { /* javax.servlet.x */ } // javax.servlet", b"class A { /* javax.servlet.x */ } // javax.servlet"),
        (
            b"import javax.servletx.A; import my.javax.servlet.B;",
            b"import javax.servletx.A; import my.javax.servlet.B;",
        ),
    ],
)
def test_renames_touch_code_alone(source: bytes, expected: bytes) -> None:
    assert renamed_tests({"A.java": source}, SERVLET).get("A.java", source.decode()) == expected.decode()


@pytest.mark.timeout(60)
@pytest.mark.parametrize("part", [b"/* ", b'"\\"', b"org.a", b"'", b".javax.servlet"])
def test_hostile_sources_take_no_longer_than_others(part: bytes) -> None:
    assert renames_between(frozenset({"javax.servlet"}), [part * (1_000_000 // len(part))]) == ()
