"""Tests beside programs, in real boxes: what honest ones may do, and what the others come to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.protocols.unittest.task import UnittestDetail
from boxscore.records import LimitName, Outcome, Trust
from tests.protocols.samples import read_samples
from tests.protocols.unittest.conftest import LIMITS

if TYPE_CHECKING:
    from collections.abc import Callable

    from boxscore.records import Result

    Grade = Callable[..., list[Result]]

pytestmark = [pytest.mark.timeout(300)]

PROGRAMS = read_samples(Path(__file__).with_name("programs.txt"))
HONEST = {name: PROGRAMS[name] for name in PROGRAMS if name.startswith("honest: ")}
OTHERS = {name: PROGRAMS[name] for name in PROGRAMS if ": " in name and name not in HONEST}
FLAGGED = {
    "honest: a descriptor of any number",
    "honest: programs",
    "honest: output caught by its descriptor",
    "honest: a daemon",
    "honest: a fork that stays",
}  # as they meet the interpreter or descriptors


def test_no_port_stays_taken(grade: Grade) -> None:
    found = grade(
        *(PROGRAMS[name] for name in ("LEAVES_PORTS", "FINDS_PORTS", "FINDS_PORTS")), limits=replace(LIMITS, cpu_s=20.0)
    )

    assert [(one.outcome, one.reason, one.attempts) for one in found] == [(Outcome.PASSED, "", 1)] * 3


def test_honest_programs_pass(grade: Grade) -> None:
    """What tests of whole programs ask for is there; code that reaches below the interpreter is worth a claim."""
    results = grade(*HONEST.values())

    assert {name: (one.outcome, one.reason) for name, one in zip(HONEST, results, strict=True)} == dict.fromkeys(
        HONEST, (Outcome.PASSED, "")
    )
    assert {name: one.trust for name, one in zip(HONEST, results, strict=True)} == {
        name: Trust.CLAIM if name in FLAGGED else Trust.WATCHED for name in HONEST
    }


def test_other_programs_do_not_pass(grade: Grade) -> None:
    """Each comes to what it is; one that patches what compares would pass, as a report is a claim."""
    results = grade(*OTHERS.values())

    assert len(results) > 20
    assert {name: one.outcome.value for name, one in zip(OTHERS, results, strict=True)} == {
        name: name.partition(": ")[0] for name in OTHERS
    }


@pytest.mark.slow
def test_limits_end_a_program(grade: Grade) -> None:
    loop, sleeper, greedy, forked = grade(
        "def task(x):\n while True: pass",
        "import time\ndef task(x): time.sleep(500)",
        "def task(x):\n kept = []\n while True: kept.append(bytearray(1 << 20))",
        "import os\ndef task(x):\n for _ in range(8):\n  if os.fork() == 0:\n   while True: pass\n os.wait()",
    )

    assert [(one.outcome, one.limit) for one in (loop, sleeper, forked)] == [
        (Outcome.TIMEOUT, LimitName.CPU),
        (Outcome.TIMEOUT, LimitName.WALL),
        (Outcome.TIMEOUT, LimitName.CPU),
    ]
    assert greedy.outcome in {Outcome.MEMORY, Outcome.ERROR}


def test_neighbours_find_nothing(grade: Grade) -> None:
    results = grade(PROGRAMS["LEAVES"], PROGRAMS["FINDS"])

    assert [(one.outcome, one.reason) for one in results] == [(Outcome.PASSED, "")] * 2


def test_what_a_result_says(grade: Grade) -> None:
    program = "print('said')\ndef task(x):\n open(f'{x}.txt', 'w').write('kept')\n return x + (x != 2)"
    (result,) = grade(program, keep=("[01].txt",))

    assert isinstance(result.detail, UnittestDetail)
    assert result.detail.tests == {"TestCases.test_one": "passed", "TestCases.test_more": "failed"}
    assert result.detail.files == {"0.txt": b"kept", "1.txt": b"kept"}
    assert result.output == "said\n"
    assert "TestCases.test_more: failed: line 9: AssertionError: 2 != 3" in result.reason
