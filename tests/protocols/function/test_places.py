"""Places of warm boxes, and what is sent into them."""

from __future__ import annotations

import marshal
from typing import Any

from boxscore.protocols.function.places import Places
from boxscore.protocols.warm import _compiled


def test_a_place_is_the_lowest_that_is_free() -> None:
    """Boxes that open and close keep to as many places as there are boxes, so that they spread over processors."""
    places = Places(3)

    with places.taken() as first, places.taken() as second:
        with places.taken() as third:
            pass
        with places.taken() as again:
            pass

    assert (first, second, third, again) == (3, 4, 5, 5)


def test_what_is_compiled_here_is_as_if_compiled_there() -> None:
    """Names are those of the modules, no flag of ours is in force, and there are no docstrings to carry."""
    source = '"""Said."""\ndef f(x: list): "said"; return x\n'

    ((name, code),) = marshal.loads(_compiled((("toy", source),)))
    scope: dict[str, Any] = {}
    exec(code, scope)

    assert (name, code.co_filename, scope.get("__doc__")) == ("toy", "toy.py", None)
    assert scope["f"].__annotations__ == {"x": list}
