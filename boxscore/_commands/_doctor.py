"""`boxscore doctor`."""

from __future__ import annotations

from boxscore._backends import open_backend
from boxscore._commands._output import print_json, print_table, say
from boxscore._doctor import examine, working_backends
from boxscore._errors import BoxscoreError


def doctor_command(*, reap: bool, json: bool) -> int:
    """Say what works on this machine; exit with 1 if no backend does."""
    findings = examine()
    working = working_backends(findings)
    if reap:
        _reap(working)
    if json:
        print_json(findings)
    else:
        print_table(
            ("what", "status", "found", "what to do"),
            [(one.name, one.status.value, one.detail, one.remedy) for one in findings],
        )
        say(f"backends that work here: {', '.join(working) or 'none'}")
    return 0 if working else 1


def _reap(working: tuple[str, ...]) -> None:
    for name in working:
        try:
            removed = open_backend(name).reap()
        except BoxscoreError as error:
            say(f"{name}: nothing removed: {error}")
            continue
        say(f"{name}: removed {len(removed)} left-over box{'' if len(removed) == 1 else 'es'}")
