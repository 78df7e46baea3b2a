"""The images that commands build and name for a benchmark."""

from __future__ import annotations

import pytest

from boxscore.boxes.fake import FakeBackend
from boxscore.cli.images import shared_image
from boxscore.errors import ImageMissing
from boxscore.run.prepare import load_benchmark, place_on
from boxscore.run.request import Request


@pytest.mark.parametrize(("name", "image"), [("tiny", "python"), ("tiny-programs", "programs"), ("tiny-patches", None)])
def test_the_image_of_a_benchmark(name: str, image: str | None) -> None:
    """`images build BENCH` builds the one that its instances share, unless they have images of their own."""
    assert shared_image(Request(benchmark=name)) == image


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
