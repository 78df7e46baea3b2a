"""What works on this machine, what is missing, and how to get it: `boxscore doctor`.

Every check ends as a finding, whatever happens to it: one that cannot be made says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.doctor.finding import CheckStatus, Finding, Machine
from boxscore.errors import BoxscoreError, ImageMissing
from boxscore.protocols.function.grader import prove
from boxscore.protocols.warm import open_warm_box
from boxscore.records import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from boxscore.boxes.contract import Backend

_NEEDS = {"docker": {"docker engine", "docker limits"}, "local": {"bubblewrap"}}  # findings that make boxes possible


def examine(machine: Machine | None = None, *, image: str = "python") -> tuple[Finding, ...]:
    """Make all checks, in the order in which they are best read. Takes a second or two, changes nothing.

    `image` names the recipe whose image is looked for and used to see limits bite.
    """
    from boxscore.doctor import machine as doctor_machine  # noqa: PLC0415 - brings ctypes
    from boxscore.doctor import sandbox  # noqa: PLC0415 - brings the SDK

    machine = machine or Machine()
    findings: list[Finding] = []
    for check in (*sandbox.CHECKS, *doctor_machine.CHECKS):
        findings.extend(_made(check, machine, check.__name__.replace("_", " ")))
    findings.extend(_made(lambda one: sandbox.docker(one, image), machine, "docker"))
    order = (*sandbox.ORDER, *doctor_machine.ORDER)
    return tuple(sorted(findings, key=lambda one: order.index(one.name) if one.name in order else len(order)))


def working_backends(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Name the backends that can make boxes here, by what was found."""
    ok = {one.name for one in findings if one.status is not CheckStatus.MISSING}
    return tuple(name for name, needed in _NEEDS.items() if needed <= ok)


def what_is_missing(findings: Sequence[Finding]) -> dict[str, str]:
    """Say what each backend that does not work here lacks, by what was found."""
    missing = {one.name: one.detail for one in findings if one.status is CheckStatus.MISSING}
    lacks = {name: [missing[one] for one in sorted(needed & missing.keys())] for name, needed in _NEEDS.items()}
    return {name: "; ".join(details) for name, details in lacks.items() if details}


def _made(check: Callable[[Machine], Sequence[Finding]], machine: Machine, name: str) -> Sequence[Finding]:
    try:
        return check(machine)
    except Exception as error:  # noqa: BLE001 - a doctor reports on broken machines, whatever is broken about them
        return (
            Finding(
                name=name, status=CheckStatus.WARN, detail=f"could not be checked: {type(error).__name__}: {error}"
            ),
        )


def control(backend: Backend, image: str | None) -> Finding:
    """Open a box, have it grade a program that is right and one that is wrong, and say what came of it."""
    name, limits = f"{backend.name} control", Limits()
    try:
        with open_warm_box(backend, image, limits) as warm:
            prove(warm, limits)
    except ImageMissing as error:
        return Finding(name=name, status=CheckStatus.WARN, detail="could not be tried: no image", remedy=str(error))
    except (BoxscoreError, TimeoutError) as error:
        remedy = "nothing can be graded with it until this is fixed"
        return Finding(name=name, status=CheckStatus.MISSING, detail=str(error), remedy=remedy)
    detail = "a box passes a program that is right and fails one that is wrong"
    return Finding(name=name, status=CheckStatus.OK, detail=detail)
