"""Adapters of frameworks that are not installed say what to install."""

from __future__ import annotations

import subprocess
import sys

import pytest

from boxscore.resources import how_to_install

HIDDEN = "import sys; sys.modules[{package!r}] = None; import boxscore.adapters.{adapter}"


@pytest.mark.parametrize(
    ("adapter", "package", "extra"), [("inspect", "inspect_ai", "inspect"), ("minisweagent", "minisweagent", "mini")]
)
def test_an_adapter_names_its_extra(adapter: str, package: str, extra: str) -> None:
    code = HIDDEN.format(package=package, adapter=adapter)

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)

    last = done.stderr.splitlines()[-1]
    assert last.startswith("ModuleNotFoundError")
    assert last.endswith(f"is not installed: {how_to_install(extra)}")
