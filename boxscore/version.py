"""The version of boxscore, as the wheel's metadata has it too: to ask the metadata takes 30 ms at each start."""

from __future__ import annotations

VERSION = "0.1.0"
