"""EvoCodeBench with a repository of our own: bodies out of answers, into files, in boxes, and what they depend on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from boxscore.errors import InputError
from boxscore.records import SampleKind
from harnesses.evocodebench import HARNESS
from harnesses.evocodebench.splice import body_of_answer, body_of_completion
from harnesses.evocodebench.task import PARSER
from tests.evocodebench_repository import RIGHT, ROW, loaded, sample_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("    a = 1\n    return a\n\ndef other():\n    pass\n", "    a = 1\n    return a"),
        ("\n    if a:\n        b()\n\n    c()\nx = 1", "    if a:\n        b()\n\n    c()"),
        ("", ""),
    ],
)
def test_a_completion_goes_on_while_it_is_indented(text: str, body: str) -> None:
    assert body_of_completion(text) == body


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (
            "Sure:\n```python\nimport os\ndef total(self):\n    '''Doc.'''\n    return os.sep\n```",
            "import os\nreturn os.sep",
        ),
        ("```python\nclass A:\n    def total(self):\n        return 1\n```", "return 1"),
        ("```\n    return 2\n```", "return 2"),
        ("```python\ndef total(self):\n    '''Only that.'''\n```", ""),
        ("```python\ndef total(self:\n```", ""),
    ],
)
def test_the_body_in_an_answer(answer: str, body: str) -> None:
    assert body_of_answer(answer, "total") == body


def test_no_box_holds_the_reference(tmp_path: Path) -> None:
    instance = loaded(tmp_path)
    task = HARNESS.task(instance)
    stub = dict(task.image.files)["stub/shop/basket.py"].decode()

    assert "raise NotImplementedError" in stub
    assert "subtotal" not in stub
    assert task.reference is not None
    assert "+        subtotal = self.summed()\n" in task.reference
    assert task.fail_to_pass == tuple(ROW["tests"])


def test_samples_become_patches(tmp_path: Path) -> None:
    instance = loaded(tmp_path)
    shallow = HARNESS.extract(instance, sample_of(RIGHT.strip(), SampleKind.COMPLETION))

    assert shallow == HARNESS.extract(instance, sample_of(RIGHT, SampleKind.SOLUTION))
    assert shallow is not None
    assert f"+{RIGHT}" in shallow
    assert HARNESS.extract(instance, sample_of(instance.reference or "", SampleKind.SOLUTION)) == instance.reference
    assert HARNESS.extract(instance, sample_of("```python\ndef total(self): \n```", SampleKind.ANSWER)) is None


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"body_position": [9, 12]}, "one after the other"),
        ({"body_position": [11, 99]}, "fewer lines"),
        ({"signature_position": [8, 9]}, "no `def total` there: it is of another commit"),
        ({"completion_path": "corner-shop/../x.py"}, "no file of a repository"),
        ({"completion_path": "corner-shop/none.py"}, "is not in"),
        ({"completion_path": "other/none.py"}, "missing or empty"),
        ({"tests": ["tests/test_basket.py; true"]}, "node ids"),
    ],
)
def test_rows_that_cannot_be_graded_are_refused(changed: dict[str, Any], problem: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=problem):
        loaded(tmp_path, **changed)


@pytest.mark.parametrize(
    ("printed", "status"),
    [
        ("..\n2 passed in 0.01s\n\nboxscore-exit 0 t::a", "pass"),
        ("1 failed, 1 passed in 0.01s\n\nboxscore-exit 1 t::a", "fail"),
        ("1 skipped in 0.01s\n\nboxscore-exit 0 t::a", "fail"),
        ("2 passed, 1 warning in 1.25s\nboxscore-exit 0 t::a", "pass"),
        ("===== 2 passed in 0.01s =====\n\nboxscore-exit 0 t::a", "pass"),
        ("\x1b[32m\x1b[1m1 passed\x1b[0m\x1b[32m in 44.76s\x1b[0m\x1b[0m\n\nboxscore-exit 0 t::a", "pass"),
        ("1 passed in 0.01s\nException ignored in: <f>\nImportError\nboxscore-exit 0 t::a", "pass"),
        ("1 passed, " * 1000 + "\nboxscore-exit 0 t::a", "fail"),
        ("\nboxscore-exit 0 t::a", "fail"),  # its process ended before pytest did
        ("2 passed in 0.01s\nboxscore-exit 0 t::b\n\nboxscore-exit 0 t::a", "fail"),
    ],
)
def test_an_exit_code_alone_is_not_enough(printed: str, status: str) -> None:
    namespace: dict[str, Any] = {}
    exec(PARSER, namespace)

    assert namespace["parser"](printed)["t::a"] == status
