"""What ends with this process."""

from __future__ import annotations

import threading

from boxscore.child import end_children, ended_with_us


def test_what_is_at_work_for_us_ends_with_us() -> None:
    """Who leaves ends what blocks of this process have begun elsewhere, and nothing that has come to its end."""
    ended: list[str] = []

    with ended_with_us(lambda: ended.append("over")):
        pass
    with ended_with_us(lambda: ended.append("at work")):
        end_children()

    assert ended == ["at work"]


def test_nobody_waits_for_what_does_not_end() -> None:
    """An engine that does not answer, or refuses, keeps nobody from leaving."""
    answers = threading.Event()

    with ended_with_us(answers.wait), ended_with_us(lambda: 1 / 0):
        end_children()

    assert not answers.is_set()
    answers.set()
