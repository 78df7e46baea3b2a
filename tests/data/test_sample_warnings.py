"""Samples that are not what their file says: refused where they cannot be meant, else said once before grading."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from boxscore.cli.app import main
from boxscore.data.sample_warnings import SampleWatch
from boxscore.errors import UsageError
from boxscore.harness import FunctionTask
from boxscore.images.records import InstanceImage
from boxscore.protocols.patch.task import PatchTask
from boxscore.records import Conditions, Sample, SampleKind
from boxscore.run.plan import make_plan
from boxscore.run.prepare import Request, load_benchmark
from boxscore.run.store import read_record

PROMPT = "def double(x):\n"
BODY = "    return 2 * x\n"
TASK = FunctionTask(entry_point="double", names=("double",), tests="assert double(1) == 2")
ROW = {"task_id": "tiny/merge-spans", "solution": "```python\ndef merge_spans(spans): return []\n```"}


def watched(*texts: str, kind: SampleKind = SampleKind.SOLUTION, code: str | None = None) -> str:
    watch = SampleWatch("doubles", len(texts))
    for number, text in enumerate(texts):
        sample = Sample(instance_id="d/0", sample_id=str(number), text=text, kind=kind)
        made = PROMPT + text if kind is SampleKind.COMPLETION else text
        made_or_none = made if text.strip() and kind is not SampleKind.ANSWER else code
        watch.add(sample, made_or_none, TASK)
    return "\n".join(watch.warnings())


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        (f"```python\n{PROMPT}{BODY}```", "solution", "hold Markdown fences"),
        (f"Sure:\n~~~\n{PROMPT}{BODY}~~~\nDone.", "solution", "hold Markdown fences"),
        (f"```python\n{BODY}```", "completion", "--as answer"),
        (f"{PROMPT}{BODY}<|im_end|>", "solution", "special tokens of a chat template"),
        (f"{BODY}</s>", "completion", "special tokens"),
        (f"{PROMPT}{BODY}<\uff5cend\u2581of\u2581sentence\uff5c>", "solution", "special tokens"),
        ((PROMPT + BODY).replace("\n", "\\n"), "solution", "the text was escaped twice"),
        ("diff --git a/x b/x\n--- a/x\n+++ b/x\n", "solution", "look like patches"),
        (BODY, "solution", "do not define the function that is tested, such as sample '0' of 'd/0' (no double)"),
        ("def triple(x):\n    return 3 * x\n", "solution", "whether the ids are those of this benchmark"),
        ("", "solution", "9 of 9 samples are empty"),
        (" \n", "completion", "9 of 9 samples are empty"),
        ("I do not know.", "answer", "9 of 9 answers hold no Python"),
        (PROMPT + BODY, "completion", "define the function of the prompt again"),
        ("return 2 * x\n", "completion", "are not Python, such as sample '0' of 'd/0' (line 2:"),
    ],
)
def test_a_whole_file_of_another_kind(text: str, kind: str, said: str) -> None:
    told = watched(*[text] * 9, kind=SampleKind(kind))

    assert said in told
    assert told.startswith("9 of 9 ")
    assert "\n" not in told


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (PROMPT + BODY, "solution"),
        (BODY, "completion"),
        ("from os import path as double\n", "solution"),
        ("double = lambda x: 2 * x\n", "solution"),
        ("double: object = abs\n", "solution"),
        ("from tricks import *\n", "solution"),
        (f'{PROMPT}    """\n    ```\n    double(1)\n    ```\n    """\n{BODY}', "solution"),
        (f"{PROMPT}{BODY}# <|im_end|>\nEND = '</s>'\n", "solution"),
    ],
)
def test_nothing_is_said_of_what_is_right(text: str, kind: str) -> None:
    assert not watched(*[text] * 9, kind=SampleKind(kind))


def test_a_few_failures_of_a_model_are_no_warning() -> None:
    assert not watched(*[PROMPT + BODY] * 8, "", "def other(): pass", "def double(:")


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("I do not know.", "answer", "the only answer holds no Python, sample '0' of 'd/0'"),
        ("", "solution", "the only sample is empty, sample '0' of 'd/0'"),
        (
            BODY,
            "solution",
            "the only sample does not define the function that is tested, sample '0' of 'd/0' (no double):",
        ),
        (PROMPT + BODY, "completion", "the only completion defines the function of the prompt again, sample '0' of "),
    ],
)
def test_one_sample_is_spoken_of_as_one(text: str, kind: str, said: str) -> None:
    assert watched(text, kind=SampleKind(kind)).startswith(said)


@pytest.mark.parametrize(
    ("bench", "kind", "fields"),
    [
        ("tiny-web", "patch", "`solution` or `answer`"),
        ("tiny-web", "completion", "`solution` or `answer`"),
        ("tiny-java", "patch", "`completion`, `solution` or `answer`"),
        ("tiny-programs", "patch", "`completion`, `solution` or `answer`"),
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


@pytest.fixture(name="task")
def fixture_task() -> PatchTask:
    return PatchTask(
        image=InstanceImage(name="p"), fail_to_pass=("a",), pass_to_pass=(), commands=("true",), parser="pytest"
    )


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
    assert warning.startswith("the only sample holds Markdown fences")
    assert said.count(f"boxscore: warning: {warning}\n") == said.count("warning") == 1
    assert json.loads(Path("run/report.json").read_text())["warnings"] == [warning]
    assert "- warning: the only sample holds Markdown fences" in Path("run/report.md").read_text()
