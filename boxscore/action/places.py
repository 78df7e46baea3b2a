"""Where the steps of one use of the action leave things for each other, below the job's temporary folder."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping


class Places(Struct, frozen=True):
    """The folder of one use of the action in a job."""

    folder: Path

    @classmethod
    def of_job(cls, environ: Mapping[str, str], name: str) -> Places:
        """The folder that the runner gives the job, and in it the one of this use, by its name."""
        return cls(Path(environ.get("RUNNER_TEMP") or tempfile.gettempdir()).resolve() / "boxscore-action" / name)

    @property
    def samples(self) -> Path:
        """What the step *sample* makes."""
        return self.folder / "samples"

    @property
    def baseline(self) -> Path:
        """The baseline's runs, unpacked."""
        return self.folder / "baseline"

    @property
    def baseline_note(self) -> Path:
        """What became of looking for a baseline."""
        return self.folder / "baseline.json"

    @property
    def runs(self) -> Path:
        """The graded runs, one folder for each benchmark."""
        return self.folder / "runs"

    @property
    def verdict(self) -> Path:
        """A folder with the verdict alone, for an artifact of a few kilobytes."""
        return self.folder / "verdict"

    @property
    def verdict_file(self) -> Path:
        """The verdict, as the steps *finish* and *comment* read it."""
        return self.verdict / "verdict.json"
