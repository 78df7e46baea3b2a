"""Tests of the images that Web-Bench's projects are built and served with."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from harnesses.web_bench import images
from harnesses.web_bench.images import image_of

if TYPE_CHECKING:
    from boxscore import InstanceImage
    from harnesses.web_bench.project import Project

EVERY = sorted(images._kept()["projects"])


def made(name: str, *packages: str) -> InstanceImage | None:
    return image_of(cast("Project", SimpleNamespace(name=name, packages=dict.fromkeys(packages, "*"))))


def certain(name: str) -> InstanceImage:
    image = made(name, *images._kept()["projects"][name])
    assert image is not None
    return image


def lock_of(image: InstanceImage) -> dict[str, dict[str, dict[str, object]]]:
    found: dict[str, dict[str, dict[str, object]]] = json.loads(dict(image.files)["pnpm-lock.yaml"])
    return found


@pytest.mark.parametrize("name", EVERY)
def test_all_that_is_installed_is_locked(name: str) -> None:
    image = certain(name)
    packages = lock_of(image)["packages"]

    direct = {name: one["version"] for name, one in lock_of(image)["dependencies"].items()}
    linked = [
        direct,
        *(one.get(kind, {}) for one in packages.values() for kind in ("dependencies", "optionalDependencies")),
    ]
    keys = {images._key(*one) for some in linked for one in cast("dict[str, str]", some).items()}
    assert keys == packages.keys()
    assert all(str(cast("dict[str, str]", one["resolution"])["integrity"]) for one in packages.values())
    assert not [path for path in packages if "playwright" in path.partition("(")[0]]
    named = json.loads(dict(image.files)["package.json"])["dependencies"]
    assert {name: one["specifier"] for name, one in lock_of(image)["dependencies"].items()} == named
