"""Places of warm boxes, which tell them apart for as long as they are open."""

from __future__ import annotations

from boxscore.protocols.warm import Places


def test_a_place_is_the_lowest_that_is_free() -> None:
    """Boxes that open and close keep to as many places as there are boxes, so that they spread over processors."""
    places = Places(3)

    with places.taken() as first, places.taken() as second:
        with places.taken() as third:
            pass
        with places.taken() as again:
            pass

    assert (first, second, third, again) == (3, 4, 5, 5)
