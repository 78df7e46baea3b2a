"""Tests of the images that Web-Bench's projects are built and served with."""

from __future__ import annotations

import json
import subprocess
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from boxscore import InputError
from boxscore.images.layers import instance_reference
from harnesses.web_bench import images
from harnesses.web_bench.images import image_of

if TYPE_CHECKING:
    from boxscore import InstanceImage
    from harnesses.web_bench.project import Project

EVERY = sorted(images._kept()["projects"])
SHOP = "@web-bench/shop-test-util"


def made(name: str, *packages: str) -> InstanceImage | None:
    return image_of(cast("Project", SimpleNamespace(name=name, packages=dict.fromkeys(packages, "*"))))


def certain(name: str) -> InstanceImage:
    image = made(name, *images._kept()["projects"][name])
    assert image is not None
    return image


def lock_of(image: InstanceImage) -> dict[str, dict[str, dict[str, object]]]:
    found: dict[str, dict[str, dict[str, object]]] = json.loads(dict(image.files)["pnpm-lock.yaml"])
    return found


@pytest.mark.parametrize("name", ["bom", "no-such-project"])
def test_a_project_that_is_only_served_has_none(name: str) -> None:
    assert made(name, "serve", "@playwright/test", "@types/node", "@web-bench/test-util", SHOP) is None


@pytest.mark.parametrize(("name", "package"), [("react", "left-pad"), ("no-such-project", "vite")])
def test_a_package_of_no_known_version_is_refused(name: str, package: str) -> None:
    with pytest.raises(InputError, match=f"web-bench@{name}: .*{package}"):
        made(name, package)


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


def test_projects_with_equal_packages_share_an_image() -> None:
    found = {instance_reference(certain(name)) for name in ("draw", "sass", "svg", "svg-chart", "svg-solar")}

    assert len(found) == 1
    assert instance_reference(certain("react")) not in found


@pytest.mark.parametrize("name", ["react", "expressjs"])
def test_scripts(name: str) -> None:
    image = certain(name)
    scripts = [
        json.loads(line[4:]) for line in f"{image.environment}\n{image.instance}".splitlines() if line[:4] == "RUN "
    ]

    for shell, option, script in scripts:
        done = subprocess.run([shell, "-n", option, script], check=False, capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stderr) == (0, "")
        assert script.startswith("set -euo pipefail\n")
    assert len(scripts) == 1 + (name == "expressjs")


def test_what_is_compiled_is_compiled_once() -> None:
    shops = [name for name in EVERY if "sqlite3" in images._kept()["projects"][name]]

    (text,) = {certain(name).environment for name in shops}

    assert len(shops) > 2
    assert text.count("sha512sum --check") == 2
    assert text.index("install -y") < text.index("node-gyp.js rebuild") < text.index("purge -y")
    assert not certain("react").environment
