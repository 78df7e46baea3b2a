"""Which test an id of a runner names, by the title that it was written with."""

from __future__ import annotations

import pytest

from boxscore.protocols.blind.javascript.language import JAVASCRIPT
from boxscore.protocols.blind.language import WHOLE

FILES = {
    "test/a.test.js": "describe('clock', () => { it('has hours', () => {}); it('is  late', () => {}); });",
    "test/b.test.js": "it('has hours', () => {}); it.each(rows)('adds %i and $b', () => {}); it(`of ${f}`, () => {});",
    "test/c.test.js": "it(",
}


@pytest.mark.parametrize(
    ("test", "place"),
    [
        ("clock is late", ("test/a.test.js", "is late")),
        ("- is late", ("test/a.test.js", "is late")),
        ("test/b.test.js > has hours", ("test/b.test.js", "has hours")),
        ("clock has hours (12 ms)", ("", "has hours")),
        ("adds 1 and 2", ("test/b.test.js", "adds %i and $b")),
        ("of anything", None),
        ("test/a.test.js", ("test/a.test.js", WHOLE)),
        ("/testbed/test/a.test.js", ("test/a.test.js", WHOLE)),
        ("nothing", None),
        ("misbelated", None),
    ],
)
def test_ids_end_with_titles(test: str, place: tuple[str, str] | None) -> None:
    """Whatever stands before: suites, files or marks; a path stands for all tests of a file."""
    assert JAVASCRIPT.places([test], FILES) == {test: place}
