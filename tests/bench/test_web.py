"""What `bench/web.py` reads of Playwright's report, and the broken projects that it makes."""

from __future__ import annotations

from bench.web import broken, each_test


def test_tests_of_a_report() -> None:
    """Each is named as boxscore names it: by file, describe blocks and title."""
    results = [{"results": [{"duration": 500}, {"duration": 1000}]}]
    suite = {
        "file": "test/task-1.spec.js",
        "title": "test/task-1.spec.js",
        "specs": [{"title": "a", "ok": True, "tests": results}],
        "suites": [
            {
                "file": "test/task-1.spec.js",
                "title": "group",
                "specs": [{"title": "b", "ok": False, "tests": results}],
            }
        ],
    }

    assert each_test(suite, ()) == [
        ("task-1.spec.js \u203a a", True, 1.5),
        ("task-1.spec.js \u203a group \u203a b", False, 1.5),
    ]


def test_broken_projects() -> None:
    """The largest files are cut, one at a time."""
    files = {"a.js": b"1234", "b.js": b"12", "c.js": b"123456"}

    assert broken(files, 2) == {"half of c.js": {**files, "c.js": b"123"}, "half of a.js": {**files, "a.js": b"12"}}
