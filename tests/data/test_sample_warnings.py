"""Samples that are not what their file says: refused where they cannot be meant, else said once before grading."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from boxscore.cli.app import main
from boxscore.data.sample_warnings import SampleWatch
from boxscore.data.samples import read_samples
from boxscore.errors import UsageError
from boxscore.harness import FunctionTask
from boxscore.images.records import InstanceImage
from boxscore.protocols.patch.task import PatchTask
from boxscore.records import Conditions, Sample, SampleKind
from boxscore.run.plan import make_plan
from boxscore.run.prepare import load_benchmark
from boxscore.run.request import Request
from boxscore.run.store import read_record

PROMPT = "def double(x):\n"
BODY = "    return 2 * x\n"
TASK = FunctionTask(entry_point="double", names=("double",), tests="assert double(1) == 2")
ROW = {"task_id": "tiny/merge-spans", "solution": "```python\ndef merge_spans(spans): return []\n```"}


def watched(*texts: str, kind: SampleKind = SampleKind.SOLUTION) -> str:
    watch = SampleWatch("doubles")
    for number, text in enumerate(texts):
        sample = Sample(instance_id="d/0", sample_id=str(number), text=text, kind=kind)
        made = PROMPT + text if kind is SampleKind.COMPLETION else text
        watch.add(sample, made if text.strip() and kind is not SampleKind.ANSWER else None, TASK)
    return "\n".join(watch.warnings())


MARKUP = "9 of 9 samples hold Markdown fences or tokens of a chat, such as sample '0' of 'd/0'"


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        (f"```python\n{PROMPT}{BODY}```", "solution", MARKUP),
        (f"Sure:\n~~~\n{PROMPT}{BODY}~~~\nDone.", "solution", MARKUP),
        (f"```python\n{BODY}```", "completion", MARKUP),
        (f"{PROMPT}{BODY}<|im_end|>", "solution", MARKUP),
        (f"{BODY}</s>", "completion", MARKUP),
        (f"{PROMPT}{BODY}<\uff5cend\u2581of\u2581sentence\uff5c>", "solution", MARKUP),
        (PROMPT + BODY, "solution", ""),
        (BODY, "completion", ""),
        (f'{PROMPT}    """\n    ```\n    double(1)\n    ```\n    """\n{BODY}', "solution", ""),
        (f"{PROMPT}{BODY}# <|im_end|>\nEND = '</s>'\n", "solution", ""),
    ],
)
def test_a_whole_file_of_another_kind(text: str, kind: str, said: str) -> None:
    told = watched(*[text] * 9, kind=SampleKind(kind))

    assert told.startswith(said) if said else not told


def test_a_few_failures_of_a_model_are_no_warning() -> None:
    assert not watched(*[PROMPT + BODY] * 8, "", "def other(): pass")
    assert watched(*[PROMPT + BODY] * 8, f"```\n{PROMPT}{BODY}```").startswith("1 of 9 samples hold Markdown fences")


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("completion", BODY, "and tiny-patches takes none: give `solution`, `answer` or `model_patch`"),
        ("solution", PROMPT + BODY, r"no solution given is one \(the first is sample '0' of 'p'\): give patches"),
    ],
)
def test_code_for_a_benchmark_of_patches(kind: str, text: str, said: str, task: PatchTask) -> None:
    sample = Sample(instance_id="p", sample_id="0", text=text, kind=SampleKind(kind))

    with pytest.raises(UsageError, match=said):
        patches_warned(sample, task)


@pytest.mark.parametrize(
    ("bench", "kind", "fields"),
    [
        ("tiny-web", "patch", "`solution` or `answer`"),
        ("tiny", "patch", "`completion`, `solution` or `answer`"),
        ("tiny-java", "patch", "`completion`, `solution` or `answer`"),
        ("tiny-units", "patch", "`completion`, `solution` or `answer`"),
        ("tiny-migration", "completion", "`solution`, `answer` or `model_patch`"),
    ],
)
def test_a_kind_that_a_benchmark_does_not_take(bench: str, kind: str, fields: str) -> None:
    benchmark = load_benchmark(Request(benchmark=bench, limit=1))
    (instance,) = benchmark.asked
    sample = Sample(instance_id=instance.instance_id, sample_id="0", text="diff --git a/x b/x\n", kind=SampleKind(kind))
    asked = Conditions(backend="fake")

    with pytest.raises(UsageError, match=f"is a {kind} .*{bench} takes none: give {fields}"):
        make_plan(benchmark.harness, benchmark.asked, [sample], asked=asked)


@pytest.mark.parametrize(
    ("bench", "said"),
    [
        ("tiny", "the answer holds no code"),
        ("tiny-patches", "the answer holds no patch"),
        ("tiny-migration", "the answer holds no patch"),
        ("tiny-web", "the answer holds no project"),
    ],
)
def test_an_answer_without_what_is_asked_for(bench: str, said: str) -> None:
    benchmark = load_benchmark(Request(benchmark=bench, limit=1))
    name = benchmark.asked[0].instance_id
    sample = Sample(instance_id=name, sample_id="0", text="I cannot.", kind=SampleKind.ANSWER)
    plan = make_plan(benchmark.harness, benchmark.asked, [sample], asked=Conditions(backend="fake"))

    assert [one.reason for one in plan.without_code({(name, "0")})] == [said]


def patches_warned(sample: Sample, task: PatchTask) -> tuple[str, ...]:
    watch = SampleWatch("tiny-patches")
    watch.add(sample, sample.text, task)
    return tuple(watch.warnings())


@pytest.mark.parametrize("kind", [SampleKind.COMPLETION, SampleKind.SOLUTION])
def test_code_that_a_harness_makes_patches_of(kind: SampleKind, task: PatchTask) -> None:
    watch = SampleWatch("bodies")
    watch.add(Sample(instance_id="p", sample_id="0", text=BODY, kind=kind), "diff --git a/x b/x\n--- a/x\n", task)

    assert not list(watch.warnings())


@pytest.fixture(name="task")
def fixture_task() -> PatchTask:
    return PatchTask(
        image=InstanceImage(name="p"), fail_to_pass=("a",), pass_to_pass=(), commands=("true",), parser="pytest"
    )


def test_patches_in_fences(task: PatchTask) -> None:
    diff = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-```\n+~~~\n"
    fenced, whole = (
        Sample(instance_id="p", sample_id="0", text=text, kind=SampleKind.PATCH)
        for text in (f"```diff\n{diff}```", diff)
    )

    assert patches_warned(fenced, task)[0].startswith("1 of 1 samples hold Markdown fences")
    assert not patches_warned(whole, task)


def test_all_texts_taken_as_answers(tmp_path: Path) -> None:
    spiral = {"instance_id": "tiny/spiral"}
    rows = [ROW, spiral | {"model_patch": "x"}, spiral | {"text": "y", "kind": "solution"}]
    (tmp_path / "s.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))

    taken = read_samples(tmp_path / "s.jsonl", ["tiny/merge-spans", "tiny/spiral"], taken_as=SampleKind.ANSWER)

    assert [sample.kind for sample in taken] == [SampleKind.ANSWER, SampleKind.PATCH, SampleKind.ANSWER]


@pytest.mark.bubblewrap
def test_said_once_and_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("s.jsonl").write_text(json.dumps(ROW) + "\n")

    with pytest.raises(SystemExit):
        main(["grade", "tiny", "-p", "s.jsonl", "--backend", "local", "--out", "run", "--json"])

    said = capfd.readouterr().err
    (warning,) = read_record(Path("run")).warnings
    assert warning.startswith("1 of 1 samples hold Markdown fences")
    assert said.count(f"boxscore: warning: {warning}\n") == said.count("warning") == 1
    assert json.loads(Path("run/report.json").read_text())["warnings"] == [warning]
    assert "- warning: 1 of 1 samples hold Markdown fences" in Path("run/report.md").read_text()
