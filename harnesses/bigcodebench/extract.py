"""Find the program in a sample as BigCodeBench's sanitizer does, and put the stub before it."""

from __future__ import annotations

import boxscore
from boxscore import SampleKind


def extracted(sample: boxscore.Sample, *, prompt: str, entry_point: str) -> str | None:
    """The program of a sample, None where there is none. A completion goes after the prompt and is searched with it.

    A solution has been through a sanitizer, and is taken as it is.
    """
    if not sample.text.strip():
        return None
    if sample.kind is SampleKind.SOLUTION:
        return sample.text
    text = prompt + sample.text if sample.kind is SampleKind.COMPLETION else sample.text
    code = boxscore.extract_code(text, (entry_point,))
    return None if code is None else without_trailing_calls(code, entry_point)


def without_trailing_calls(code: str, entry_point: str) -> str:
    """Cut the end of a program from the first line on, after its last indented one, that mentions the entry point.

    Such lines try the function out, and what they assign may be named as a variable of it. A definition is none.
    """
    lines = code.splitlines()
    end = len(lines)
    for place in range(len(lines) - 1, -1, -1):
        line = lines[place]
        if line.startswith((" ", "\t", "def ", "async def ", "class ")):
            break
        if entry_point in line:
            end = place
    return code if end == len(lines) else "".join(f"{line}\n" for line in lines[:end])


def calibrated(program: str, code_prompt: str) -> str:
    """The program behind the stub that answers were asked to begin with: imports, and the function without a body.

    An answer that leaves the imports out has them so, which is how BigCodeBench's leaderboard counts.
    """
    return f"{code_prompt}\n    pass\n{program}"
