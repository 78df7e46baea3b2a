"""Programs of the user's as models."""

from __future__ import annotations

import asyncio
import json
import shlex
import sys
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from boxscore.errors import ModelError, ModelUnusable, UsageError
from boxscore.models.command import CommandModel
from boxscore.models.contract import Answer, Price, Question, Sampling
from boxscore.models.registry import open_model

if TYPE_CHECKING:
    from collections.abc import Coroutine

WAIT_S = 300  # what is waited for comes at once on a machine that is idle
QUESTION = Question(instance_id="i", number=1, messages=({"role": "user", "content": "?"},), sampling=Sampling(seed=3))


def program(code: str) -> str:
    return f"{sys.executable} -c {shlex.quote(code)}"


async def asked(model: CommandModel, *questions: Question) -> list[Answer]:
    try:
        return await asyncio.gather(*(model.answer(question) for question in questions or (QUESTION,)))
    finally:
        await model.close()


def run(main: Coroutine[None, None, list[Answer]]) -> list[Answer]:
    return asyncio.run(asyncio.wait_for(main, WAIT_S))


def processes_with(word: str) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if word in line:
            found.append(line)
    return found


def assert_gone(word: str) -> None:
    """Nothing with a word in its command line lives on; what was killed may take a moment to go."""
    until = time.monotonic() + WAIT_S
    while processes_with(word) and time.monotonic() < until:
        time.sleep(0.05)
    assert processes_with(word) == []


def test_a_program_reads_the_question_and_prints_the_answer() -> None:
    """All of the question is JSON on its input; plain text is the answer, byte for byte."""
    model = CommandModel(program("import sys; sys.stdout.write(sys.stdin.read() + '\\n')"))
    answer = run(asked(model))[0]

    told = json.loads(answer.text)
    assert (told["instance_id"], told["number"], told["turn"]) == ("i", 1, 0)
    assert (told["messages"], told["sampling"]["seed"]) == ([{"role": "user", "content": "?"}], 3)
    assert answer.text.endswith("}\n")
    assert (answer.cost_usd, answer.calls) == (None, 1)


def test_json_with_a_text_says_what_it_took() -> None:
    """Tokens, cost and how it ended are the program's word; without a cost, --price says it."""
    told = {"text": "x\n", "finish_reason": "length", "usage": {"input_tokens": 10, "output_tokens": 2}}
    code = f"print({json.dumps(json.dumps(told))})"
    priced = run(asked(CommandModel(program(code), price=Price(input_usd=1e6, output_usd=1e6))))[0]
    unpriced = run(asked(CommandModel(program(code))))[0]
    itself = run(asked(CommandModel(program(f"print({json.dumps(json.dumps({**told, 'cost_usd': 0.25}))})"))))[0]

    assert (priced.text, priced.finish_reason, priced.usage.input_tokens) == ("x\n", "length", 10)
    assert (priced.cost_usd, unpriced.cost_usd, itself.cost_usd) == (12.0, None, 0.25)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("import sys; sys.exit('no luck')", "status 1: no luck"),
        ("import os; os.kill(os.getpid(), 9)", "signal 9"),
        ("import sys; sys.stdout.buffer.write(b'\\xff')", "not UTF-8, at byte 0"),
        ('print(\'{"text": "x", "cost_usd": -1}\')', "not an answer"),
    ],
)
def test_a_program_that_fails_gives_no_answer(code: str, says: str) -> None:
    with pytest.raises(ModelError, match=says):
        run(asked(CommandModel(program(code))))


def test_a_program_that_is_not_there_ends_the_run() -> None:
    with pytest.raises(ModelUnusable, match="cannot be run: No such file"):
        run(asked(CommandModel("./no-such-program")))
    for words in ("", "'"):
        with pytest.raises(UsageError):
            open_model(f"command:{words}")


def test_output_is_bounded() -> None:
    with pytest.raises(ModelError, match="printed more than"):
        run(asked(CommandModel(program("while True: print('x' * 100_000)"))))


def test_time_is_bounded_and_the_whole_group_ends() -> None:
    """What it started, and what still holds its output, is ended with it, and not waited for."""
    mark = uuid.uuid4().hex
    child = f"import time; time.sleep(600) # {mark}"
    code = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {child!r}]); time.sleep(600)"
    with pytest.raises(ModelError, match="longer than 1 s"):
        run(asked(CommandModel(program(code), time_s=1)))
    left = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {child!r}]); print('done')"
    assert run(asked(CommandModel(program(left))))[0].text == "done\n"

    assert_gone(mark)


def test_the_key_is_in_its_environment_and_in_no_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program is the user's own and may need keys; nobody else is shown them, nor what it says of them."""
    key = "canary-4e5f6a7b8c9d0e1f"
    monkeypatch.setenv("SOME_API_KEY", key)
    code = (
        "import os, sys; print(os.environ['SOME_API_KEY'], file=sys.stderr); print(open('/proc/self/cmdline').read())"
    )
    assert key not in run(asked(CommandModel(program(code))))[0].text
    with pytest.raises(ModelError, match=r"\[redacted\]") as caught:
        run(asked(CommandModel(program("import os, sys; sys.exit(os.environ['SOME_API_KEY'])"))))

    assert key not in str(caught.value)
    assert CommandModel(f"./x --key {key}").name == "command:./x --key [redacted]"


def test_a_program_that_changed_is_another_model(tmp_path: Path) -> None:
    """Its digest is of the files that its command line names, so that its earlier answers are not taken for its own."""
    own = tmp_path / "answer.py"
    own.write_text("print(1)")
    before, again = (CommandModel(f"{sys.executable} {own} --fast").digest for _ in range(2))
    own.write_text("print(2)")
    after = CommandModel(f"{sys.executable} {own} --fast").digest

    assert before == again != after
    assert CommandModel("/nonexistent/program").digest
