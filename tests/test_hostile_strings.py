"""Hostile strings stay text, wherever a run is shown: in the terminal, in Markdown, in JUnit and in every export.

They stand in answers, logs, ids, reasons and names of models of runs as others may have made them.
"""

from __future__ import annotations

import csv
import json
import logging
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from junitparser import JUnitXml
from markdown_it import MarkdownIt
from msgspec.structs import replace

from boxscore.cli.decide import compare_command, gate_command
from boxscore.cli.output import plain, say
from boxscore.cli.report import export_command, report_command
from boxscore.cli.show import show_command
from boxscore.compare.gate import GateRules
from boxscore.log import FORMATS, event, logging_to
from boxscore.provenance import Spent
from boxscore.records import Outcome, SampleKind
from boxscore.report.printable import printable
from boxscore.sampling.progress import Lines as SamplingLines
from tests.exports.runs import Given, write
from tests.hostile_strings import HOSTILE, LONG_LINE, MIB, SURROGATES, as_id

if TYPE_CHECKING:
    from collections.abc import Callable

FORMULA = tuple("=+-@\t\r\n")
DRIVES = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
COMMAND = re.compile(r"^\s*::|##\[", re.MULTILINE)
XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@pytest.fixture(name="run")
def fixture_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    return write(
        tmp_path / "hostile", samples(model=HOSTILE["script"] + HOSTILE["ansi"]), benchmark=HOSTILE["forged-lines"]
    )


def samples(*, model: str | None = None) -> list[Given]:
    found = []
    for number, text in enumerate(HOSTILE.values()):
        outcome = (Outcome.WRONG, Outcome.ERROR, Outcome.INTERNAL if number == 2 else Outcome.PASSED)[number % 3]
        facts: dict[str, Any] = {
            "reason": text,
            "output": f"{text}\n{text}",
            "error_type": text[:100],
            "cpu_s": 0.1,
            "wall_s": 0.2,
        }
        found.append(
            Given(
                instance_id=as_id(text),
                sample_id=as_id(text),
                text=f"{text}\n{text}",
                model=text if model is None else model,
                outcome=outcome,
                facts=facts,
            )
        )
    long: dict[str, Any] = {"reason": LONG_LINE[:2000], "output": LONG_LINE}
    last = Given(instance_id="long", text=LONG_LINE, outcome=Outcome.WRONG, model=model or "long", facts=long)
    return [*found, last]


def assert_inert(text: str, *, machine: bool = False) -> None:
    unsafe = DRIVES.findall(text) if machine else [one for one in text if not one.isprintable() and one != "\n"]
    assert not unsafe, sorted(set(unsafe))
    assert COMMAND.search(text) is None, COMMAND.search(text)


def shown(capfd: pytest.CaptureFixture[str], command: Callable[[], int], *codes: int) -> str:
    assert command() in (codes or (0,))
    sys.stdout.flush()
    told = capfd.readouterr()
    return told.out + told.err


@pytest.mark.parametrize("json", [False, True])
def test_terminal_of_a_run(run: Path, capfd: pytest.CaptureFixture[str], json: bool) -> None:  # noqa: FBT001 - a parameter
    """Reports, runs and samples: each string is shown, and none does anything."""
    report = shown(capfd, lambda: report_command(str(run), failures=100, json=json), 0, 3)
    whole = shown(capfd, lambda: show_command(str(run), only=(), data=None, json=json))
    several = tuple(dict.fromkeys(as_id(text) for text in HOSTILE.values()))
    one_by_one = shown(capfd, lambda: show_command(str(run), only=several, data=None, json=json))
    long = shown(capfd, lambda: show_command(str(run), only=("long",), data=None, json=json))

    for text in (report, whole, one_by_one, long):
        assert_inert(text, machine=json)
    assert "evil.example" in one_by_one
    assert json == (len(long) > len(LONG_LINE))  # for people it is cut in the middle


@pytest.mark.parametrize("form", ["terminal", "markdown", "json"])
def test_terminal_of_two_runs(run: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], form: str) -> None:
    """Comparisons and gates, also in Markdown for a job's summary."""
    better = [
        one if one.outcome is Outcome.INTERNAL else replace(one, outcome=Outcome.PASSED) for one in samples(model="b")
    ]
    write(tmp_path / "better", better, benchmark=HOSTILE["forged-lines"])
    names = [str(run), str(tmp_path / "better")]
    how: dict[str, Any] = {"markdown": form == "markdown", "json": form == "json"}

    compared = shown(capfd, lambda: compare_command(names, k=1, allowed=(), seed=0, **how))
    rules = GateRules(margins={"": 0.3}, allow_underpowered=True)
    gated = shown(capfd, lambda: gate_command(names[:1], names[1:], rules, **how), 0, 1, 3, 4)

    for text in (compared, gated):
        assert_inert(text.replace("\u2060", ""), machine=form == "json")
        if form == "markdown":
            assert_plain_markdown(text)


