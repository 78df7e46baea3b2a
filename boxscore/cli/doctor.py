"""`boxscore doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, cast

from boxscore.boxes.contract import Capability, needs_image
from boxscore.boxes.registry import open_backend
from boxscore.cli.options import Json, command
from boxscore.cli.output import OK, UNMET, print_json, print_table, say
from boxscore.doctor.examine import examine, working_backends
from boxscore.doctor.finding import CheckStatus, Finding
from boxscore.errors import BoxscoreError, UsageError
from boxscore.option import option

if TYPE_CHECKING:
    from boxscore.boxes.contract import Backend, SharedBackend


@command("doctor")
def doctor_command(
    *,
    reap: Annotated[bool, option("--reap", "Remove what killed runs have left behind.")] = False,
    every: Annotated[
        bool,
        option(
            "--all",
            "With --reap: also boxes of engines that cannot be seen from here, which may be in use.",
            env="BOXSCORE_REAP_ALL",
        ),
    ] = False,
    json: Json = False,
) -> int:
    """Say what works here, what is missing and how to get it."""
    if every and not reap:
        raise UsageError("--all is for --reap: boxscore doctor --reap --all")
    findings = examine()
    controls = {name: _control(name) for name in working_backends(findings)}
    findings = (*findings, *controls.values())
    working = tuple(name for name, found in controls.items() if found.status is not CheckStatus.MISSING)
    if reap:
        _reap(working, every=every)
    for name in working:
        _say_unseen(open_backend(name))
    if json:
        print_json(findings)
    else:
        print_table(
            ("what", "status", "found", "what to do"),
            [(one.name, one.status.value, one.detail, one.remedy) for one in findings],
        )
        say(f"backends that work here: {', '.join(working) or 'none'}")
    return OK if working else UNMET


def _control(name: str) -> Finding:
    from boxscore.doctor.examine import control
    from boxscore.images.recipes import reference

    backend = open_backend(name)
    return control(backend, reference("python") if needs_image(backend) else None)


def _is_shared(backend: Backend) -> bool:
    return Capability.SHARED in backend.capabilities


def _shared(backend: Backend) -> SharedBackend:
    return cast("SharedBackend", backend)


def _reap(working: tuple[str, ...], *, every: bool) -> None:
    for name in working:
        try:
            backend = open_backend(name)
            removed = _shared(backend).reap(foreign=every) if _is_shared(backend) else backend.reap()
        except BoxscoreError as error:
            say(f"{name}: nothing removed: {error}")
            continue
        say(f"{name}: removed {len(removed)} left-over box{'' if len(removed) == 1 else 'es'}")


def _say_unseen(backend: Backend) -> None:
    """Say how many boxes belong to engines on other machines, in containers or before the last boot."""
    if not _is_shared(backend):
        return
    try:
        count = len(_shared(backend).foreign())
    except BoxscoreError as error:
        say(f"{backend.name}: cannot determine who owns the boxes: {error}")
        return
    if count:
        say(
            f"{backend.name}: left {count} box{'' if count == 1 else 'es'} of engines that cannot be seen from here "
            "(another machine, container or boot); `boxscore doctor --reap --all` ends them, also if they are in use"
        )
