"""Makes the modules that are delivered into boxes importable here, as they are there."""

from __future__ import annotations

import sys

from boxscore import resources

sys.path.insert(0, str(resources.folder("sandbox")))
