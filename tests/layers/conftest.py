"""The modules of this folder and of the sandbox, which are no packages, can be imported from here."""

from __future__ import annotations

import sys
from pathlib import Path

from boxscore import resources

sys.path[:0] = [str(Path(__file__).parents[2]), str(resources.folder("sandbox"))]
