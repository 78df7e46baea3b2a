"""Programs that want a pass without solving anything, or to harm what is beside them: one box takes them all in turn.

What is expected of a case is a hash of its input under a key that no program gets, marked so that it can be found
wherever it lies: a thief prints whatever looks like it.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from boxscore.protocols.program.grader import open_program_grader
from boxscore.protocols.program.task import Case
from boxscore.records import Limits, Outcome
from tests.layers.nested import NestedBackend
from tests.protocols.samples import read_samples

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from boxscore.protocols.contract import BatchGrader
    from boxscore.records import Result

    Grade = Callable[..., Result]

LIMITS = Limits(cpu_s=1.0, wall_s=200.0, memory_bytes=512 << 20, processes=32)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("local", marks=pytest.mark.bubblewrap),
        pytest.param("ordinary user", marks=pytest.mark.bubblewrap),
        pytest.param("docker", marks=pytest.mark.docker),
    ],
)
def grader(request: pytest.FixtureRequest) -> Iterator[BatchGrader]:
    image = None
    if request.param == "docker":
        backend, image = request.getfixturevalue("docker_backend"), request.getfixturevalue("python_image")
    else:
        backend = request.getfixturevalue("local_backend")
    if request.param == "ordinary user":
        backend = NestedBackend()
    with open_program_grader(backend, image) as opened:
        yield opened


def secret(text: str) -> str:
    return "wanted-" + hashlib.sha256(f"key {text}".encode()).hexdigest()[:24]


SECRETS = tuple(Case(stdin=f"line {number}\n", expected=secret(f"line {number}")) for number in range(3))
OPEN = tuple(Case(stdin=f"line {number}\n", expected=f"echo line {number}") for number in range(3))
HONEST = "print('echo', input())\n"
ATTACKS = read_samples(Path(__file__).with_name("attacks.txt"))


@pytest.mark.parametrize("name", [name for name in ATTACKS if name.startswith("thief: ")])
def test_nothing_that_is_expected_can_be_found(grade: Grade, name: str) -> None:
    result = grade(ATTACKS["FIND"] + ATTACKS[name], cases=SECRETS, limits=LIMITS)

    assert result.outcome in {Outcome.WRONG, Outcome.FORBIDDEN, Outcome.ERROR}, result
    assert "wanted-" not in result.output


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        pytest.param(
            "import os, time\nif os.fork() == 0:\n time.sleep(1.2)\n print('echo', input(), flush=True)\n"
            "while True: pass",
            Outcome.TIMEOUT,
            id="output after the deadline",
        ),
        pytest.param(
            "import os, time\nif os.fork() == 0:\n time.sleep(0.5)\n print('echo', input(), flush=True)\n",
            Outcome.WRONG,
            id="output by a child that is left",
        ),
        pytest.param(HONEST + "import os; os.close(1); raise SystemExit(1)", Outcome.ERROR, id="a status"),
        pytest.param(
            "import os, time\nfor _ in range(200):\n if os.fork() == 0: time.sleep(60); os._exit(0)",
            Outcome.PROCESS_LIMIT,
            id="many processes",
        ),
        pytest.param(
            "import os\nos.set_blocking(1, False)\nwhile True:\n try: os.write(1, b'x' * 65536)\n"
            " except BlockingIOError: pass",
            Outcome.OUTPUT_LIMIT,
            id="a flood",
        ),
        pytest.param(
            "import os, fcntl\nfcntl.fcntl(1, 1031, 1 << 20)\nwhile os.fork() == 0:\n while 1: os.write(1, b'xx')",
            Outcome.WRONG,
            id="a flood by a child that is left",
        ),
    ],
)
def test_what_comes_too_late_or_too_much_is_no_pass(grade: Grade, code: str, outcome: Outcome) -> None:
    """A program is its first process: what was right when it ended, within its limits, counts, and nothing else."""
    result = grade(code, cases=OPEN, limits=LIMITS)

    # A child may have time for a flood; and root, as which the tests run, has as many processes as it likes.
    others = {Outcome.WRONG: Outcome.OUTPUT_LIMIT, Outcome.PROCESS_LIMIT: Outcome.WRONG}
    assert result.outcome in {outcome, others.get(outcome)}


@pytest.mark.parametrize("name", [name for name in ATTACKS if name.startswith("probe: ")])
def test_nothing_is_left_for_the_next_case(grade: Grade, name: str) -> None:
    result = grade(ATTACKS[name] + HONEST, cases=OPEN, limits=LIMITS)

    assert result.outcome is Outcome.PASSED, (result.reason, result.output)


def test_the_box_has_taken_no_harm(grade: Grade) -> None:
    assert grade(HONEST, cases=OPEN, limits=LIMITS).outcome is Outcome.PASSED
    assert grade(HONEST, cases=SECRETS, limits=LIMITS).outcome is Outcome.WRONG
