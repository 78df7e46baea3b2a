"""What becomes of a task whose tests are made to contradict its statement."""

from __future__ import annotations

from msgspec import Struct

from boxscore.protocols.contract import Task  # noqa: TC001 - a field of a record


class Contradicted(Struct, frozen=True, kw_only=True):
    """A task that honest code fails, and the tests of it that a model is shown, as text.

    `fails` names what of it the reference must fail, and nothing else: ids of tests, or indices of cases; empty where
    tests have no names.
    """

    task: Task
    shown: str
    fails: tuple[str, ...] = ()


class CannotContradictError(ValueError):
    """No impossible instance can be made of this one; says why."""
