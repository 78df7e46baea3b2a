"""Verdicts as the step *grade* leaves them."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from boxscore.action.verdict import ActionVerdict, Change, Judged
from boxscore.score.noninferiority import Verdict
from tests import hostile_strings

HOSTILE = tuple(
    text[:2000]
    for text in (
        *hostile_strings.HOSTILE.values(),
        "<!-- boxscore: boxscore -->",
        "%0A::error::forged%0D",
        "|" * 2000,
    )
)


def broken(count: int, text: str = "expected 3") -> tuple[Change, ...]:
    return tuple(
        Change(instance_id=f"t/{n}", before="passed", after="wrong", reason=f"{text} {n}") for n in range(count)
    )


def verdict(word: Verdict = Verdict.FAIL, *, count: int = 0, shown: int | None = None, **changed: Any) -> ActionVerdict:
    """A verdict on one benchmark of which so many instances broke."""
    one = Judged(
        benchmark="humaneval",
        model="openai/gpt-5-mini",
        verdict=word,
        reason="worse, by more than the margin of 5 points: -20.1 to -9.5 points",
        samples=164,
        score=0.7,
        low=0.63,
        high=0.77,
        difference=-0.15,
        difference_low=-0.2,
        difference_high=-0.09,
        margin=0.05,
        smallest_margin=0.075,
        broken=count,
        breaks=broken(count if shown is None else shown),
    )
    code = {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.INVALID: 3, Verdict.INCONCLUSIVE: 4}[word]
    return replace(ActionVerdict(name="boxscore", verdict=word, exit_code=code, judged=one), **changed)


def hostile() -> ActionVerdict:
    """Harmful text wherever there is text."""
    every = " ".join(HOSTILE)
    one = verdict(count=len(HOSTILE)).judged
    assert one is not None
    changes = tuple(Change(instance_id=text, before=text, after=text, reason=text) for text in HOSTILE)
    one = replace(one, benchmark=every, model=every, reason=every, breaks=changes, fixes=changes, fixed=len(changes))
    return verdict(name="\n::error::x", reasons=HOSTILE, notes=HOSTILE, judged=one)
