"""What is kept of an image's variables."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from boxscore import save_variables
from boxscore.images.build_arguments import PROXIES
from boxscore.images.layers import CERTIFICATE_VARIABLES, REGISTRY_VARIABLES

if TYPE_CHECKING:
    from pathlib import Path

BASH = ("/bin/bash", "--noprofile", "--norc", "-c")


def reloaded(folder: Path, name: str, value: str) -> bytes:
    file = folder / "environment"
    subprocess.run([*BASH, f"set -euo pipefail\n{save_variables(str(file))}"], env={name: value}, check=True)
    read = f'source {file}; printf %s "${{{name}-none}}"'
    return subprocess.run([*BASH, read], env={}, check=True, capture_output=True).stdout


@pytest.mark.parametrize(
    ("name", "value"), [("NVM_DIR", "/opt/nvm"), ("HOME_PAGE", "a 'b' \"c\" $d"), ("LINES_2", "a\nHOME=b")]
)
def test_a_variable_is_kept(tmp_path: Path, name: str, value: str) -> None:
    assert reloaded(tmp_path, name, value) == value.encode()


@pytest.mark.parametrize("name", [*PROXIES, *CERTIFICATE_VARIABLES, *REGISTRY_VARIABLES])
def test_what_a_build_is_given_is_not_kept(tmp_path: Path, name: str) -> None:
    assert reloaded(tmp_path, name, "http://name:password@mirror.invalid") == b"none"
