"""The images that commands build and name for a benchmark."""

from __future__ import annotations

import pytest

from boxscore.boxes.fake import FakeBackend
from boxscore.cli.images import needed_by
from boxscore.errors import ImageMissing
from boxscore.run.prepare import load_benchmark, place_on
from boxscore.run.request import Request


@pytest.mark.parametrize(
    ("name", "own", "shared"),
    [
        ("tiny", 0, ["python"]),
        ("tiny-programs", 0, ["programs"]),
        ("tiny-patches", 10, []),
        ("tiny-web", 1, ["browser", "web"]),
    ],
)
def test_what_a_benchmark_needs(name: str, own: int, shared: list[str]) -> None:
    """`images build` and `images export` bring images of instances, and those that instances share."""
    images, names = needed_by(Request(benchmark=name))

    assert (len(set(images)), names) == (own, shared)


def test_a_missing_image_comes_with_the_command_that_builds_it() -> None:
    """Those that are built on demand are not built by the command without a name."""
    benchmark = load_benchmark(Request(benchmark="tiny-programs"))
    backend = FakeBackend(images=())

    with pytest.raises(ImageMissing) as missing:
        place_on(backend, Request(benchmark="tiny-programs"), benchmark)
    with pytest.raises(ImageMissing) as of_another:
        place_on(backend, Request(benchmark="tiny-programs", image="mine:1"), benchmark)

    assert missing.value.details == ("`boxscore images build programs` builds that of tiny-programs",)
    assert of_another.value.details == ()
