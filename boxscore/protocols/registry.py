"""Which protocol grades a task: those that ship with boxscore, and those of installed packages.

A package brings its protocol by an entry point in the group `boxscore.protocols`, whose object is a
`boxscore.Grading`. Entry points are read only when a task is none of a built-in protocol's.
"""

from __future__ import annotations

import importlib
import re
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

from boxscore.errors import HarnessError, UsageError
from boxscore.interrupt import Interrupted
from boxscore.protocols.contract import Audits, Grading, Opening, Schedules, Shows, Task
from boxscore.protocols.shows import Drawing, Summary
from boxscore.stray_prints import prints_to_stderr

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from boxscore.boxes.contract import Backend
    from boxscore.protocols.contract import Batch, BatchGrader
    from boxscore.records import Conditions, Result

GROUP = "boxscore.protocols"
_SHIPPED = ("function", "migration", "patch", "program", "project", "unittest", "web")
BUILT_IN = {name: f"boxscore.protocols.{name}.protocol" for name in _SHIPPED}

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
R = TypeVar("R")


def protocol_of(task: Task) -> Grading[Any]:
    """The protocol of a task, told by its type.

    Raises HarnessError for what is no task of any, or where an installed protocol is broken.
    """
    return _protocol_of(type(task))


def role(task: Task, kind: type[R]) -> R | None:
    """The protocol of a task in one of its `roles`; None where it has not that role. Raises as `protocol_of` does."""
    protocol = protocol_of(task)
    return protocol if isinstance(protocol, kind) else None


def schedules_of(task: Task) -> Schedules[Any]:
    """How the work on a task is planned, as usual where its protocol says nothing. Raises as `protocol_of` does."""
    return role(task, Schedules) or Schedules()


def shows_of(task: Task) -> Shows[Any]:
    """What is shown of a task, nothing where its protocol says nothing. Raises as `protocol_of` does."""
    return role(task, Shows) or Shows()


def summary_of(result: Result) -> Summary:
    """What lists, feedback and exports need of a result; empty where its protocol shows none, or is not installed."""
    shows = _shows(result)
    return Summary() if shows is None else shows.summary(result)


def drawing_of(result: Result, answer: str) -> Drawing:
    """What is drawn of a result, whose sample is `answer`; empty as `summary_of` is."""
    shows = _shows(result)
    return Drawing() if shows is None else shows.drawing(result, answer)


def _shows(result: Result) -> Shows[Any] | None:
    if result.detail is None:
        return None
    name = result.detail.made_by
    protocol: object = _built_in(name) if name in BUILT_IN else _installed().get(name)
    return protocol if isinstance(protocol, Shows) else None


def entry_point_of(task: Task) -> str | None:
    """The Python function that a sample must define; None where samples are no Python programs."""
    audits = role(task, Audits)
    return None if audits is None else audits.entry_point(task)


def protocol_named(name: str) -> Grading[Any]:
    """The protocol of a name. Raises UsageError where there is none, HarnessError."""
    if name in BUILT_IN:
        return _built_in(name)
    if name not in _installed():
        raise UsageError(f"there is no protocol {name!r}; known are {', '.join((*BUILT_IN, *_installed()))}")
    return _installed()[name]


def conditions_of(task: Task, asked: Conditions) -> Conditions:
    """Say under what a task's samples are graded, of what was asked for a whole run."""
    return protocol_of(task).conditions(task, asked)


def need_capabilities(protocol: Grading[Any], backend: Backend) -> None:
    """Raise UsageError if a backend lacks what a protocol needs."""
    missing = sorted(protocol.needs - backend.capabilities)
    if missing:
        raise UsageError(
            f"tasks of the {protocol.name} protocol need a backend with {' and '.join(missing)}, which "
            f"{backend.name!r} does not have here: use docker with a runtime that does, such as runc"
        )


@cache
def _protocol_of(kind: type) -> Grading[Any]:
    for name in BUILT_IN:
        if issubclass(kind, _built_in(name).task):
            return _built_in(name)
    for protocol in _installed().values():
        if issubclass(kind, protocol.task):
            return protocol
    known = {name: _built_in(name) for name in BUILT_IN} | dict(_installed())
    names = ", ".join(f"{one.task.__name__} ({name})" for name, one in known.items())
    raise HarnessError(
        f"{kind.__name__} is a task of no protocol; known are {names}",
        details=(f"a protocol of another package is found by its entry point in the group {GROUP}: is it installed?",),
    )


@cache
def _built_in(name: str) -> Grading[Any]:
    return cast("Grading[Any]", importlib.import_module(BUILT_IN[name]).PROTOCOL)


@cache
def _installed() -> Mapping[str, Grading[Any]]:
    from importlib.metadata import entry_points  # noqa: PLC0415 - slow to import, and rarely needed

    found: dict[str, tuple[Grading[Any], str]] = {name: (_built_in(name), "boxscore itself") for name in BUILT_IN}
    for point in entry_points(group=GROUP):
        origin = f"entry point {point.name} = {point.value}"
        try:
            with prints_to_stderr():
                thing = point.load()
        except Interrupted:
            raise
        except (Exception, SystemExit) as error:  # a plugin may raise anything when it is imported
            raise HarnessError(f"{origin} cannot be imported: {type(error).__name__}: {error}") from error
        protocol = checked(thing, origin)
        for other, place in found.values():
            if other.name == protocol.name or other.task is protocol.task:
                raise HarnessError(f"two protocols have one name, or one task: {place} and {origin}")
        found[protocol.name] = protocol, origin
    return {name: protocol for name, (protocol, _) in found.items() if name not in BUILT_IN}


def checked(thing: object, origin: str) -> Grading[Any]:
    """Give back what has all that a protocol must have. Raises HarnessError, which names `origin`."""
    if isinstance(thing, type):
        raise HarnessError(f"{origin}: the protocol is the class {thing.__name__}, not an object: {thing.__name__}()")
    if not isinstance(thing, Grading):
        raise HarnessError(f"{origin}: the protocol is {thing!r:.80}, which does not derive from boxscore.Grading")
    name, task = getattr(thing, "name", None), getattr(thing, "task", None)
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise HarnessError(f"{origin}: 'name' must be letters, digits and any of . _ - +, not {name!r}")
    if not isinstance(task, type) or not issubclass(task, Task):
        raise HarnessError(f"{origin}: 'task' must be a class derived from boxscore's Task, not {task!r}")
    return thing


class AnyGrader:
    """Opens the grader of a protocol when its first batch comes."""

    def __init__(self, stack: ExitStack, opening: Opening) -> None:
        self._stack, self._opening = stack, opening
        self._graders: dict[str, BatchGrader] = {}

    def grade(self, batch: Batch) -> Iterator[Result]:
        """See `BatchGrader.grade`."""
        return self._grader(batch.task).grade(batch)

    def _grader(self, task: Task) -> BatchGrader:
        protocol = protocol_of(task)
        if protocol.name not in self._graders:
            need_capabilities(protocol, self._opening.backend)
            self._graders[protocol.name] = self._stack.enter_context(protocol.open(self._opening))
        return self._graders[protocol.name]


@contextmanager
def open_grader(backend: Backend, image: str | None, *, cache: Path, strict: bool = False) -> Iterator[BatchGrader]:
    """Open a grader for batches of any protocol; on exit its boxes are gone. See `Opening` for the options."""
    with ExitStack() as stack:
        yield AnyGrader(stack, Opening(backend=backend, image=image, cache=cache, strict=strict))
