"""Removing images, of an engine that only has a list of them."""

from __future__ import annotations

from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from boxscore.images import disk
from boxscore.images.layers import ENVIRONMENT, INSTANCE
from boxscore.images.recipes import KIND, LABEL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docker import DockerClient


class FakeEngine:
    """Images by name: kind, what they are built on, and bytes with that."""

    def __init__(self, **images: tuple[str, str, int]) -> None:
        self.there = dict(images)
        self.api, self.images = SimpleNamespace(images=self.listed), self

    def listed(self, filters: object) -> list[dict[str, Any]]:
        assert filters == {"label": f"{LABEL}=1"}
        return [
            {
                "Id": f"sha256:{name}",
                "RepoTags": [name],
                "Size": size,
                "Labels": {LABEL: "1", f"{LABEL}.base": base} | ({KIND: kind} if kind else {}),
            }
            for name, (kind, base, size) in self.there.items()
        ]

    def remove(self, reference: str) -> None:
        del self.there[reference]


@pytest.fixture(name="engine")
def fixture_engine(monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    fake = FakeEngine(
        recipe=("", "", 100), env=(ENVIRONMENT, "recipe", 110), one=(INSTANCE, "env", 115), two=(INSTANCE, "env", 115)
    )

    @contextmanager
    def connected(_doing: str, connect: object = None) -> Iterator[DockerClient]:
        yield cast("DockerClient", fake)

    monkeypatch.setattr(disk, "engine", connected)
    monkeypatch.setattr(disk, "held_references", set)
    return fake


def test_a_run_leaves_what_others_images_are_built_on(engine: FakeEngine) -> None:
    assert disk.evict(0, among={"one", "env"}) == ("one",)
    assert set(engine.there) == {"recipe", "env", "two"}


def test_only_images_of_a_run_count(engine: FakeEngine) -> None:
    assert disk.evict(15, among={"one", "env"}) == ()
    assert disk.evict(15, among={"one", "two", "env"}) == ("one",)
    assert set(engine.there) == {"recipe", "env", "two"}
