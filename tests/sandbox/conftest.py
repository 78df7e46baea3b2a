"""Makes the modules that are delivered into boxes importable here, as they are there."""

from __future__ import annotations

import sys

from boxscore import _bundled

sys.path.insert(0, str(_bundled.folder("sandbox")))
