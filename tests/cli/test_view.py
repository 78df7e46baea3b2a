"""`boxscore view` and `boxscore compare --out` as users have them: a process, and HTTP over a real socket."""

from __future__ import annotations

import json
import signal
import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from boxscore.cli.decide import compare_command
from boxscore.cli.serve import first_page, run_folders_of, view_command
from boxscore.errors import UsageError
from tests.compare.runs import with_limits, write_run
from tests.page.viewing import WAIT_S, boxscore_, ended, get, viewing

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(name="place", scope="module")
def fixture_place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two runs that can be compared and one that cannot, and something that nobody should read."""
    place = tmp_path_factory.mktemp("place")
    write_run(place / "runs" / "old", "+ + - -")
    write_run(place / "runs" / "new", "+ - + +")
    write_run(place / "runs" / "slow", "+ - + +", conditions=with_limits(cpu_s=9.0))
    (place / "secret").write_text("secret")
    return place


def test_a_view(place: Path) -> None:
    """It lists what is below runs/, and reads no file that is no run's."""
    with viewing(cwd=place) as (process, address):
        listed = json.loads(get(address, "/runs.json")[2])
        status, headers, page = get(f"{address}runs/old/")
        paths = ("/../secret", "/runs/../../secret", "/runs/..%2F..%2Fsecret", "/runs/old/../../../secret", "//secret")
        others = [get(address, path) for path in paths]
        rebound = get(f"{address}runs.json", Host="evil.example")
        process.send_signal(signal.SIGTERM)
        code = process.wait(WAIT_S)

    assert urlsplit(address).hostname == "127.0.0.1"
    assert {run["run_id"] for run in listed["runs"]} == {"old", "new", "slow"}
    assert (status, page[:15]) == (200, b"<!doctype html>")
    assert "default-src 'none'" in headers["content-security-policy"]
    assert [answer[0] for answer in others] == [404] * len(paths)
    assert all(b"secret" not in answer[2] for answer in others)
    assert rebound[0] == 421
    assert code == 0


def test_interrupted_while_a_browser_is_connected(place: Path) -> None:
    """^C ends it at once: an open connection, or a request that is never finished, keeps nobody."""
    with viewing("old", cwd=place) as (process, address):
        parts = urlsplit(address)
        with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=WAIT_S) as half:
            half.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Half: ")
            status = get(address)[0]
            process.send_signal(signal.SIGINT)
            code = process.wait(WAIT_S)
        _, _, err = ended(process)

    assert address.endswith("/runs/old/")
    assert (status, code) == (200, 0)
    assert "Traceback" not in err


def test_what_is_named(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One run leads to its page, two to their comparison, a folder to its runs; others are not shown."""
    monkeypatch.chdir(place)
    found = {}
    for names in (["old"], ["old", "runs/new"], ["runs"], []):
        run_folders = run_folders_of(names)
        found[tuple(names)] = first_page(run_folders, names), set(run_folders.run_folders())

    assert found == {
        ("old",): ("runs/old/", {"old"}),
        ("old", "runs/new"): ("compare/old/new/", {"old", "new"}),
        ("runs",): ("", {"old", "new", "slow"}),
        (): ("", {"old", "new", "slow"}),
    }


def test_runs_that_come_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is none, or not even the folder, they may come."""
    monkeypatch.chdir(tmp_path)
    run_folders = run_folders_of([])
    before = run_folders.run_folders()
    write_run(tmp_path / "runs" / "one", "+")

    assert (before, set(run_folders.run_folders())) == ({}, {"one"})


def test_a_port_that_is_taken(place: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """It is said what to do; and letting others in takes an option and is warned about."""
    monkeypatch.chdir(place)
    with socket.create_server(("0.0.0.0", 0)) as taken, pytest.raises(UsageError, match="choose another --port"):
        view_command([], host="0.0.0.0", port=taken.getsockname()[1])

    assert "warning: --host 0.0.0.0 lets others in" in capfd.readouterr().err


def test_a_comparison_as_a_file(place: Path, tmp_path: Path) -> None:
    """Beside what is printed; it needs nothing else."""
    code, out, err = boxscore_("compare", "old", "new", "--out", str(tmp_path / "page.html"), cwd=place)

    page = (tmp_path / "page.html").read_text("utf-8")
    assert (code, err) == (0, f"boxscore: page: {tmp_path / 'page.html'}\n")
    assert "new against old" in out
    assert page.startswith("<!doctype html>")
    assert 'src="http' not in page
    assert "connect-src" not in page


def test_comparisons_that_are_refused(place: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """By the same rules as without a page, and more than two; no file is left."""
    runs, page = {name: str(place / "runs" / name) for name in ("old", "new", "slow")}, tmp_path / "page.html"
    asked: dict[str, Any] = {"k": 1, "seed": 0, "page": page, "markdown": False, "json": True}
    with pytest.raises(UsageError, match=r"limits\.cpu_s: 3 in old, 9 in slow"):
        compare_command([runs["old"], runs["slow"]], allowed=(), **asked)
    with pytest.raises(UsageError, match="two runs side by side, not 3"):
        compare_command(list(runs.values()), allowed=("limits.cpu_s",), **asked)
    before = page.exists(), capfd.readouterr().out
    code = compare_command([runs["old"], runs["slow"]], allowed=("limits.cpu_s",), **asked)

    assert before == (False, "")
    assert code == 0
    assert "differs, and was allowed: limits.cpu_s" in page.read_text("utf-8")
