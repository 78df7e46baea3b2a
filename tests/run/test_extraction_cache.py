"""Extracted code is kept, and a finished run of thousands of answers resumes at once."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from boxscore import Result, Sample, SampleKind, grade
from boxscore.cache import write_cached
from boxscore.data.plugins import load_harness
from boxscore.records import Conditions, Outcome, Trust
from boxscore.run.extraction_cache import FEWEST_KEPT, KEPT_FILES, ExtractedCode, ships_with_boxscore
from boxscore.run.plan import make_plan
from boxscore.run.prepare import Request, load_benchmark

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from boxscore.run.executors.contract import Workload

ANSWER = "Sure, number {}:\n```python\ndef roman_value(numeral: str) -> int:\n    return 1\n```\nIt returns one."
COUNT = 5000


def answers(count: int) -> list[Sample]:
    """Chat answers."""
    return [
        Sample(instance_id="tiny/roman-numeral", sample_id=str(n), text=ANSWER.format(n), kind=SampleKind.ANSWER)
        for n in range(count)
    ]


class Counting:
    """Knows no code, and counts how often it is asked for some and given some."""

    def __init__(self) -> None:
        self.loads = self.saves = 0

    def load(self, samples: Sequence[Sample]) -> None:
        """Know none."""
        del samples
        self.loads += 1

    def save(self, samples: Sequence[Sample], codes: Sequence[str | None]) -> None:
        """Keep none."""
        del samples, codes
        self.saves += 1


def test_code_comes_back_for_the_same_answers_and_data_only(tmp_path: Path) -> None:
    """What was saved is loaded; other answers, or other data, have nothing."""
    kept, samples = ExtractedCode(path=tmp_path, data_sha256="a"), answers(2)

    kept.save(samples, ["x = 1", None])

    assert kept.load(samples) == ["x = 1", None]
    assert kept.load(answers(3)) is None
    assert ExtractedCode(path=tmp_path, data_sha256="b").load(samples) is None


@pytest.mark.parametrize("strange", [b"", b"[1]", b'["x"]', b"\xff"])
def test_a_strange_file_is_as_none(tmp_path: Path, strange: bytes) -> None:
    """A file that is no list of so many codes is not used."""
    kept, samples = ExtractedCode(path=tmp_path, data_sha256="a"), answers(2)
    kept.save(samples, ["x = 1", None])
    (file,) = (tmp_path / "extracted").iterdir()

    write_cached(file, strange)

    assert kept.load(samples) is None


def test_damaged_code_is_extracted_again(tmp_path: Path) -> None:
    """A flipped bit makes other code, which would get another verdict: it is not used."""
    kept, samples = ExtractedCode(path=tmp_path, data_sha256="a"), answers(2)
    kept.save(samples, ["x = 255", None])
    (file,) = (tmp_path / "extracted").iterdir()

    file.write_bytes(file.read_bytes().replace(b"255", b"355"))

    assert kept.load(samples) is None


def test_the_number_of_files_is_bounded(tmp_path: Path) -> None:
    """Sets that were not used for longest go first."""
    kept = ExtractedCode(path=tmp_path, data_sha256="a")

    for count in range(KEPT_FILES + 5):
        kept.save(answers(count), [None] * count)

    assert len(list((tmp_path / "extracted").iterdir())) == KEPT_FILES
    assert kept.load(answers(KEPT_FILES + 4)) is not None


def test_only_our_own_harnesses(tmp_path: Path) -> None:
    """What a plugin elsewhere extracts by cannot be known."""
    ours = load_harness("tiny")
    (tmp_path / "mine.py").write_text(
        "import boxscore\n\nclass Mine:\n    name = title = image = 'mine'\n    trust = boxscore.Trust.ORACLE\n"
        "    source = boxscore.DataSource(path='x')\n    parts = ()\n    load = prompt = task = None.__class__\n"
        "    def extract(self, instance, sample):\n        return None\n\nHARNESS = Mine()\n"
    )

    assert ships_with_boxscore(ours)
    assert not ships_with_boxscore(load_harness(tmp_path / "mine.py"))


class Passes:
    """An executor that passes everything and opens nothing."""

    def nodes(self) -> tuple[()]:
        """No other machines."""
        return ()

    def run(self, work: Workload) -> None:
        """Pass."""
        for batch in work.batches:
            work.on_results(
                [
                    Result(
                        instance_id=batch.instance_id,
                        sample_id=one.sample_id,
                        outcome=Outcome.PASSED,
                        trust=Trust.ORACLE,
                    )
                    for one in batch.candidates
                ]
            )


@pytest.mark.bubblewrap
@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(one, marks=() if one is SampleKind.ANSWER else pytest.mark.slow)
        for one in SampleKind
        if one is not SampleKind.PATCH
    ],
)
@pytest.mark.usefixtures("local_backend")
def test_a_finished_run_of_5000_resumes_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: SampleKind
) -> None:
    """The same command again takes a second or two of cpu, grades nothing and reports all of it."""
    monkeypatch.setenv("BOXSCORE_CACHE", str(tmp_path / "cache"))
    samples = [
        Sample(instance_id=one.instance_id, sample_id=one.sample_id, text=one.text, kind=kind) for one in answers(COUNT)
    ]
    rows = [{"task_id": one.instance_id, "sample_id": one.sample_id, kind.value: one.text} for one in samples]
    (tmp_path / "s.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    grade("tiny", samples, backend="local", out=tmp_path / "r", spread=Passes())
    stored = (tmp_path / "r" / "results.jsonl").read_bytes()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)

    command = [sys.executable, "-m", "boxscore", "grade", "tiny", "-p", "s.jsonl", "--out", "r", "--json", "-q"]
    done = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)

    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert json.loads(done.stdout)["samples"] == COUNT
    assert (tmp_path / "r" / "results.jsonl").read_bytes() == stored
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 5.0


@pytest.mark.parametrize(("count", "asked"), [(FEWEST_KEPT - 1, 0), (FEWEST_KEPT, 1)])
def test_few_answers_are_extracted_rather_than_looked_up(count: int, asked: int) -> None:
    """To hash our own sources takes longer than to extract a few answers, as at each single call."""
    benchmark = load_benchmark(Request(benchmark="tiny"))
    kept = Counting()

    make_plan(benchmark.harness, benchmark.every, answers(count), asked=Conditions(backend="fake"), extracted=kept)

    assert (kept.loads, kept.saves) == (asked, asked)
