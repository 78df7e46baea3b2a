"""Inspect: boxes as its sandboxes, and scorers whose verdicts are hard to forge. Needs the extra `inspect`.

Inspect finds this by the entry point `inspect_ai`: `sandbox="boxscore"` in a task needs no import.
"""

from __future__ import annotations

from boxscore.adapters.extras import missing

try:
    from boxscore.adapters.inspect_sandbox import BoxscoreConfig, BoxscoreSandbox
    from boxscore.adapters.inspect_scorers import boxscore_function, boxscore_patch, boxscore_tests
except ModuleNotFoundError as error:
    raise missing(error, frozenset({"anyio", "inspect_ai", "pydantic"}), "inspect") from error

__all__ = ["BoxscoreConfig", "BoxscoreSandbox", "boxscore_function", "boxscore_patch", "boxscore_tests"]
