"""An agent with a Python session: state, output, interrupts, figures and files, and its answer."""

from __future__ import annotations

import asyncio
import base64
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from boxscore import Instance, Limits
from boxscore.agents.blocking import SyncAgentBox
from boxscore.agents.box import AgentBox
from boxscore.agents.contract import AgentLimits, Draft
from boxscore.agents.fake import FakeAssignment, run_agent
from boxscore.agents.interpreter import Cell, PythonSession
from boxscore.agents.registry import open_agent
from boxscore.errors import UsageError
from boxscore.models.fake import FakeModel

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from pathlib import Path

    from boxscore.boxes.contract import Backend

WAIT_S = 110.0
LIMITS = Limits(cpu_s=60.0, wall_s=100.0, memory_bytes=512 << 20, processes=64, disk_bytes=64 << 20)


def within(backend: Backend, work: Callable[[AgentBox], Awaitable[Any]], *, disk_bytes: int = LIMITS.disk_bytes) -> Any:
    """What a coroutine function makes of an open box, bounded."""
    limits = replace(LIMITS, disk_bytes=disk_bytes, memory_bytes=max(LIMITS.memory_bytes, 2 * disk_bytes))

    async def bounded() -> Any:
        async with AgentBox(SyncAgentBox(backend=backend, limits=limits)) as box:
            return await work(box)

    async def in_time() -> Any:
        return await asyncio.wait_for(bounded(), WAIT_S)

    return asyncio.run(in_time())


def cells(backend: Backend, *codes: str, cell_s: float = 60.0, output_bytes: int = 1000) -> list[Cell]:
    """What comes of cells of one session."""

    async def work(box: AgentBox) -> list[Cell]:
        session = PythonSession(box, cell_s=cell_s, output_bytes=output_bytes)
        await session.open()
        found = [await session.run(code) for code in codes]
        await session.close()
        return found

    found: list[Cell] = within(backend, work)
    return found


def worked(
    backend: Backend, script: Sequence[str], options: Mapping[str, str] | None = None, limits: AgentLimits | None = None
) -> tuple[list[Draft], FakeAssignment, list[str]]:
    """What a scripted agent answers, and what it was told."""
    model = FakeModel(script)

    async def work(box: AgentBox) -> tuple[list[Draft], FakeAssignment]:
        instance = Instance(instance_id="x/1", prompt="What is 6 * 7?", row={})
        assignment = FakeAssignment(instance, model, box=box, limits=limits)
        return await run_agent(open_agent("interpreter", options or {}), assignment), assignment

    drafts, assignment = within(backend, work)
    return drafts, assignment, [str(question.messages[-1]["content"]) for question in model.asked]


def test_cells_share_one_session(local_backend: Backend) -> None:
    """Variables, imports and classes stay; output, value and traceback are told apart; what fails ends nothing."""
    first, second, third, fourth, fifth = cells(
        local_backend,
        "import os, sys\nx = 41\nclass A: pass\nprint('out'); print('err', file=sys.stderr); os.system('echo child')",
        "x += 1\nx",
        "def f():\n    return 1 / 0\nf()",
        "if",
        "import pickle; raise SystemExit(3) if pickle.dumps(A) and x == 42 else None",
    )

    assert set(first.output.split()) == {"out", "err", "child"}
    assert (second.value, second.output) == ("42", "")
    assert "ZeroDivisionError" in third.error
    assert 'File "<cell 3>", line 2, in f\n    return 1 / 0' in third.error
    assert "interpreter.py" not in third.error
    assert "SyntaxError" in fourth.error
    assert "SystemExit: 3" in fifth.error
    assert not any(cell.restarted or cell.ended for cell in (first, second, third, fourth, fifth))


