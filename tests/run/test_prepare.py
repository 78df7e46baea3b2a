"""What a run is prepared with, and which boxes open meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.errors import SandboxUnavailable, UsageError
from boxscore.records import Sample
from boxscore.run.prepare import asked_backend, begun_record, load_benchmark, prepare
from boxscore.run.request import Request

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.boxes.contract import Backend


@pytest.fixture
def request_here(local_backend: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Request:
    monkeypatch.chdir(tmp_path)
    return Request(benchmark="tiny", backend=local_backend.name, limit=3, cpu_s=7.0)


def test_the_record_has_the_tags(tmp_path: Path) -> None:
    """Of the instances that were asked for, by the tag's name."""
    request = Request(benchmark="tiny", limit=3)
    benchmark = load_benchmark(request)

    record = begun_record(request, benchmark, tmp_path, None)

    assert record.tags == {"difficulty": {one.instance_id: one.row["difficulty"] for one in benchmark.asked}}
    assert len(record.tags["difficulty"]) == 3


@pytest.mark.parametrize(
    ("only", "given", "why"),
    [
        ((), (), "2 predictions are of no instance; an id looks like 'tiny/"),
        (("tiny/spiral",), ("tiny/merge-spans",), "the only one is of 'tiny/merge-spans', and none of 'tiny/spiral'"),
        (
            ("tiny/spiral", "tiny/merge-spans"),
            ("tiny/anagram-sets", "tiny/roman-numeral"),
            "2 are of other instances, such as 'tiny/anagram-sets', and none of the 2 asked for, such as '",
        ),
    ],
)
def test_without_a_sample_it_is_said_what_ids_look_like(
    request_here: Request, only: tuple[str, ...], given: tuple[str, ...], why: str
) -> None:
    """Of what is there, and of what was asked for."""
    request = replace(request_here, only=only, limit=None)
    samples = [Sample(instance_id=name, sample_id="0", text="") for name in given]

    with pytest.raises(UsageError) as caught:
        prepare(request, load_benchmark(request), samples, warnings=["2 predictions are of no instance"])

    assert str(caught.value).startswith(f"there is no sample to grade: {why}")


def test_web_projects_without_an_engine() -> None:
    """Nobody is sent to a backend that cannot grade them, and one that was asked for is refused at once."""
    tiny_web = load_benchmark(Request(benchmark="tiny-web", limit=1))

    with pytest.raises(UsageError, match="a backend with images"):
        asked_backend(Request(benchmark="tiny-web", backend="local"), tiny_web)


@pytest.mark.parametrize("bench", ["tiny-patches", "tiny-web"])
def test_a_benchmark_that_needs_an_engine_says_why_none_answers(bench: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No other backend is taken in its place, of which it would only be said that it has no images."""
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    request = Request(benchmark=bench, limit=1)

    with pytest.raises(SandboxUnavailable, match="no engine answers there") as caught:
        asked_backend(request, load_benchmark(request))

    (detail,) = caught.value.details
    assert detail.startswith("start that engine, correct DOCKER_HOST")


def test_who_has_no_engine_is_told_of_the_way_without_one_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Functions are graded without an engine, and web projects are not."""
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    advice = {}
    for name in ("tiny", "tiny-web"):
        request = Request(benchmark=name, limit=1, backend="docker")
        with pytest.raises(SandboxUnavailable) as caught:
            asked_backend(request, load_benchmark(request))
        advice[name] = any("--backend local" in detail for detail in caught.value.details)

    assert advice == {"tiny": True, "tiny-web": False}
