"""Programs that write their own verdict pass the stock metric's way of running them, and not boxscore's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore.adapters import engine
from boxscore.adapters.code_eval import code_eval
from boxscore.errors import NoVerdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.boxes.contract import Backend

CHECK = "def check(candidate):\n    assert candidate(2, 3) == 5\n    assert candidate(4, 5) == 9\n"
WALK = """
import os, sys
frame = sys._getframe()
while frame is not None:
    for value in list(frame.f_locals.values()):
        if type(value).__name__ in ("ListProxy", "list") and hasattr(value, "append"):
            try:
                value.append("passed")
            except Exception:
                pass
    frame = frame.f_back
os._exit(0)
"""
FORGERIES = {
    "walks frames, then os._exit(0)": WALK,
    "walks frames when it is called": "def add(a, b):\n" + "".join(f"    {line}\n" for line in WALK.splitlines()),
    "answers with what equals anything": "class Any(int):\n    def __eq__(self, other): return True\n"
    "    __hash__ = int.__hash__\ndef add(a, b): return Any()\n",
    "silences the asserts": "class AssertionError(Exception): pass\n"
    "import sys, ctypes\ndef add(a, b):\n    sys._getframe(1).f_globals['check'] = lambda _: None\n"
    "    sys._getframe(1).f_locals\n    class Any:\n        def __eq__(self, other): return True\n    return Any()\n",
}


@pytest.fixture(scope="module", autouse=True)
def configured() -> Iterator[None]:
    """Use one box for all, and believe nothing but what was judged out of a program's reach."""
    engine.configure(backend="local", workers=1, least_trust="oracle")
    yield
    engine.configure_from_environment()


@pytest.mark.bubblewrap
@pytest.mark.parametrize("reference", [f"{CHECK}\ncheck(add)", "assert add(2, 3) == 5\nassert add(4, 5) == 9"])
def test_no_forgery_is_rewarded(reference: str, local_backend: Backend) -> None:
    assert local_backend.name == "local"

    def passed(program: str) -> bool | None:
        try:
            ((_, row),) = code_eval([reference], [[program]], [1])[1][0]
        except NoVerdict:
            return None
        return bool(row["passed"])

    assert passed("def add(a, b): return a + b")
    assert list(map(passed, FORGERIES.values())) == [False, False, None, None]
