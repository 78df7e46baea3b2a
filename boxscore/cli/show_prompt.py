"""`boxscore show BENCH -i ID --prompt`: what a model would be sent, to the letter."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.cli.exit_codes import OK
from boxscore.cli.output import plain, print_json, say
from boxscore.data.prompts import render_prompt
from boxscore.errors import UsageError
from boxscore.run.prepare import load_benchmark
from boxscore.run.request import Request

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.data.prompts import Prompt


class ShownPrompt(Struct, frozen=True, kw_only=True):
    """A prompt of an instance: either `messages` or a `completion`, and what it was made by."""

    instance_id: str
    variant: str
    digest: str
    messages: tuple[dict[str, str], ...]
    completion: str | None
    stop: tuple[str, ...]


def show_prompt_command(  # noqa: PLR0913 - the options of one command
    bench: str, *, only: tuple[str, ...], data: Path | None, variant: str | None, template: Path | None, json: bool
) -> int:
    """Print the prompts of instances. The digest goes to standard error, so that nothing is added to a prompt."""
    if not only:
        raise UsageError("--prompt shows what is asked for an instance: name one, as `-i ID`")
    benchmark = load_benchmark(Request(benchmark=bench, only=only, data=data))
    prompts = [
        (one.instance_id, render_prompt(benchmark.harness, one, variant=variant, template=template))
        for one in benchmark.asked
    ]
    if json:
        print_json([_shown(name, prompt) for name, prompt in prompts])
        return OK
    for name, prompt in prompts:
        say(f"{name}, variant {prompt.variant}, digest {prompt.digest}")
        text = prompt.completion
        if text is None:
            text = "".join(f"{one['role']}:\n{one['content']}\n" for one in prompt.messages)
        _write(text)
    return OK


def _shown(name: str, prompt: Prompt) -> ShownPrompt:
    return ShownPrompt(
        instance_id=name,
        variant=prompt.variant,
        digest=prompt.digest,
        messages=prompt.messages,
        completion=prompt.completion,
        stop=prompt.stop,
    )


def _write(text: str) -> None:
    """Write a text as it is; to a terminal without what could drive it."""
    text = plain(text) if sys.stdout.isatty() else text
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode(errors="backslashreplace"))
    sys.stdout.buffer.flush()
