"""`boxscore flags`: what in predictions hints at forged test runs, without a box or a benchmark."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from msgspec import Struct

from boxscore.cli.options import Json, command
from boxscore.cli.output import OK, print_json, print_table, say
from boxscore.data.predictions import Prediction, as_prediction, prediction
from boxscore.data.rows import SUFFIXES, read_rows, text_field
from boxscore.data.samples import PATCH_SUFFIXES, text_of_file
from boxscore.errors import InputError
from boxscore.flags.scan import flags_of
from boxscore.option import option
from boxscore.protocols.patch.diff import hunks_of
from boxscore.records import PatchFlag
from boxscore.report.numbers import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


class FlaggedPrediction(Struct, frozen=True, kw_only=True):
    """A prediction with flags."""

    instance_id: str
    model: str
    flags: tuple[PatchFlag, ...]


class FlaggedPredictions(Struct, frozen=True, kw_only=True):
    """How many predictions there are, and those with flags, in their order."""

    predictions: int
    flagged: tuple[FlaggedPrediction, ...]


@command("flags")
def flags_command(
    *,
    predictions: Annotated[
        tuple[Path, ...],
        option(
            "-p --predictions",
            "Predictions (.jsonl, .json), a patch, or a folder of either; may be repeated.",
            metavar="PATH",
        ),
    ],
    references: Annotated[
        Path | None,
        option(
            "--references",
            "A data set's rows: what the `patch` of an instance adds too is no flag.",
            metavar="FILE",
        ),
    ] = None,
    json: Json = False,
) -> int:
    """Show what in patches hints at forged test runs."""
    known = {} if references is None else read_references(references)
    count, flagged = 0, list[FlaggedPrediction]()
    for one in (each for path in predictions for each in read_predictions(path)):
        count += 1
        reference = known.get(one.instance_id)
        found = flags_of(hunks_of(one.patch), None if reference is None else hunks_of(reference))
        if found:
            flagged.append(FlaggedPrediction(instance_id=one.instance_id, model=one.model, flags=found))
    if json:
        print_json(FlaggedPredictions(predictions=count, flagged=tuple(flagged)))
        return OK
    if flagged:
        rows = [(one.instance_id, flag.place, flag.rule, flag.text) for one in flagged for flag in one.flags]
        print_table(("prediction", "line", "rule", "text"), rows)
    say(f"{len(flagged):,} of {counted(count, 'prediction')} flagged, for people to judge: see docs/flags.md")
    return OK


def read_references(path: Path) -> Mapping[str, str]:
    """The reference patches of instances, of a data set's own file."""
    return {
        text_field(row, "instance_id", path=path, line=line): text_field(row, "patch", path=path, line=line)
        for line, row in read_rows(path, named="instance_id")
    }


def read_predictions(path: Path) -> Iterator[Prediction]:
    """Yield the predictions of a file, or of a folder of files; a file of a patch is one of the instance it names."""
    if path.is_dir():
        named = (one for one in path.rglob("*") if one.name.endswith((*SUFFIXES, *PATCH_SUFFIXES)))
        inside = sorted(one for one in named if one.is_file())
        if not inside:
            raise InputError(f"the folder has no {', '.join((*SUFFIXES, *PATCH_SUFFIXES))} files", path=path)
        for one in inside:
            yield from read_predictions(one)
    elif path.suffix in PATCH_SUFFIXES:
        yield Prediction(instance_id=path.stem, patch=text_of_file(path), model="")
    else:
        for line, row in read_rows(path, named="instance_id"):
            yield prediction(as_prediction(row), path=path, line=line)
