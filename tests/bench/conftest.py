"""The scripts of `bench/`, which is no package of the distribution, can be imported from here."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
