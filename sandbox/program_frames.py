"""What a grader of programs is told by the host, and what it tells a program's process before that runs.

To start a program its grader sends one frame, a marshalled `Launch`, then the bytes of the compiled program, if any,
and those of standard input: all through the requests' pipe, which ends with that. The answers' pipe becomes the
program's standard output; the byte before its own says what came of the start. Until that byte is out nothing that the
sample brought has run.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Literal, TypedDict

    Texts = tuple[tuple[str, bytes], ...]  # names of files, and what is in them

    class Language(TypedDict):
        """How programs of a language are built and run; see `boxscore.protocols.program.languages`."""

        name: str
        source: str
        build: tuple[str, ...]  # none: there is nothing to build
        refused: Literal["syntax", "build_failed"]  # what a program comes to that cannot be built
        artefact: str  # the file that building makes and that is run; "": the source is run
        beside: bool  # it is put beside the program in each case, as a file that the run command names
        run: tuple[str, ...]  # none: Python, in the process that the supervisor forked
        any_address: bool  # a runtime that reserves addresses by the gigabyte: its data alone is bounded
        stack_bytes: int

    class ProgramLimits(TypedDict):
        """What bounds one process tree: the compiler's, or the program's in one case."""

        cpu_s: float
        wall_s: float
        memory_bytes: int
        processes: int
        output_bytes: int

    class ComparisonMessage(TypedDict):
        """How answers are compared."""

        rule: str
        rel_tol: float
        abs_tol: float
        checker: str | None

    class ProgramMessage(TypedDict):
        """What the host tells a grader of a task."""

        language: Language
        cases: tuple[tuple[bytes, bytes | None], ...]
        comparison: ComparisonMessage
        limits: ProgramLimits
        build_limits: ProgramLimits
        total_cpu_s: float
        files: Texts
        arguments: tuple[str, ...]
        all_cases: bool

    class Launch(TypedDict):
        """What a program's process is told."""

        kind: Literal["python", "run", "build"]
        argv: tuple[str, ...]
        files: Texts
        artefact: str  # of "build": the file to send back
        program_bytes: int  # of what to execute; 0: what `argv` names
        stdin_bytes: int
        stack_bytes: int


RUNNING, REFUSED, MISSING, BUILT = b"r", b"s", b"x", b"b"  # REFUSED: no Python; MISSING: the tool is not in the box
STATUS = struct.Struct("<i")  # of the compiler, as `wait` tells it, before the artefact
MAX_ARTEFACT = 16 << 20
MAX_TEXT = 500
