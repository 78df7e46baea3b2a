"""The harness of MigrationBench's data sets, at one level and to one release of Java."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

import msgspec
from msgspec import Struct

import boxscore
from boxscore import (
    MigrationDetail,
    MigrationTask,
    Outcome,
    StoreError,
    UsageError,
    make_own_folder,
    predictions_by_model,
    replace_file,
)

from .image import TREE, instance_image
from .row import Row, load_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from boxscore import GradedRun, Instance, Result

DataSet = Literal["full", "selected", "utg"]
Level = Literal["minimal", "maximal"]
Release = Literal[17, 21]

_SETS, _LEVELS = ("full", "selected", "utg"), ("minimal", "maximal")
_RELEASES = {"java17": 17, "java21": 21}


class Part(Struct, frozen=True, kw_only=True):
    """A data set, a level and a release of Java; what is not said is as the benchmark's own program has it."""

    data_set: DataSet = "full"
    level: Level = "maximal"
    release: Release = 17

    @classmethod
    def of(cls, text: str) -> Part:
        """Read `selected+minimal+java21`, in any order, each at most once. Raises UsageError."""
        found: dict[str, object] = {}
        for word in text.split("+"):
            if word in _SETS:
                field, value = "data_set", cast("object", word)
            elif word in _LEVELS:
                field, value = "level", word
            elif word in _RELEASES:
                field, value = "release", _RELEASES[word]
            else:
                known = ", ".join((*_SETS, *_LEVELS, *_RELEASES))
                raise UsageError(f"migration-bench@{text}: {word!r} is none of {known}")
            if field in found:
                raise UsageError(f"migration-bench@{text}: {word!r} is a second {field.replace('_', ' ')}")
            found[field] = value
        return cls(**found)  # type: ignore[arg-type]

    @property
    def words(self) -> tuple[str, ...]:
        """What differs from the usual, as `of` reads it."""
        usual = Part()
        return tuple(
            word
            for word, differs in (
                (self.data_set, self.data_set != usual.data_set),
                (self.level, self.level != usual.level),
                (f"java{self.release}", self.release != usual.release),
            )
            if differs
        )

    @property
    def goal(self) -> str:
        """What an agent with a shell is asked for, which sees no other prompt."""
        goal = (
            f"Migrate the whole project from Java 8 to Java {self.release}: `mvn clean verify` must pass, and all "
            f"classes must be compiled for Java {self.release}."
        )
        raised = f" Raise its direct dependencies to their newest major versions that run on Java {self.release}."
        return goal + (raised if self.level == "maximal" else "")


TEMPLATES = Path(__file__).with_name("templates")
VERSIONS = Path(__file__).with_name("versions.json")
SIZES = {"full": 5102, "selected": 300, "utg": 4814}


class MigrationBench(boxscore.PatchHarness):
    """The harness of one data set. `migration-bench@selected+minimal+java21` says which, how far, and to which Java."""

    trust = boxscore.Trust.CLAIM  # tests share a process with the candidate; a result says what protected it
    prompt_templates: Mapping[str, Path] = {
        "chat": TEMPLATES / "baseline.jinja",
        "pe": TEMPLATES / "pe.jinja",
        "hybrid": TEMPLATES / "hybrid.jinja",
    }

    def __init__(self, part: Part = Part()) -> None:  # noqa: B008 - a frozen record
        self._part = part
        self.name = "+".join(("migration-bench", *part.words)).replace("+", "@", 1)
        kept = "" if part.level == "maximal" else ", with dependencies as they are"
        self.title = f"MigrationBench: {SIZES[part.data_set]} Maven projects from Java 8 to {part.release}{kept}"
        self.source = boxscore.DataSource(
            path=f"migrationbench/{part.data_set}.parquet",
            hub=(
                f"AmazonScience/migration-bench-java-{part.data_set}",
                "refs/convert/parquet",
                "default/test/0000.parquet",
            ),
        )

    def narrowed(self, part: str) -> MigrationBench:
        """The harness of a part: data set, level and release, joined by `+`."""
        return MigrationBench(Part.of(part))

    def load(self, path: Path) -> Sequence[Instance]:
        return [
            boxscore.Instance(
                instance_id=row.repo,
                prompt=self._part.goal,
                row=msgspec.to_builtins(row),
            )
            for row in load_rows(path)
        ]

    def prompt_fields(self, instance: Instance) -> Mapping[str, object]:
        return {
            "repo": instance.instance_id,
            "repo_path": TREE,
            "release": self._part.release,
            "level": self._part.level,
        }

    def task(self, instance: Instance) -> MigrationTask:
        row = msgspec.convert(instance.row, Row)
        return MigrationTask(
            image=instance_image(row),
            release=self._part.release,
            level=self._part.level,
            versions=_versions() if self._part.level == "maximal" else (),
            num_test_cases=row.num_test_cases,
            statement=instance.prompt,
        )

    def check_files(self, folder: Path, run_id: str) -> None:
        del run_id
        boxscore.check_own_folder(folder)

    def write_files(self, run: GradedRun) -> Sequence[Path]:
        return write_results(run, level=self._part.level, release=self._part.release)


