"""Names of files for what others named."""

from __future__ import annotations

import boxscore


def test_names_that_are_cleaned_to_the_same_stay_apart() -> None:
    """The first has the plain name, others a hash behind it, also where that is another's own name."""
    names = ["a/b", "a__b", "c"]
    hashed = boxscore.distinct_names(names, lambda name: name.replace("/", "__"))["a__b"]
    found = boxscore.distinct_names([hashed, *names], lambda name: name.replace("/", "__"))

    assert hashed.startswith("a__b-")
    assert (found["a/b"], found["c"]) == ("a__b", "c")
    assert len(set(found.values())) == len(found)
