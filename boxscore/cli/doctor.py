"""`boxscore doctor`."""

from __future__ import annotations

from boxscore.boxes.docker.backend import DockerBackend
from boxscore.boxes.registry import open_backend
from boxscore.cli.output import print_json, print_table, say
from boxscore.doctor.examine import examine, working_backends
from boxscore.doctor.finding import Finding, Status
from boxscore.errors import BoxscoreError, UsageError


def doctor_command(*, reap: bool, every: bool, json: bool) -> int:
    """Say what works on this machine; exit with 1 if no backend does."""
    if every and not reap:
        raise UsageError("--all is for --reap: boxscore doctor --reap --all")
    findings = examine()
    controls = {name: _control(name) for name in working_backends(findings)}
    findings = (*findings, *controls.values())
    working = tuple(name for name, found in controls.items() if found.status is not Status.MISSING)
    if reap:
        _reap(working, every=every)
    if "docker" in working:
        _say_unseen()
    if json:
        print_json(findings)
    else:
        print_table(
            ("what", "status", "found", "what to do"),
            [(one.name, one.status.value, one.detail, one.remedy) for one in findings],
        )
        say(f"backends that work here: {', '.join(working) or 'none'}")
    return 0 if working else 1


def _control(name: str) -> Finding:
    from boxscore.doctor.boxes import control  # noqa: PLC0415 - only where a box is opened
    from boxscore.images.recipes import reference  # noqa: PLC0415 - as above

    return control(open_backend(name), reference("python") if name == "docker" else None)


def _reap(working: tuple[str, ...], *, every: bool) -> None:
    for name in working:
        try:
            removed = DockerBackend().reap(unseen=every) if name == "docker" else open_backend(name).reap()
        except BoxscoreError as error:
            say(f"{name}: nothing removed: {error}")
            continue
        say(f"{name}: removed {len(removed)} left-over box{'' if len(removed) == 1 else 'es'}")


def _say_unseen() -> None:
    """Say how many boxes belong to engines on other machines, in containers or before the last boot."""
    try:
        count = len(DockerBackend().unseen())
    except BoxscoreError as error:
        say(f"docker: it cannot be said whose boxes are there: {error}")
        return
    if count:
        say(
            f"docker: left {count} box{'' if count == 1 else 'es'} of engines that cannot be seen from here (another "
            "machine, container or boot); `boxscore doctor --reap --all` ends them, also if they are in use"
        )
