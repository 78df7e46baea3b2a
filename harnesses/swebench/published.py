"""What a published image says in `ENV`, kept in a file: a box gives its programs none of an image's variables."""

from __future__ import annotations

from boxscore import save_variables

from .dockerfile import run

_FILE = "/opt/boxscore/environment"
# A box gives Chrome no right to make a sandbox of its own; it is one itself, without a network.
_CHROME = (
    "for name in google-chrome google-chrome-stable; do if grep -qs chrome-pinned /usr/bin/$name; then"
    """ sed -i 's#/chrome "#/chrome --no-sandbox --disable-dev-shm-usage "#' /usr/bin/$name; fi; done"""
)
LOAD = f"source {_FILE}"


def save_environment() -> str:
    """The instruction that writes the file, which `LOAD` reads, and lets the image's Chrome start in a box."""
    return run("mkdir -p /opt/boxscore", save_variables(_FILE), _CHROME) + "\n"
