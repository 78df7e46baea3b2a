"""The action's inputs, as `action.yml` hands them over in the environment, and where its steps leave files."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeVar

    Number = TypeVar("Number", int, float)

PREFIX = "INPUT_"
KEYLESS = ("gold", "replay:")  # models that need no key, and so may answer in the job that grades
ON_INCONCLUSIVE = ("fail", "warn")
ARTIFACT = "artifact:"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_KS = re.compile(r"\d{1,6}(?:,\d{1,6})*")


class Inputs(Struct, frozen=True, kw_only=True):
    """The inputs of the action, checked; `docs/github-action.md` has what each means."""

    name: str
    benchmark: str = ""
    predictions: str = ""
    model: str = ""
    samples: int = 1
    k: str = ""
    baseline: str = ""
    margin: float | None = None
    fail_under: float | None = None
    on_inconclusive: str = "fail"
    max_cost: float | None = None
    limit: int | None = None
    comment: bool = True

    @property
    def first_k(self) -> int:
        """The k that is judged."""
        return int(self.k.partition(",")[0]) if self.k else 1


def read_inputs(environ: Mapping[str, str]) -> Inputs:
    """Read the inputs. Raises UsageError that names the input that is not as it must be."""
    given = {
        key.removeprefix(PREFIX).lower().replace("_", "-"): value.strip()
        for key, value in environ.items()
        if key.startswith(PREFIX)
    }
    event = environ.get("GITHUB_EVENT_NAME", "")
    usual = "warn" if event in {"pull_request", "pull_request_target", "workflow_run"} else "fail"
    return Inputs(
        name=_matching("name", given.get("name") or "boxscore", _NAME, "letters, digits, '.', '_' and '-'"),
        benchmark=_argument("benchmark", given.get("benchmark", "")),
        predictions=_argument("predictions", given.get("predictions", "")),
        model=_argument("model", given.get("model", "")),
        samples=_number("samples", given.get("samples", ""), int, least=1) or 1,
        k=_matching("k", given.get("k", "").replace(" ", ""), _KS, "whole numbers such as 1,10", empty=True),
        baseline=_argument("baseline", given.get("baseline", "")),
        margin=_margin(given.get("margin", "")),
        fail_under=_number("fail-under", given.get("fail-under", ""), float, most=1),
        on_inconclusive=_one_of("on-inconclusive", given.get("on-inconclusive") or usual, ON_INCONCLUSIVE),
        max_cost=_number("max-cost", given.get("max-cost", ""), float),
        limit=_number("limit", given.get("limit", ""), int, least=1),
        comment=_one_of("comment", given.get("comment") or "auto", ("auto", "never")) == "auto",
    )


def _argument(name: str, text: str) -> str:
    """Check what becomes an argument of a command: it must not be taken for an option. Raises UsageError."""
    if text.startswith("-") or not text.isprintable():
        raise UsageError(f"input {name}: {text[:80]!r} is none")
    return text


def _margin(text: str) -> float | None:
    margin = _number("margin", text, float, most=1)
    if margin == 0:
        raise UsageError("input margin: 0 is none: give a share such as 0.05")
    return margin


def _number(
    name: str, text: str, kind: Callable[[str], Number], *, least: int = 0, most: int = 1_000_000
) -> Number | None:
    """Read a number, None for an empty text. Raises UsageError."""
    if not text:
        return None
    try:
        number = kind(text)
    except ValueError:
        number = kind("-1")
    if not least <= number <= most:
        raise UsageError(f"input {name}: {text[:80]!r} is no number from {least} to {most:,}")
    return number


def _one_of(name: str, text: str, words: tuple[str, ...]) -> str:
    if text not in words:
        raise UsageError(f"input {name}: {text[:80]!r} is not one of {', '.join(words)}")
    return text


def _matching(name: str, text: str, form: re.Pattern[str], what: str, *, empty: bool = False) -> str:
    if not (empty and not text) and form.fullmatch(text) is None:
        raise UsageError(f"input {name}: {text[:80]!r} is not made of {what}")
    return text


class JobPaths(Struct, frozen=True):
    """The folder of one use of the action in a job."""

    folder: Path

    @classmethod
    def of_job(cls, environ: Mapping[str, str], name: str) -> JobPaths:
        """The folder that the runner gives the job, and in it the one of this use, by its name."""
        return cls(Path(environ.get("RUNNER_TEMP") or tempfile.gettempdir()).resolve() / "boxscore-action" / name)

    @property
    def samples(self) -> Path:
        """The run directory that the step *sample* makes."""
        return self.folder / "samples"

    @property
    def baseline(self) -> Path:
        """The baseline's run, unpacked."""
        return self.folder / "baseline"

    @property
    def baseline_note(self) -> Path:
        """What became of looking for a baseline."""
        return self.folder / "baseline.json"

    @property
    def run(self) -> Path:
        """The graded run."""
        return self.folder / "run"

    @property
    def verdict(self) -> Path:
        """A folder with the verdict alone, for an artifact of a few kilobytes."""
        return self.folder / "verdict"

    @property
    def verdict_file(self) -> Path:
        """The verdict, as the steps *finish* and *comment* read it."""
        return self.verdict / "verdict.json"
