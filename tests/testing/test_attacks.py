"""What `boxscore.testing` gives to authors of harnesses and protocols, used as they use it: on a file of their own."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import boxscore
from boxscore.testing import Attack, Expect, FakeBackend, Judgement, attack_suite, check_harness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.testing import AttackReport, Batch

DOCS = Path(__file__).parents[2] / "docs" / "harnesses.md"
NOW = "__import__('time').monotonic_ns()"
CHEAT = Attack(
    name="constant",
    attack_class="mine",
    expect=Expect.FAIL,
    how="always says the same",
    source="def __ENTRY__(*args):\n    return 'attack'\n",
)
HONEST = Attack(
    name="gold", attack_class="control", expect=Expect.PASS, how="is the reference", source="__REFERENCE__\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    blocks = DOCS.read_text(encoding="utf-8").split("```")
    (tmp_path / "shout.py").write_text(blocks[1].removeprefix("python\n"), encoding="utf-8")
    (tmp_path / "shout.jsonl").write_text(blocks[3].removeprefix("json\n"), encoding="utf-8")
    return tmp_path


def changed(folder: Path, old: str, new: str) -> tuple[str, ...]:
    file = folder / "shout.py"
    source = file.read_text(encoding="utf-8")
    assert old in source
    file.write_text(source.replace(old, new), encoding="utf-8")
    return check_harness(file, data=folder / "shout.jsonl")


def attacked(folder: Path, backend: str, *attacks: Attack) -> AttackReport:
    return attack_suite(
        folder / "shout.py", data=folder / "shout.jsonl", backend=backend, attacks=attacks or None, fast=not attacks
    )


class Protocol:
    """A protocol of one's own, which believes everything that is Python."""

    @contextmanager
    def __call__(self) -> Iterator[Protocol]:
        yield self

    def grade(self, batch: Batch) -> Iterator[boxscore.Result]:
        for one in batch.candidates:
            yield boxscore.Result(
                instance_id=batch.instance_id,
                sample_id=one.sample_id,
                outcome=boxscore.Outcome.PASSED,
                trust=batch.trust,
            )


def test_a_sound_harness_has_no_findings(folder: Path) -> None:
    assert check_harness(folder / "shout.py", data=folder / "shout.jsonl") == ()


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ("names=(function,),\n            tests", "names=(),\n            tests", "names lack the entry point loud"),
        ('tests=instance.row["asserts"]', 'tests="assert ("', "tests are not Python"),
        ('tests=instance.row["asserts"],', "", "exactly one of tests and inputs"),
        ("return boxscore.program(", "return 'x' or boxscore.program(", "finds code in an empty sample"),
        ("return boxscore.program(", "return None and boxscore.program(", "finds no code in the reference"),
        ("return boxscore.program(", f"return str({NOW}) or boxscore.program(", "give other code each time"),
        ('"role": "user"', '"role": "model"', "a message without a role"),
        ("function = instance", "instance.row['seen'] = 1\n        function = instance", "a method changes them"),
        ("cpu_s=2.0)", f"cpu_s={NOW} / 1e9)", "task differs from call to call"),
        ("\"shout/{text['id']}\"", '"shout"', "two instances named 'shout', at places 0 and 1"),
        ("parts: tuple[str, ...] = ()", "parts = None", "'parts' must be tuple"),
        ("for line, row in", "for line, row in 1 / 0 or", "ZeroDivisionError: division by zero; at "),
    ],
)
def test_what_is_wrong_is_found(folder: Path, old: str, new: str, finding: str) -> None:
    assert any(finding in one for one in changed(folder, old, new))


def test_a_protocol_that_believes_everything_does_not_hold(folder: Path) -> None:
    report = attack_suite(
        folder / "shout.py", data=folder / "shout.jsonl", open_grader=Protocol(), attacks=(CHEAT, HONEST)
    )

    assert not report.held
    assert [one.judgement for one in report.findings] == [Judgement.GOT_THROUGH, Judgement.HELD]


def test_what_cannot_be_attacked_is_refused(folder: Path) -> None:
    with pytest.raises(boxscore.UsageError, match="has no instance nothing"):
        attack_suite(folder / "shout.py", data=folder / "shout.jsonl", instance_id="nothing", open_grader=Protocol())


def test_a_fake_backend_needs_no_sandbox() -> None:
    backend = FakeBackend()

    with backend.box(boxscore.BoxSpec()) as box:
        done = box.run(["true"])

    assert (done.exit_code, [run.argv for run in backend.boxes[0].runs]) == (0, [("true",)])


@pytest.mark.bubblewrap
def test_our_protocol_holds_on_a_harness_of_ones_own(folder: Path) -> None:
    report = attacked(folder, "local", CHEAT, HONEST)

    assert report.held
    assert [one.outcome for one in report.findings] == [boxscore.Outcome.WRONG, boxscore.Outcome.PASSED]


@pytest.mark.slow
@pytest.mark.bubblewrap
def test_the_fast_subset_holds_on_a_harness_of_ones_own(folder: Path) -> None:
    report = attacked(folder, "local")

    assert [one for one in report.findings if one.judgement is not Judgement.HELD] == []
