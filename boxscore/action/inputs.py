"""The action's inputs, as `action.yml` hands them over in the environment, and where its steps leave files."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin

import msgspec
from msgspec import Meta, Struct, structs

from boxscore.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "INPUT_"
ARTIFACT = "artifact:"
_ARGUMENTS = ("benchmark", "predictions", "model", "baseline")  # of commands: none may be taken for an option
_MOST = 1_000_000
_WARNING = frozenset({"pull_request", "pull_request_target", "workflow_run"})
Count = Annotated[int, Meta(ge=1, le=_MOST)]


class Inputs(Struct, frozen=True, kw_only=True):
    """The inputs of the action, checked; `docs/github-action.md` has what each means."""

    name: Annotated[str, Meta(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,79}\Z")] = "boxscore"
    benchmark: str = ""
    predictions: str = ""
    model: str = ""
    samples: Count = 1
    k: Annotated[str, Meta(pattern=r"\A[0-9]{1,6}(,[0-9]{1,6})*\Z")] = ""
    baseline: str = ""
    margin: Annotated[float, Meta(gt=0, le=1)] | None = None
    fail_under: Annotated[float, Meta(ge=0, le=1)] | None = None
    on_inconclusive: Literal["fail", "warn"] = "fail"
    max_cost: Annotated[float, Meta(ge=0, le=_MOST)] | None = None
    limit: Count | None = None

    @property
    def first_k(self) -> int:
        """The k that is judged."""
        return int(self.k.partition(",")[0]) if self.k else 1


def read_inputs(environ: Mapping[str, str]) -> Inputs:
    """Read the inputs. Raises UsageError that names the input that is not as it must be."""
    found: dict[str, Any] = {}
    if environ.get("GITHUB_EVENT_NAME", "") in _WARNING:
        found["on_inconclusive"] = "warn"
    for field in structs.fields(Inputs):
        name, text = field.name.replace("_", "-"), environ.get(f"{PREFIX}{field.name.upper()}", "").strip()
        text = text.replace(" ", "") if name == "k" else text
        if not text:
            continue
        if name in _ARGUMENTS and (text.startswith("-") or not text.isprintable()):
            raise UsageError(
                f"input {name}: it cannot be {text[:80]!r}: give one printable line that begins without a dash"
            )
        try:
            found[field.name] = msgspec.convert(text, field.type, strict=False)
        except msgspec.ValidationError as error:
            words = get_args(field.type) if get_origin(field.type) is Literal else ()
            why = f"it is one of {', '.join(words)}" if words else str(error)
            raise UsageError(f"input {name}: it cannot be {text[:80]!r}: {why}") from None
    return Inputs(**found)


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
    def verdict_file(self) -> Path:
        """The verdict, as the step *finish* reads it."""
        return self.folder / "verdict.json"
