"""Code is found in the answers that trainers hand on."""

from __future__ import annotations

import pytest

from boxscore.adapters.answers import answer_text, code_of_answer


@pytest.mark.parametrize(
    "completion",
    [
        "def f(): pass",
        [{"role": "assistant", "content": "def f(): pass"}],
        [{"role": "user", "content": "no"}, {"role": "assistant", "content": "def f(): pass"}],
        [{"role": "assistant", "content": [{"type": "text", "text": "def f():"}, {"type": "text", "text": " pass"}]}],
        {"role": "assistant", "content": "def f(): pass"},
    ],
)
def test_text_of_a_completion(completion: object) -> None:
    assert answer_text(completion) == "def f(): pass"


@pytest.mark.parametrize("completion", [[], [{"role": "assistant", "content": None}]])
def test_nothing_was_answered(completion: object) -> None:
    assert answer_text(completion) == ""


def test_thoughts_are_left_out() -> None:
    text = "<think>\n```python\ndef f():\n    return 'draft'\n```\n</think>\n```python\ndef f():\n    return 1\n```\n"

    assert code_of_answer(text, names=("f",)) == "def f():\n    return 1\n"


@pytest.mark.parametrize("mark", ["cpp", "c++", "C++"])
def test_block_of_another_language(mark: str) -> None:
    text = f"```{mark}\nint first;\n```\n```{mark}\nint main() {{}}\n```\nOutput:\n```\n3\n```\n"

    assert code_of_answer(text, names=(), language="cpp") == "int main() {}\n"


@pytest.mark.parametrize("text", ["", "  \n", "<think>def f(): pass</think>", "I do not know what to do."])
def test_no_code(text: str) -> None:
    assert code_of_answer(text, names=("f",)) is None
