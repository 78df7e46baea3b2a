"""Finding code in chat answers."""

from __future__ import annotations

import time

import pytest

from boxscore import Sample, SampleKind, extract_code, program, web_sample_of

FENCED = "Here:\n\n```python\nimport os\ndef g(x):\n    return x\ndef f(x):\n    return g(x)\n\nprint(f(1))\n```\nDone."


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (FENCED, "import os\ndef g(x):\n    return x\ndef f(x):\n    return g(x)\n"),
        ("def f(x): return x", "def f(x): return x\n"),
        ("Sure!\n\ndef f(x):\n    print(x)\n\nThat is all.", "def f(x):\n    print(x)\n"),
        ("1. So\n   ```python\n   def f(x):\n       return 1\n   ```\n", "def f(x):\n    return 1\n"),
        ("```\n@wrap\ndef f(): return 1\n", "@wrap\ndef f(): return 1\n"),
        ("\x1b[1mdef f(): return 1\x1b[0m", "def f(): return 1\n"),
        ("I am sorry, I cannot do that.", None),
    ],
)
def test_the_function_is_found(text: str, code: str | None) -> None:
    assert extract_code(text, ("f",)) == code


@pytest.mark.parametrize("lines", [4000, pytest.param(15_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("line", ["if you (then)\n", "def f(x):\n    return x\n", "(\n", '"""\n', "word\n"])
def test_hostile_answers_take_bounded_time(line: str, lines: int) -> None:
    started = time.process_time()

    extract_code(line * lines, ("f",))

    assert time.process_time() - started < 20


def test_kinds_of_samples() -> None:
    def made(text: str, kind: SampleKind) -> str | None:
        return program(Sample(instance_id="a", sample_id="0", text=text, kind=kind), prompt="P\n", names=("f",))

    assert made("x", SampleKind.COMPLETION) == "P\nx"
    assert made("x", SampleKind.SOLUTION) == "x"
    assert [made(" \n", kind) for kind in SampleKind] == [None] * len(SampleKind)


@pytest.mark.parametrize(
    ("kind", "text", "found"),
    [
        (SampleKind.SOLUTION, '{"files": {}}', '{"files": {}}'),
        (SampleKind.SOLUTION, " \n", None),
        (SampleKind.ANSWER, 'Here:\n```json\n{"files": {"a": "{}"}}\n```\n', '{"files": {"a": "{}"}}'),
        (SampleKind.ANSWER, "I cannot.", None),
        (SampleKind.ANSWER, "} {", None),
    ],
)
def test_web_samples_in_answers(kind: SampleKind, text: str, found: str | None) -> None:
    assert web_sample_of(Sample(instance_id="a", sample_id="0", text=text, kind=kind)) == found
