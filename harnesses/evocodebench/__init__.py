"""EvoCodeBench-2403: 275 functions of 25 repositories, to be written in the context of their files (arXiv 2410.22821).

`evocodebench@microagents+skfolio` takes those of some repositories; the sources of these must be beside the rows.
"""

from __future__ import annotations

from .harness import EvoCodeBench

HARNESS = EvoCodeBench()
