"""Programs of ours in a box, started anew when all others have ended, with nothing of a candidate's in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import structs

if TYPE_CHECKING:
    from boxscore.boxes.contract import Box, Completed
    from boxscore.records import Limits

PYTHON = "/boxscore/bin/python3"  # as the image was made with, whatever an environment puts on its PATH
CPU_S, WALL_S = 120.0, 600.0
_BOOT = """
import json, sys, types
request = json.load(sys.stdin.buffer)
for name, source in request.pop("modules"):
    module = types.ModuleType(name)
    sys.modules[name] = module
    exec(compile(source, name + ".py", "exec"), module.__dict__)
print(json.dumps(sys.modules[MODULE].answer(request)))
""".strip()


def boot(module: str) -> str:
    """Return a program that loads the modules (names and sources) of a request, and prints what one of them answers."""
    return _BOOT.replace("MODULE", repr(module))


def run_trusted(box: Box, program: str, request: object, limits: Limits) -> Completed:
    """Run a Python program that reads a request, as JSON, on its standard input. Raises BoxError if the box fails."""
    return box.run(
        [PYTHON, "-I", "-S", "-B", "-c", program],
        cwd="/",  # the scratch may be closed
        stdin=msgspec.json.encode(request),
        limits=limits,
    )


def trusted_limits(limits: Limits, *, output_bytes: int) -> Limits:
    """What a program of ours may use in a box of a task: its own time, but memory as the box has it.

    To change the memory of a box for a program and back takes as long as the program.
    """
    return structs.replace(limits, cpu_s=CPU_S, wall_s=WALL_S, output_bytes=output_bytes)


def ending_of(done: Completed) -> str:
    """Say how a program ended."""
    return f"exit code {done.exit_code}" if done.signal is None else f"signal {done.signal}"
