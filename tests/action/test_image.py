"""Which image the step *grade* builds first, on a runner that has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore.action.grade import missing_image
from boxscore.boxes.fake import FakeBackend
from boxscore.errors import SandboxUnavailable

if TYPE_CHECKING:
    from boxscore.boxes.contract import Backend


@pytest.mark.parametrize(
    ("bench", "environ", "image"),
    [
        ("humaneval", {"BOXSCORE_BACKEND": "docker"}, "python"),
        ("bigcodebench@hard", {"BOXSCORE_BACKEND": "docker"}, "bigcodebench"),
        ("humaneval", {"BOXSCORE_BACKEND": "local"}, None),
        ("humaneval", {"BOXSCORE_BACKEND": "docker", "BOXSCORE_IMAGE": "mine:1"}, None),
        ("tiny-patches", {"BOXSCORE_BACKEND": "docker"}, None),
        ("./harness.py", {"BOXSCORE_BACKEND": "docker"}, None),
        ("nothing-so-named", {"BOXSCORE_BACKEND": "docker"}, None),
    ],
)
def test_the_image_of_benchmarks_that_ship_here(bench: str, environ: dict[str, str], image: str | None) -> None:
    assert missing_image(bench, environ) == image


def test_without_an_engine_nothing_is_built() -> None:
    def nothing_works() -> Backend:
        raise SandboxUnavailable("no sandbox works here")

    assert missing_image("humaneval", {}, choose=nothing_works) is None
    assert missing_image("humaneval", {}, choose=FakeBackend) is None
