"""The text that an agent gets after a failed attempt: the end of what the runner printed, cleaned as Web-Bench does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from boxscore.agents.web.script import SPACE
from boxscore.records import Outcome

if TYPE_CHECKING:
    from boxscore.protocols.web.detail import WebAttempt

TOO_LONG = "Test execution timed out. Check for infinite loops or high code complexity."
_PROGRESS = re.compile(r"\[\d+/\d+\]", re.ASCII)


def error_of(attempt: WebAttempt, specs_folder: str = "") -> str:
    """What is wrong with an attempt that did not pass. Its log is free of colours already."""
    if attempt.outcome is Outcome.BUILD_FAILED:
        return cleaned(attempt.log, blank=True) or attempt.reason
    log = cleaned(attempt.log, specs_folder)
    if attempt.test_s is None:  # no page was opened
        return "\n".join(filter(None, (attempt.reason, log)))
    return TOO_LONG if attempt.outcome is Outcome.TIMEOUT else log or attempt.reason


def cleaned(log: str, specs_folder: str = "", *, blank: bool = False) -> str:
    """A log without progress, lines that begin as a tag does, and folders; with `blank` lines if wanted."""
    kept = [line for line in log.split("\n") if not _PROGRESS.match(line) and not line.startswith("<")]
    text = "\n".join(line for line in kept if blank or line.strip(SPACE))
    # A name of a single part may be that of a folder in the model's own files.
    text = text.replace(specs_folder, ".") if "/" in specs_folder else text
    return text.replace("src/", ".")
