"""Read what tests printed with a data set's own program, out of the candidate's reach.

The program is third-party code that reads hostile text. It gets a box of its own, opened after the candidate's
has ended: no file, process or variable of the candidate is there, only copies of the two logs as they came out of the
pipes. What it writes is decoded strictly and bounded.

A program that gives nothing on a log is tried on an empty one. If it manages that, what the tests printed is the cause
and the sample has no statuses, as with the official programs; if it does not, the data are at fault and no sample is
blamed. A box that is lost is no sample's fault and is tried again: the candidate's code is not running any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct, structs

from boxscore.errors import BoxLost, HarnessError, ProtocolError
from boxscore.protocols.patch.logs.lines import escape_surrogates
from boxscore.protocols.statuses import Status
from boxscore.protocols.trusted import PYTHON, ending_of
from boxscore.records import LimitName, Limits

if TYPE_CHECKING:
    from boxscore.protocols.patch.boxes import Boxes
    from boxscore.protocols.patch.run import SuiteRun
    from boxscore.protocols.patch.task import LogProgram, PatchTask

FOLDER = "/scratch/program"
STDOUT, STDERR, OUTPUT = "/scratch/stdout.log", "/scratch/stderr.log", "/scratch/output.json"
OUTPUT_BYTES = 16 << 20
MAX_TESTS = 200_000
LIMITS = Limits(
    cpu_s=120.0, wall_s=600.0, memory_bytes=2 << 30, processes=64, disk_bytes=256 << 20, output_bytes=1 << 20
)
# As the official programs have it in their images: text that is not UTF-8 is an error of whoever printed it.
ENVIRONMENT = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
WORDS = {status.value: status for status in Status}


class _Test(Struct, frozen=True):
    name: str
    status: str


class _Output(Struct, frozen=True):
    tests: tuple[_Test, ...]


def read_with_program(boxes: Boxes, task: PatchTask, ran: SuiteRun) -> SuiteRun:
    """Give a run the statuses that the task's own program reads from its logs; a run that a limit ended has none.

    Raises HarnessError for a program that cannot even read an empty log, BoxError if its box fails.
    """
    program = task.log_program
    if program is None or ran.limit is not None:
        return ran
    found = _statuses(boxes, task, program, ran.stdout, ran.stderr)
    if not isinstance(found, str):
        return structs.replace(ran, statuses=found)
    problem = _statuses(boxes, task, program, b"", b"")
    if isinstance(problem, str):
        raise HarnessError(f"the log parser of {task.image.name} fails even on an empty log: {problem}")
    return structs.replace(ran, disagreement=f"the data set's log parser {found}")


def _statuses(
    boxes: Boxes, task: PatchTask, program: LogProgram, stdout: bytes, stderr: bytes
) -> dict[str, Status] | str:
    """Run the program on logs, in a new box: the statuses, or what went wrong.

    Its exit code says nothing, as to the official programs: what it wrote counts.
    """
    with boxes.open_apart(task, LIMITS) as box:
        box.put_folder(FOLDER, {path: text.encode() for path, text in program.files})
        box.put(STDOUT, stdout)
        box.put(STDERR, stderr)
        main = f"{FOLDER}/{program.files[0][0]}"
        done = box.run(
            [PYTHON, "-I", "-S", "-B", main, STDOUT, STDERR, OUTPUT], env=ENVIRONMENT, cwd="/scratch", limits=LIMITS
        )
        if done.limit is LimitName.WALL:  # its cpu limit comes first, unless the machine let it wait
            raise BoxLost(f"the log parser of {task.image.name} did not get to run within its wall limit")
        if done.limit is not None:
            return f"was ended by the {done.limit} limit"
        try:
            written = box.get(OUTPUT, max_bytes=OUTPUT_BYTES)
        except FileNotFoundError:
            return f"ended with {ending_of(done)} and wrote nothing: {_last_words(done.stderr)}"
        except ProtocolError as error:
            return f"wrote what cannot be read: {error}"
    return decode_output(written)


def decode_output(written: bytes) -> dict[str, Status] | str:
    """Decode what a program wrote: the statuses, or what is wrong with it.

    A test that is named twice passed if it is said to once, as with the official programs.
    """
    try:
        tests = msgspec.json.decode(escape_surrogates(written), type=_Output).tests
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return "returned something other than statuses"
    if len(tests) > MAX_TESTS:
        return f"gave {len(tests)} statuses"
    statuses: dict[str, Status] = {}
    for test in tests:
        status = WORDS.get(test.status)
        if status is not None and statuses.get(test.name) is not Status.PASSED:
            statuses[test.name] = status
    return statuses


def _last_words(said: bytes) -> str:
    """The last line of what a program said, for people."""
    lines = said.decode(errors="replace").strip().splitlines()
    return "".join(one if one.isprintable() else "?" for one in (lines[-1] if lines else ""))[-200:]