def test_a_cell_that_takes_too_long(local_backend: Backend) -> None:
    """It is interrupted and the session goes on; one that does not listen is killed, and that is said."""
    hangs, goes_on, deaf, anew = cells(
        local_backend,
        "x = 1\nwhile True: pass",
        "x",
        "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
        "'x' in globals()",
        cell_s=1.0,
    )

    assert (hangs.ended, hangs.restarted, "KeyboardInterrupt" in hangs.error) == ("timeout", False, True)
    assert goes_on.value == "1"
    assert (deaf.ended, deaf.restarted) == ("timeout", True)
    assert (anew.value, anew.restarted) == ("False", False)


def test_a_session_survives_what_cells_do_to_it(local_backend: Backend) -> None:
    """Death, floods, too much memory and a killed driver cost variables at most, never the session."""
    died, flood, memory, driver, last = cells(
        local_backend,
        "import os; os.kill(os.getpid(), 9)",
        "for _ in range(20000): print('x' * 100)",
        "try:\n    len(bytearray(2 << 30))\nexcept MemoryError:\n    print('short')",
        "import os; os.kill(os.getppid(), 9)",
        "1 + 1",
    )

    assert (died.ended, died.restarted) == ("died: signal 9", True)
    assert "bytes left out" in flood.output
    assert len(flood.output) < 2000
    assert memory.restarted or "short" in memory.output
    assert driver.restarted
    assert last.value == "2"


def test_what_is_no_frame_of_a_session_is_not_believed(local_backend: Backend) -> None:
    """A cell that writes where the session does ends it, and a new one begins."""
    odd, last = cells(
        local_backend,
        "import os; os.write(os.open(f'/proc/{os.getppid()}/fd/1', os.O_WRONLY), b'\\0\\0\\0\\1{')",
        "2 + 2",
    )

    assert odd.restarted or odd.error
    assert last.value == "4"


@pytest.mark.parametrize("head", ["b'\\x7f\\xff\\xff\\xff'", "b'\\0\\0\\1\\0{'"], ids=["2 GiB", "unfinished"])
def test_a_head_without_a_frame_costs_the_session_and_no_minute(head: str, local_backend: Backend) -> None:
    """What a cell writes where its result goes is read for seconds, not for as long as a cell may take."""
    odd, last = cells(
        local_backend,
        "import os\nfor one in range(3, 20):\n  try: os.write(one, " + head + ")\n  except OSError: pass\n"
        "import time; time.sleep(100)",
        "2 + 2",
        cell_s=100.0,
    )

    assert (odd.ended, odd.restarted) == ("died: signal 9", True)
    assert last.value == "4"


def test_a_megabyte_of_odd_output_fits_into_a_frame(local_backend: Backend) -> None:
    """However long each of its bytes is when it is written down, the session goes on."""
    flood, last = cells(
        local_backend,
        "import os\nx = 1\nfor _ in range(40): os.write(1, b'\\0' * 65536)",
        "x",
        output_bytes=1 << 20,
    )

    assert (flood.ended, flood.restarted, last.value) == ("", False, "1")
    assert len(flood.output) > 1_000_000


@pytest.mark.docker
def test_a_session_in_a_container(docker_backend: Backend, python_image: str) -> None:
    """It outlives commands that run beside it, and a cell that ends it by a signal costs no more than its variables."""

    async def work(box: AgentBox) -> list[Cell]:
        session = PythonSession(box, cell_s=60.0, output_bytes=1000)
        await session.open()
        first = await session.run("x = 1")
        await box.exec("true")
        found = [first, await session.run("x"), await session.run("import os; os.kill(os.getppid(), 9)")]
        return [*found, await session.run("1 + 1")]

    _, kept, driver, last = within(docker_backend, work)

    assert (kept.value, driver.restarted, last.value) == ("1", True, "2")