@cache
def _versions() -> tuple[tuple[str, str], ...]:
    """The newest versions that run on Java 17, by library, as the benchmark has them."""
    return tuple(msgspec.json.decode(VERSIONS.read_bytes(), type=dict[str, str]).items())


# Efficacy is the share of all repositories asked for that were migrated. One without a prediction, or without a
# verdict, counts as not migrated, as on the leaderboard.

RESULTS = "migration_bench_results.json"
_HUNDRED = 100.0


def efficacy(verdicts: Iterable[bool | None], repositories: int) -> float | None:
    """Give the share of repositories that were migrated, in percent; None where there are none to count."""
    return _HUNDRED * sum(one is True for one in verdicts) / repositories if repositories else None


def write_results(run: GradedRun, *, level: str, release: int) -> list[Path]:
    """Write results into the run directory, or into the folder for the benchmark's files.

    The benchmark's program knows one prediction of a repository: where there are several, or several models, each set
    of them is counted by itself. Raises StoreError where a file cannot be written.
    """
    by_name = {(one.instance_id, one.sample_id): one for one in run.results}
    sets = []
    for (model, number), samples in predictions_by_model(run.samples).items():
        graded = {one.instance_id: by_name.get((one.instance_id, one.sample_id)) for one in samples}
        sets.append({"model": model, "number": number, **summary(run.instances, graded)})
    record = {"level": level, "java": release, "predictions": sets}
    folder = run.files or run.folder
    try:
        if run.files is not None:
            make_own_folder(folder)
        replace_file(folder / RESULTS, (json.dumps(record, indent=1) + "\n").encode(errors="replace"))
    except OSError as error:
        raise StoreError(f"{error.filename or folder}: cannot write: {error.strerror or error}") from error
    return [folder / RESULTS]


def summary(repositories: Sequence[str], graded: Mapping[str, Result | None]) -> dict[str, object]:
    """Our verdicts and the benchmark's own, by repository, with the efficacy of each, and where they differ."""
    ours = {name: _passed(graded.get(name)) for name in repositories}
    details = {name: one.detail for name, one in graded.items() if one is not None}
    migrations = {name: one for name, one in details.items() if isinstance(one, MigrationDetail)}
    official = {name: migrations[name].official_passed if name in migrations else None for name in repositories}
    return {
        "repositories": len(repositories),
        **_counted(ours, len(repositories)),
        "official": _counted(official, len(repositories)),
        "disagreements": {_url(name): one.disagreement for name, one in migrations.items() if one.disagreement},
    }


def _counted(verdicts: Mapping[str, bool | None], repositories: int) -> dict[str, object]:
    return {
        "success": sum(one is True for one in verdicts.values()),
        "efficacy": efficacy(verdicts.values(), repositories),
        "without_verdict": [_url(name) for name, one in verdicts.items() if one is None],
        "results": {_url(name): one for name, one in verdicts.items() if one is not None},
    }


def _passed(result: Result | None) -> bool | None:
    """Whether a repository was migrated; None without a verdict."""
    return None if result is None or result.outcome is Outcome.INTERNAL else result.outcome is Outcome.PASSED


def _url(repo: str) -> str:
    return f"https://github.com/{repo}"