def test_a_terminal_is_sent_styles_alone(run: Path) -> None:
    """Where standard output is a terminal, our own colours are all that it gets."""
    import pty  # noqa: PLC0415 - for this only

    main, side = pty.openpty()
    command = [sys.executable, "-m", "boxscore", "report", str(run), "--failures", "100"]
    environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": "100"}
    process = subprocess.Popen(command, stdout=side, stderr=subprocess.DEVNULL, env=environment)
    os.close(side)
    printed = bytearray()
    try:
        while block := _read(main):
            printed += block
        process.wait(timeout=100)
    finally:
        process.kill()
        process.wait(timeout=100)
        os.close(main)

    text = re.sub("\x1b\\[[0-9;]*m", "", printed.decode().replace("\r\n", "\n"))
    assert "evil.example" in text
    assert_inert(text)


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # the other side is closed
        return b""


@pytest.mark.parametrize("name", HOSTILE)
def test_notices(name: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines on standard error, such as those of `validate`, and single lines of any place."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    say(f"{HOSTILE[name]}: judged")

    assert_inert(capfd.readouterr().err)
    assert "\n" not in printable(HOSTILE[name])
    assert_inert(plain(HOSTILE[name]))


def test_notes_and_events_of_a_run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What a run tells while it goes on, such as a provider's errors, and its log in either form."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    told = SamplingLines(1, Spent)
    for form in FORMATS:
        with logging_to(form=form):
            for text in (*HOSTILE.values(), SURROGATES, LONG_LINE):
                told.note(f"no sample 1 of {text}: {text}")
                event("sample_lost_box", logging.WARNING, instance=text, reason=text)

    assert_inert(capfd.readouterr().err, machine=True)


def assert_plain_markdown(text: str) -> None:
    ours = {"heading", "table", "thead", "tbody", "tr", "th", "td", "paragraph", "bullet_list", "list_item", "text"}
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    found = {token.type.removesuffix("_open").removesuffix("_close") for token in tokens}
    found |= {
        child.type.removesuffix("_open").removesuffix("_close") for token in tokens for child in token.children or ()
    }
    assert found <= ours | {"inline"}, found - ours
    for live in (r"(?<![\w\u2060/])@\w", r"https?://", r"www\.", r"(?<![\u2060\w])#[0-9]", r"(?<!\w)GH-[0-9]"):
        assert re.search(live, text) is None, re.search(live, text)


def test_markdown(run: Path) -> None:
    """`report.md` has no markup but ours, and mentions and links nothing."""
    report_command(str(run), failures=0, json=False)
    text = (run / "report.md").read_text("utf-8")

    assert_inert(text.replace("\u2060", ""))
    assert_plain_markdown(text)
    assert text.count("\n") < 250


def test_markdown_and_junit_of_several_models(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Names of models become names of folders, suites and rows, and lead nowhere."""
    folder = write(tmp_path / "a" / "models", samples())
    shown_ = shown(capfd, lambda: report_command(str(folder), failures=100, json=False), 0, 3)

    assert_plain_markdown((folder / "report.md").read_text("utf-8"))
    models = {one.model for one in samples()}
    assert len(JUnitXml.fromfile(str(folder / "junit.xml"))) == len(models)
    places = [one for one in (folder / "models").rglob("*") if one.is_dir()]
    assert len(places) == len(models)
    assert {one.name for one in tmp_path.rglob("*") if one.parent in (tmp_path, tmp_path / "a")} == {"a", "models"}
    assert all(unsafe.isprintable() or unsafe == "\n" for unsafe in shown_)


def test_junit(run: Path) -> None:
    """Well-formed for readers of either kind, with a case for each result and nothing between them."""
    report_command(str(run), failures=0, json=False)
    text = (run / "junit.xml").read_text("utf-8")

    root = ET.fromstring(text)
    assert XML.search(text) is None
    assert {one.tag for one in root.iter()} == {"testsuites", "testsuite", "testcase", "failure", "error"}
    assert len(list(root.iter("testcase"))) == len(samples())
    assert JUnitXml.fromstring(text.encode()).tests == len(samples())


def test_csv(run: Path) -> None:
    """A row for each sample, none of whose cells is a formula or anything but text."""
    export_command(str(run), to="csv", out="t.csv", force=False, quiet=True)
    limit = csv.field_size_limit(2 * MIB)
    with Path("t.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, strict=True))
    csv.field_size_limit(limit)

    assert {len(row) for row in rows} == {len(rows[0])}
    assert len(rows) == 1 + len(samples())
    for cell in (cell for row in rows for cell in row):
        assert not cell.startswith(FORMULA)
        assert not any(unsafe in cell for unsafe in "\0\x1b\x9b\u202e\u2066\u2028")


def test_own_files_of_benchmarks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of SWE-bench and EvalPlus are JSON in the folder that was asked for, and nowhere else."""
    monkeypatch.chdir(tmp_path)
    patches = [replace(one, kind=SampleKind.PATCH) for one in samples()]
    write(tmp_path / "patches", patches)
    tasks = [replace(one, instance_id=f"HumanEval/{n}") for n, one in enumerate(samples())]
    write(tmp_path / "functions", tasks)

    for name, to in (("patches", "swebench"), ("functions", "evalplus")):
        export_command(name, to=to, out=None, force=False, quiet=True)

    assert {one.name for one in tmp_path.iterdir()} == {
        *("patches", "functions"),
        "patches-swebench",
        "functions-evalplus",
    }
    for path in tmp_path.glob("*-*/*.json"):
        json.loads(path.read_text("utf-8"))
    assert not Path("/tmp/owned").exists()