@pytest.mark.slow
def test_a_figure_of_matplotlib(docker_backend: Backend, python_image: str, tmp_path: Path) -> None:
    """A real one, of the package as its index has it, is saved when its cell ends."""
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(tmp_path), "matplotlib"]
    subprocess.run([*install, "--python-version", "3.11", "--only-binary", ":all:"], check=True, timeout=300)
    packed = subprocess.run(["tar", "-C", tmp_path, "-cf", "-", "."], check=True, timeout=100, capture_output=True)

    async def work(box: AgentBox) -> Cell:
        await box.exec("mkdir lib && tar -C lib -xf -", stdin=packed.stdout)
        session = PythonSession(box, cell_s=90.0, output_bytes=4000)
        await session.open()
        plot = "import matplotlib.pyplot as plt\nplt.plot([1, 4, 9])"
        return await session.run(f"import sys; sys.path.insert(0, '/scratch/lib')\n{plot}")

    cell = within(docker_backend, work, disk_bytes=1 << 30)

    assert cell.error == ""
    (figure,) = [(name, size) for name, size in cell.files if name == "figure-1.png"]
    assert figure[1] > 1000


def test_an_agent_answers_after_cells(local_backend: Backend) -> None:
    """It hears what came of each cell; its files are kept; below the last line is its answer."""
    script = [
        "Let me see.",
        "```python\nopen('table.csv', 'w').write('a,b')\n6 * 7\n```",
        "So it is.\n\n**FINAL ANSWER**\n42\n\n```python\nprint(42)\n```",
    ]

    drafts, assignment, said = worked(local_backend, script)

    assert "no cell" in said[1]
    assert said[2] == "Value: 42\nFiles: table.csv (3 bytes)"
    assert [(one.text, one.kind, one.why) for one in drafts] == [
        ("42\n\n```python\nprint(42)\n```", "answer", "submitted")
    ]
    (file,) = assignment.trajectory.about["files"]
    assert (file["name"], base64.b64decode(file["base64"])) == ("table.csv", b"a,b")


def test_what_is_left_out_is_counted_once(local_backend: Backend) -> None:
    """A cell's flood is cut in the box; the model is told how much it printed in all, not what a note took."""
    _, _, told = worked(
        local_backend, ["```python\nprint('x' * 5_000_000)\n```", "I give up."], limits=AgentLimits(message_limit=6)
    )

    missing = re.search(r"\[\.\.\. ([\d,]+) bytes left out \.\.\.\]", told[1])
    assert missing is not None
    assert int(missing[1].replace(",", "")) > 4_900_000
    assert len(told[1]) <= 10_000


def test_a_figure_is_saved(local_backend: Backend) -> None:
    """What a cell has drawn with pyplot is a file when it ends, whatever draws it."""
    pyplot = """import sys, types
class Figure:
    def savefig(self, path): open(path, 'wb').write(b'\\x89PNG')
pyplot = types.ModuleType('matplotlib.pyplot')
pyplot.numbers = [1]
pyplot.get_fignums = lambda: list(pyplot.numbers)
pyplot.figure = lambda number: Figure()
pyplot.close = lambda which: pyplot.numbers.clear()
sys.modules['matplotlib'] = types.ModuleType('matplotlib')
sys.modules['matplotlib.pyplot'] = pyplot"""
    drawn, idle = cells(local_backend, pyplot, "1")

    assert drawn.files == (("figure-1.png", 4),)
    assert idle.files == ()


def test_a_limit_leaves_what_was_answered_last(local_backend: Backend) -> None:
    """Without a final answer the last one counts, with the limit as the reason."""
    drafts, assignment, _ = worked(local_backend, ["```python\n1\n```"], limits=AgentLimits(message_limit=4))

    assert [(one.text, one.why) for one in drafts] == [("```python\n1\n```", "message_limit")]
    assert assignment.stop_reason == "message_limit"


@pytest.mark.parametrize("options", [{"steps": "0"}, {"timeout": "-1"}, {"cells": "1"}])
def test_options_are_checked(options: dict[str, str]) -> None:
    """What no option can be is told at once."""
    with pytest.raises(UsageError):
        open_agent("interpreter", options)
