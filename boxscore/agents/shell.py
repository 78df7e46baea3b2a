"""An agent with a shell in the instance's box: one command an answer, until it submits; then its patch is taken.

    ask ──▶ one ```bash block ──▶ run in the box ──▶ what it printed ──▶ ask …
                 │ submit, or a limit: take the patch (`patch.py`), which is the sample

The manner is mini-swe-agent's; the words are ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from boxscore.agents.blocking import Executed
from boxscore.agents.contract import SUBMITTED, Draft, work_in_rounds
from boxscore.agents.patch import take_patch
from boxscore.agents.registry import read_options
from boxscore.agents.seal import NO_NETWORK, SealedBox
from boxscore.agents.texts import blocks_of, cut_middle, filled
from boxscore.errors import BoxLost, LossCause, UsageError
from boxscore.records import SampleKind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from boxscore.agents.contract import Assignment, Message
    from boxscore.models.contract import Answer

SUBMIT = "submit"
SUBMITS = (SUBMIT, "echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT")  # the second is mini-swe-agent's
ANSWER_FILE, MAX_ANSWER_BYTES = "answer.md", 1 << 20
ENVIRONMENT = {"PAGER": "cat", "MANPAGER": "cat", "LESS": "-R", "PIP_PROGRESS_BAR": "off", "TQDM_DISABLE": "1"}
KEPT_BYTES = 1 << 20  # of what a command prints, before it is cut for the model
LANGUAGES = ("bash", "sh", "shell")
NUL_IN_IT = Executed(exit_code=126, stderr=b"a NUL byte, which no command may have\n", wall_s=0.0)


class Settings(Struct, frozen=True, kw_only=True):
    """How a shell agent works; each answer has one command.

    `steps` is how many answers are asked for at most; `timeout` bounds a command, in seconds, and `output_bytes` what
    of its output is shown. It ends after `format_errors` answers in a row without exactly one command.
    """

    steps: Annotated[int, Meta(ge=1, le=10_000)] = 250
    timeout: Annotated[float, Meta(gt=0, le=3600)] = 60.0
    output_bytes: Annotated[int, Meta(ge=64, le=KEPT_BYTES)] = 10_000
    format_errors: Annotated[int, Meta(ge=1, le=100)] = 3


def shell_agent(given: Mapping[str, str]) -> ShellAgent:
    """Make the agent of its options. Raises UsageError."""
    return ShellAgent(read_options("shell", given, Settings))


class ShellAgent:
    """See `boxscore.agents.contract.Agent`."""

    name = "shell"
    wants_box = True

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def drafts(self, assignment: Assignment) -> AsyncIterator[Draft]:
        """Yield one draft: what has become of the work tree when it ended, however that was."""
        async with assignment.open_box() as box:
            if not isinstance(box, SealedBox):
                raise UsageError("the agent `shell` needs a sealed box")
            work = _Work(assignment, box, self._settings)
            why = await work_in_rounds(assignment, work.question, work.act, rounds=self._settings.steps, last="steps")
            draft = await draft_of_box(assignment, box, why)
        yield draft


class _Work:
    """One agent at work."""

    def __init__(self, assignment: Assignment, box: SealedBox, settings: Settings) -> None:
        self._assignment, self._box, self._settings = assignment, box, settings
        self._format_errors = 0
        network = "no network" if box.seal.network == NO_NETWORK else "no network but for what the task needs"
        self._messages: list[Message] = [
            {"role": "system", "content": filled("shell_system", cwd=box.cwd, network=network)},
            {"role": "user", "content": self._task()},
        ]

    def _task(self) -> str:
        return filled(
            "shell_task",
            repository=self._box.tree is not None,
            cwd=self._box.cwd,
            problem=self._assignment.instance.prompt,
            submit=SUBMIT,
            timeout=f"{self._settings.timeout:g}",
        )

    async def question(self) -> list[Message] | str:
        return self._messages

    async def act(self, answer: Answer) -> str:
        """Run the command of an answer."""
        commands = [found.strip() for found in blocks_of(answer.text, *LANGUAGES)]
        if commands == [""] or len(commands) != 1:
            self._format_errors += 1
            count = "no command" if not commands else f"{len(commands)} commands" if commands[0] else "an empty one"
            text = filled("shell_format", found=count, submit=SUBMIT)
            if self._format_errors >= self._settings.format_errors:
                return "format_errors"
        elif commands[0] in SUBMITS:
            self._assignment.trajectory.add_action(SUBMIT, {}, "")
            return SUBMITTED
        else:
            self._format_errors = 0
            try:
                text = await self._run(commands[0])
            except BoxLost as error:
                if error.cause is not LossCause.INSIDE:
                    raise
                return "box_lost"
        self._messages += [{"role": "assistant", "content": answer.text}, {"role": "user", "content": text}]
        return ""

    async def _run(self, command: str) -> str:
        self._assignment.check_limits()
        settings = self._settings
        done = NUL_IN_IT
        if "\0" not in command:  # a model's mistake, and no reason to end the run
            done = await self._box.exec(
                f"exec 2>&1\n{command}", env=ENVIRONMENT, timeout_s=settings.timeout, output_bytes=KEPT_BYTES
            )
        output = cut_middle((done.stdout + done.stderr).decode(errors="replace"), settings.output_bytes)
        text = filled("shell_observation", ending=_ending(done, settings.timeout), output=output)
        extra = {"exit_code": done.returncode, **({"limit": str(done.limit)} if done.limit else {})}
        self._assignment.trajectory.add_action("bash", {"command": command}, text, extra=extra)
        return text


def _ending(done: Executed, timeout_s: float) -> str:
    notes = []
    if done.timed_out:
        notes.append(f"ended after {timeout_s:g} seconds")
    elif done.limit is not None:
        notes.append(f"ended by the limit on {done.limit}")
    elif done.returncode:
        notes.append(f"exit code {done.returncode}")
    if done.truncated:
        notes.append(f"more than {KEPT_BYTES} bytes of output, of which the rest is lost")
    return "; ".join(notes) or ("" if done.stdout or done.stderr else "exit code 0, no output")


async def draft_of_box(assignment: Assignment, box: SealedBox, why: str) -> Draft:
    """Take what an agent that has ended has made: the patch of its repository, or its answer's file."""
    if box.tree is not None:
        taken = await take_patch(box)
        if taken.notes():
            assignment.trajectory.add_action("take_patch", {}, taken.notes())
        return Draft(text=taken.text, kind=SampleKind.PATCH, why=why)
    try:
        text = (await box.get(ANSWER_FILE, max_bytes=MAX_ANSWER_BYTES)).decode(errors="replace")
    except OSError as error:
        assignment.trajectory.add_action("take_answer", {}, str(error.strerror))
        text = ""
    return Draft(text=text, kind=SampleKind.ANSWER, why=why)
