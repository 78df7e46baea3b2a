"""Check the options that the calls of the Python API have in common."""

from __future__ import annotations

from boxscore.boxes.registry import backend_names
from boxscore.checks import check_count, check_name, check_seconds, shown
from boxscore.errors import UsageError
from boxscore.records import Trust

LOCAL, RAY = "local", "ray"


def check_options(  # noqa: PLR0913 - options, by keyword
    owner: str,
    *,
    backend: str,
    workers: object,
    cpu_s: object,
    image: object,
    gate: object,
    runtime: object,
    strict: object,
    apply: object,
    on: object,
) -> None:
    """Raise UsageError, which begins with `owner`, for what an option cannot be."""
    if backend != "auto" and backend not in (backends := backend_names()):
        raise UsageError(f"{owner}: backend must be one of auto, {', '.join(backends)}, not {shown(backend)}")
    if workers is not None:
        check_count(owner, "workers", workers)
    if type(gate) is not int or gate < 0:
        raise UsageError(f"{owner}: gate must be a whole number from 0 on, not {shown(gate)}")
    if cpu_s is not None:
        check_seconds(owner, "cpu_s", cpu_s)
    for name, value in (("image", image), ("runtime", runtime), ("apply", apply)):
        if value is not None:
            check_name(owner, name, value)
    if not isinstance(strict, bool):
        raise UsageError(f"{owner}: strict must be True or False, not {shown(strict)}")
    if not isinstance(on, str) or not is_place(on):
        raise UsageError(f"{owner}: on must be 'local', 'ray' or 'ray://…', not {shown(on)}")


def trust_level(name: str, level: str | None) -> Trust | None:
    """Read the least trust that is rewarded. Raises UsageError, which begins with the option's `name`, for no level."""
    if level is None:
        return None
    if level not in tuple(Trust):
        raise UsageError(f"{name} must be one of {', '.join(Trust)}, not {shown(level)}")
    return Trust(level)


def is_place(on: str) -> bool:
    """Whether it names where work is done: this machine, or a Ray cluster."""
    return on in {LOCAL, RAY} or on.startswith(f"{RAY}://")
