"""Exports as CSV, and what all formats have in common."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import pytest
import typer.main

from boxscore.cli.app import make_app
from boxscore.cli.report import export_command
from boxscore.errors import InputError, StoreError, UsageError
from boxscore.exports.formats import FORMATS, open_format
from boxscore.exports.run import Destination
from boxscore.exports.tables import COLUMNS, cell_text
from tests.compare.runs import write_run


@pytest.fixture(name="here")
def fixture_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").mkdir()
    write_run(tmp_path / "runs" / "one", "+ - i +-", model="lab/m", output="told\n", cpu_s=0.5, without_result=1)
    return tmp_path


def export(name: str, *, to: str, out: str | None = None, force: bool = False, quiet: bool = False) -> int:
    return export_command(name, to=to, out=out, force=force, quiet=quiet)


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def test_a_row_for_each_sample(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert export("one", to="csv") == 0
    passed, wrong, internal, _, ungraded = read_csv(here / "one.csv")

    assert tuple(passed) == COLUMNS
    assert [passed[name] for name in ("instance_id", "outcome", "passed", "output", "cpu_s", "cost_usd")] == [
        *("t/0", "passed", "true", "", "0.5", ""),
    ]
    assert [wrong[name] for name in ("model", "outcome", "passed", "output")] == ["lab/m", "wrong", "false", "told\n"]
    assert [internal[name] for name in ("outcome", "passed")] == ["internal", ""]
    assert [one["trust"] for one in (passed, wrong, internal, ungraded)] == ["oracle", "oracle", "", ""]
    assert [ungraded[name] for name in ("outcome", "answer")] == ["", "x"]
    assert capfd.readouterr().err == (
        "boxscore: wrote one.csv: 5 rows\nboxscore: left out: 1 of 5 samples without a result\n"
    )


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("\r=1", "'\r=1"),
        ("\n=1", "'\n=1"),
        ("＝1", "'＝1"),  # noqa: RUF001 - that is the point
        ("\0=1", "\\x00=1"),
        ("a\0b\x1b[31m", "a\\x00b\\x1b[31m"),
        ("\u202eabc\u2066", "\\u202eabc\\u2066"),
        ("a\u200bb\U000e0041", "a\\u200bb\\U000e0041"),
        ("\ud800", "\\ud800"),
        ("    return 1\n", "    return 1\n"),
        ("a=1, 'b'", "a=1, 'b'"),
        ("", ""),
    ],
)
def test_no_cell_is_a_formula(text: str, cell: str) -> None:
    assert cell_text(text) == cell


def test_nothing_is_replaced_unasked(here: Path) -> None:
    (here / "one.csv").write_text("mine")

    with pytest.raises(UsageError, match=r"one\.csv is there already.*--force"):
        export("one", to="csv")
    assert (here / "one.csv").read_text() == "mine"
    assert export("one", to="csv", force=True) == 0
    assert len(read_csv(here / "one.csv")) == 5


def test_a_link_is_replaced_and_not_followed(here: Path) -> None:
    (here / "theirs").write_text("mine")
    (here / "one.csv").symlink_to("theirs")

    with pytest.raises(UsageError, match="is there already"):
        export("one", to="csv")
    export("one", to="csv", force=True)

    assert (here / "theirs").read_text() == "mine"
    assert not (here / "one.csv").is_symlink()


@pytest.mark.parametrize(
    ("out", "told"),
    [
        ("runs/one/results.jsonl", "never written to"),
        ("runs/one", "never written to"),
        ("runs", "holds the run itself"),
        ("missing/x.csv", "is no folder"),
        ("folder", "is a folder"),
        ("device", "is a device"),
        ("", "is no path"),
        ("-", "does not stand for standard output"),
        ("a\0b", "is no path"),
    ],
)
def test_places_that_do_not_do(here: Path, out: str, told: str) -> None:
    (here / "folder").mkdir()
    (here / "device").symlink_to("/dev/null")
    before = (here / "runs" / "one" / "results.jsonl").read_bytes()

    with pytest.raises(UsageError, match=told):
        export("one", to="csv", out=out, force=True)
    assert (here / "runs" / "one" / "results.jsonl").read_bytes() == before


def test_what_fails_leaves_nothing(here: Path) -> None:
    def broken(count: int) -> None:
        place = Destination(run=here / "runs" / "one", out=str(here / "x"))
        with place.file("") as part:
            part.write_text("half")
            raise OSError(28, "No space left on device") if count else KeyboardInterrupt

    with pytest.raises(StoreError, match="x: cannot write: No space left on device"):
        broken(1)
    with pytest.raises(KeyboardInterrupt):
        broken(0)
    assert [one.name for one in here.iterdir()] == ["runs"]


def test_a_folder_of_others_is_not_replaced(here: Path) -> None:
    place = Destination(run=here / "runs" / "one", out="made", force=True)
    with place.folder("") as part:
        (part / "first").touch()
    with place.folder("") as part:
        (part / "second").touch()
    (here / "theirs").mkdir()

    assert sorted(one.name for one in (here / "made").iterdir()) == [".boxscore-export", "second"]
    with (
        pytest.raises(UsageError, match="not written by an export"),
        Destination(run=here / "runs" / "one", out="theirs", force=True).folder(""),
    ):
        pass
    assert sorted(one.name for one in here.iterdir()) == ["made", "runs", "theirs"]


def test_a_damaged_run_is_refused(here: Path) -> None:
    path = here / "runs" / "one" / "results.jsonl"
    path.write_bytes(path.read_bytes().replace(b"wrong", b"wrogn", 1))

    with pytest.raises(InputError, match=r"results\.jsonl:2: damaged line"):
        export("one", to="csv")
    assert not (here / "one.csv").exists()


def test_keys_stay_here(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = "Qx7-not-to-be-told-91"
    monkeypatch.setenv("SOME_API_KEY", key)
    write_run(here / "runs" / "leaky", "-", output=f"the key is {key}", model=key)

    export("leaky", to="csv", quiet=True)

    assert key not in (here / "leaky.csv").read_text("utf-8")
    assert read_csv(here / "leaky.csv")[0]["output"] == "the key is [redacted]"


@pytest.mark.parametrize("name", [name for name, (_, package) in FORMATS.items() if package])
def test_a_package_that_is_missing_is_one_line(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, FORMATS[name][1], None)

    with pytest.raises(UsageError, match=rf"needs {FORMATS[name][1]}.*pip install '.*\[{name}\]'"):
        open_format(name)


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_told_of(name: str) -> None:
    page = (Path(__file__).parents[2] / "docs" / "exports.md").read_text("utf-8")
    (option,) = [one for one in typer.main.get_command(make_app()).commands["export"].params if one.name == "to"]  # type: ignore[attr-defined]

    assert f"| `{name}` |" in page
    assert name in str(option.help)
