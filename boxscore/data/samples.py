"""Read samples in the shapes people have them in, and make those that check a benchmark itself."""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.checks import MAX_NAME, shown
from boxscore.data.plugin_calls import joined_pieces, pieces
from boxscore.data.predictions import PATCH, as_prediction, model_of, prediction
from boxscore.data.rows import NOT_TEXT, SUFFIXES, FirstPlaces, is_text, kind_of, read_rows, read_text, text_field
from boxscore.errors import InputError, UsageError
from boxscore.records import Sample, SampleKind
from boxscore.report.numbers import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from boxscore.data.rows import Row
    from boxscore.harness import Harness
    from boxscore.records import Instance

MAX_FILE_BYTES = 64 << 20
GOLD = "gold"
PATCH_SUFFIXES = (".patch", ".diff")
_MAX_MODEL = 400  # characters of a model's name in that of a sample

IDS = ("instance_id", "task_id")
TEXTS = {
    "completion": SampleKind.COMPLETION,
    "solution": SampleKind.SOLUTION,
    "answer": SampleKind.ANSWER,
    "response": SampleKind.ANSWER,
    "raw": SampleKind.ANSWER,
}
_PULL_ID = re.compile(r"([\w.-]+)/([\w.-]+):pr-(\d+)")  # owner/name:pr-number, as Multi-SWE-bench's programs do
_JOINTS = ("/", "_", "__")  # between the parts of an id: no file's name holds the first
_OPTION, _KEYWORD = "--skip-unknown", "skip_unknown=True"
_MAY_BE = "Sample records, dicts such as {'task_id': …, 'solution': …}, or the path of a file or folder of samples"


def read_samples(
    paths: Path | Iterable[Path],
    known: Collection[str],
    *,
    taken_as: SampleKind | None = None,
    unknown: Callable[[str], None] | None = None,
    skip_unknown: bool = False,
) -> Iterator[Sample]:
    """Yield the samples in files or folders, in order.

    A line has `instance_id` or `task_id`, one of `completion`, `solution`, `answer`, `response` and `raw`, and may
    have a `sample_id`; without one, samples of an instance are numbered from 0. The lines of a run's own
    `samples.jsonl`, with `text` and `kind`, are read too, and predictions for repositories, one for
    each instance and model of a file. Where several models gave them, samples are named `<model>/<number>`. A folder
    holds such files, or is a run directory, or has EvalPlus' layout: `<task id with _ for />/<number>.py`, or holds
    patches: `<id with __ for />.patch`. All texts but patches are of the kind `taken_as`, where it is given.
    Predictions and patches of no instance are left out if `unknown` is given, which is called with the id of each;
    with `skip_unknown` so are all other samples. An id is one of `known`, or the part of one after one of its slashes.

    Raises:
        InputError: Something in a file is not as it must be; names file, line and field.
    """
    reader = _Reader(known, taken_as=taken_as, unknown=unknown, skip=skip_unknown, how_to_skip=_OPTION)
    return _numbered(reader.paths((paths,) if isinstance(paths, Path) else paths))


def given_samples(
    given: object,
    known: Collection[str],
    *,
    unknown: Callable[[str], None] | None = None,
    skip_unknown: bool = False,
) -> list[Sample]:
    """The samples that a caller passes: `Sample` records, dicts like the lines of a file, paths, or a mix of them.

    One path (also as a string), record or dict stands for itself. Dicts and files are read by `read_samples`' rules.

    Raises:
        UsageError: Something is none of these; says which, and what is.
        InputError: A dict or a file is not as it must be; names the place and the field.
    """
    reader = _Reader(known, unknown=unknown, skip=skip_unknown, how_to_skip=_KEYWORD)
    if isinstance(given, str) and not given:
        raise UsageError("samples must not be an empty path; the current folder is '.'")
    if isinstance(given, Mapping) and any(isinstance(name, str) and name in reader.aliases for name in given):
        raise UsageError("samples is a dict of ids: give a list of dicts such as {'task_id': ID, 'solution': CODE}")
    if isinstance(given, str | Path | Sample | Mapping):
        given = [Path(given) if isinstance(given, str) else given]
    if not isinstance(given, Iterable) or isinstance(given, bytes):
        raise UsageError(f"samples must be {_MAY_BE}, not {shown(given)}")
    return list(_numbered(found for at, one in enumerate(given) for found in reader.one(one, Path(f"samples[{at}]"))))


class SampleReader:
    """Reads one sample after the other as a caller passes it: a `Sample`, or a dict like a line of a file."""

    def __init__(self, known: Collection[str]) -> None:
        self._reader = _Reader(known)

    def __call__(self, given: object) -> Sample:
        """The sample, with its instance's own id; one without a name is `0`.

        Raises UsageError where it is neither, InputError where a field is not as it must be.
        """
        if isinstance(given, Sample) and self._reader.aliases.get(given.instance_id) == given.instance_id:
            return given
        if not isinstance(given, Sample | Mapping):
            raise UsageError(f"a sample must be a Sample or a dict, not {shown(given)}")
        return next(_numbered(self._reader.one(given, Path("sample"))))


def unknown_warnings(benchmark: str, unknown: Sequence[str], *, noun: str = "prediction") -> list[str]:
    """What is to be said of predictions, or of any samples, that are of no instance and were left out."""
    if not unknown:
        return []
    count = f"1 {noun} is" if len(unknown) == 1 else f"{len(unknown)} {noun}s are"
    more = len(set(unknown)) - 1
    ids = f"{unknown[0][:MAX_NAME]!r}" + (f" and {counted(more, 'other id')}" if more else "")
    return [f"{count} of no instance of {benchmark} and left out: {ids}"]


def _numbered(found: Iterable[_Found]) -> Iterator[Sample]:
    """Name those that have no name, in order. Raises InputError for a name that is given twice.

    They are numbered; where several models gave them, each model's by itself, behind its name.
    """
    numbers: Counter[tuple[str, str]] = Counter()
    names = FirstPlaces()
    several, found = _several_models(found)
    for one in found:
        prefix = f"{one.model[:_MAX_MODEL]}/" if several else ""
        name = one.sample_id
        while name is None:
            free = f"{prefix}{numbers[one.instance_id, prefix]}"
            numbers[one.instance_id, prefix] += 1
            name = None if (one.instance_id, free) in names else free
        what = f"sample {name!r} of {one.instance_id!r}"
        names.add((one.instance_id, name), what, path=one.path, line=one.line, field="sample_id")
        yield Sample(instance_id=one.instance_id, sample_id=name, text=one.text, kind=one.kind, model=one.model)


def _several_models(found: Iterable[_Found]) -> tuple[bool, Iterable[_Found]]:
    """Whether samples are of several models, and the samples. Those of nobody in particular are not looked through."""
    found = iter(found)
    first = next(found, None)
    if first is None or not first.model:
        return False, found if first is None else itertools.chain((first,), found)
    every = [first, *found]
    return len({one.model for one in every}) > 1, every


def gold_samples(instances: Iterable[Instance]) -> Iterator[Sample]:
    """Yield each instance's reference as a sample named `gold`; instances without a reference are left out."""
    for instance in instances:
        if instance.reference is not None:
            yield Sample(instance_id=instance.instance_id, sample_id=GOLD, text=instance.reference, model=GOLD)


def empty_samples(instances: Iterable[Instance]) -> Iterator[Sample]:
    """Yield a sample named `empty`, without any text, for each instance."""
    for instance in instances:
        yield Sample(instance_id=instance.instance_id, sample_id="empty", text="")


def instance_named(written: str, known: Collection[str]) -> str | None:
    """The one of `known` that is meant by an id as files of samples may write it; None if it could be none or two."""
    return instances_named((written,), known)[written]


def instances_named(written: Iterable[str], known: Collection[str]) -> dict[str, str | None]:
    """The same for several ids."""
    aliases = _aliases(known)
    return {one: aliases.get(one) or aliases.get(one.lower()) for one in written}


class _Found(Struct, frozen=True, kw_only=True):
    """A sample and where it stands; it is numbered where `sample_id` is None."""

    path: Path
    line: int | None
    instance_id: str
    sample_id: str | None
    text: str
    kind: SampleKind
    model: str = ""


def _aliases(known: Collection[str]) -> dict[str, str]:
    """Ids as people write them: whole, in any case, with `_` or `__` for `/`, or what follows one of its `/`.

    What could mean two instances means neither, unless it is the whole id of one.
    """
    written = [(form, name) for name in known for form in _forms(name)]
    times = Counter(form for form, _ in written)
    aliases = {form: name for form, name in written if times[form] == 1}
    aliases.update({name: name for name in known})
    return aliases


def _forms(name: str) -> set[str]:
    steps = name.lower().split("/")
    forms = {joint.join(steps[start:]) for start in range(len(steps)) for joint in _JOINTS}
    pull = _PULL_ID.fullmatch(name)  # SWE-agent and the data sets call it owner__name-number
    return forms if pull is None else {*forms, f"{pull[1]}__{pull[2]}-{pull[3]}".lower()}


_File = tuple[Path, str, str | None, SampleKind]  # a sample by itself: its instance's name and its own


class _Reader:
    """Finds samples of the instances that are known, under all names that they may be given.

    `how_to_skip` is what a caller writes to leave out samples of other instances, "" where there is no such thing.
    """

    def __init__(
        self,
        known: Collection[str],
        *,
        taken_as: SampleKind | None = None,
        unknown: Callable[[str], None] | None = None,
        skip: bool = False,
        how_to_skip: str = "",
    ) -> None:
        self.aliases = _aliases(known)
        self._taken_as, self._unknown, self._skip, self._how_to_skip = taken_as, unknown, skip, how_to_skip
        self._read: set[tuple[str, Path]] = set()

    def paths(self, paths: Iterable[Path]) -> Iterator[_Found]:
        for path in paths:
            yield from self._folder(path) if path.is_dir() else self._file(path)

    def one(self, given: object, where: Path) -> Iterator[_Found]:
        """What a caller passes at a place: a record, a dict or a path."""
        if isinstance(given, Sample):
            if not self._skips(given.instance_id):
                yield _Found(
                    path=where,
                    line=None,
                    instance_id=self._instance_id(given.instance_id, where, field="instance_id"),
                    sample_id=given.sample_id,
                    text=given.text,
                    kind=given.kind,
                    model=given.model,
                )
        elif isinstance(given, Path):
            yield from self.paths((given,))
        elif isinstance(given, Mapping):
            yield from self._row(as_prediction({str(name): value for name, value in given.items()}), where, None)
        else:
            problem = f"{where} must be a Sample, a dict or a Path, not {shown(given)}"
            raise UsageError(f"{problem}; samples may be {_MAY_BE}")

    def _file(self, path: Path) -> Iterator[_Found]:
        self._once(path)
        predictions = FirstPlaces()
        for line, raw in read_rows(path, named=IDS[0]):
            row = as_prediction(raw)
            if PATCH in row and row.get("sample_id") is None:
                one = prediction(row, path=path, line=line)
                what = f"the prediction of {one.instance_id!r}{f' by {one.model!r}' if one.model else ''}"
                predictions.add((one.instance_id, one.model), what, path=path, line=line, field=IDS[0])
            yield from self._row(row, path, line)

    def _row(self, row: Row, path: Path, line: int | None) -> Iterator[_Found]:
        """The sample of one record; none where its instance is left out."""
        if PATCH in row and self._leaves_out(prediction(row, path=path, line=line).instance_id):
            return
        field = next((name for name in IDS if name in row), "task_id")
        if self._skips(row.get(field)):
            return
        if field not in row:
            raise InputError("is missing", path=path, line=line, field=field)
        text, kind, model = self._text(row, path, line)
        yield _Found(
            path=path,
            line=line,
            instance_id=self._instance_id(row[field], path, line=line, field=field),
            sample_id=_sample_id(row, path, line),
            text=text,
            kind=kind,
            model=model,
        )

    def _text(self, row: Row, path: Path, line: int | None) -> tuple[str, SampleKind, str]:
        """The text of a record, its kind, and the model that gave it, "" where that is not known."""
        if PATCH in row:
            one = prediction(row, path=path, line=line)
            return one.patch, SampleKind.PATCH, one.model
        there = [name for name in TEXTS if row.get(name) is not None] or [name for name in TEXTS if name in row]
        if there:  # EvalPlus writes `solution` beside the raw answer it was taken from
            field = "solution" if "solution" in there else there[0]
            return text_field(row, field, path=path, line=line), self._taken_as or TEXTS[field], ""
        if "text" not in row:
            problem = f"one of {', '.join(TEXTS)} is missing, or {PATCH} where the benchmark grades patches"
            raise InputError(problem, path=path, line=line)
        model = model_of(row, "model", path=path, line=line) if isinstance(row.get("model"), str) else ""
        kind = self._taken_as or _kind(row, path, line)
        return text_field(row, "text", path=path, line=line), kind, model

    def _folder(self, path: Path) -> Iterator[_Found]:
        try:
            inside = sorted(path.iterdir())
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", path=path) from error
        if (path / "run.json").is_file():
            yield from self._file(path / "samples.jsonl")
            return
        files = _sample_files(inside)
        programs = list(_programs(inside, self._taken_as or SampleKind.SOLUTION))
        patches = [] if files else list(_patches(inside))
        if programs and patches:
            name = patches[0][0].name
            raise InputError(f"there are both folders of .py files and patches ({name}): give them apart", path=path)
        if not (files or programs or patches):
            kinds = ".jsonl files, no folders of .py files and no patches (INSTANCE.patch, INSTANCE.diff)"
            raise InputError(f"the folder has no {kinds}", path=path)
        for file in files:
            yield from self._file(file)
        for one in (*programs, *patches):
            yield from self._alone(*one)

    def _alone(self, path: Path, name: str, sample_id: str | None, kind: SampleKind) -> Iterator[_Found]:
        """A sample that is a file by itself, of the instance that the file or its folder is named after."""
        if self._leaves_out(name) if kind is SampleKind.PATCH else self._skips(name):
            return
        if not is_text(path.name):
            raise InputError("has a name that is not UTF-8", path=path)
        self._once(path, of=name)
        known, text = self._instance_id(name, path), text_of_file(path)
        yield _Found(path=path, line=None, instance_id=known, sample_id=sample_id, text=text, kind=kind)

    def _once(self, path: Path, *, of: str = "") -> None:
        """Refuse a file that was read before, be it by another name: its samples would count as further draws.

        `of` one instance it may be a sample, and of another one too, as an empty patch is in a cache.
        """
        place = of, path.resolve()
        if place in self._read:
            raise InputError("given twice" + (f": it is {place[1]}" if place[1] != path else ""), path=path)
        self._read.add(place)

    def _instance_id(self, value: object, path: Path, *, line: int | None = None, field: str | None = None) -> str:
        name = _name(value, path, line, field)
        known = self.aliases.get(name) or self.aliases.get(name.lower())
        if known is None:
            example = min(self.aliases.values(), default="")
            like = f", whose ids are such as {example!r}" if example else ""
            like += f"; {self._how_to_skip} leaves out samples of such ids" if self._how_to_skip else ""
            problem = f"{name[:100]!r} is no instance of this benchmark{like}"
            raise InputError(problem, path=path, line=line, field=field)
        return known

    def _leaves_out(self, name: str) -> bool:
        """Whether a patch of this id is left out, since no instance has it; whoever counts them is called."""
        return (self._unknown is not None or self._skip) and self._is_unknown(name)

    def _skips(self, name: object) -> bool:
        """Whether samples of this id are left out, since no instance has it; whoever counts them is called."""
        is_name = isinstance(name, str | int) and not isinstance(name, bool)
        return self._skip and is_name and self._is_unknown(str(name))

    def _is_unknown(self, name: str) -> bool:
        if name in self.aliases or name.lower() in self.aliases:
            return False
        if self._unknown is not None:
            self._unknown(name)
        return True


def _sample_files(inside: Sequence[Path]) -> list[Path]:
    files = [one for one in inside if one.is_file() and one.name.endswith(SUFFIXES)]
    packed = next((one for one in files if one.name.endswith(".gz") and one.with_suffix("") in files), None)
    if packed is not None:
        raise InputError(f"the folder has it unpacked too ({packed.stem}): remove one of them", path=packed)
    return files


def _programs(inside: Sequence[Path], kind: SampleKind) -> Iterator[_File]:
    for folder in inside:
        if folder.is_dir():
            yield from ((one, folder.name, one.stem, kind) for one in sorted(folder.glob("*.py"), key=_by_number))


def _patches(inside: Sequence[Path]) -> Iterator[_File]:
    """Patches named after their instance, and patches in folders so named."""
    for one in inside:
        if _is_patch(one):
            yield one, one.stem, None, SampleKind.PATCH
    for folder in inside:
        if folder.is_dir():
            found = sorted(filter(_is_patch, folder.iterdir()), key=_by_number)
            yield from ((one, folder.name, one.stem, SampleKind.PATCH) for one in found)


def _is_patch(path: Path) -> bool:
    return path.suffix.lower() in PATCH_SUFFIXES and not path.is_dir()


def _by_number(path: Path) -> tuple[int, str]:
    return (int(path.stem), "") if path.stem.isascii() and path.stem.isdigit() else (-1, path.stem)


def text_of_file(path: Path) -> str:
    """Read a program or a patch, without the mark that editors write at its beginning. Raises InputError."""
    return read_text(path, MAX_FILE_BYTES, encoding="utf-8-sig")


def _kind(row: Row, path: Path, line: int | None) -> SampleKind:
    if row.get("kind") not in tuple(SampleKind):
        problem = f"must say what 'text' is: one of {', '.join(SampleKind)}"
        raise InputError(problem, path=path, line=line, field="kind")
    return SampleKind(str(row["kind"]))


def _sample_id(row: Row, path: Path, line: int | None) -> str | None:
    value = row.get("sample_id")
    if value is None:
        return None
    name = _name(value, path, line, "sample_id")
    if not is_text(name):
        raise InputError(NOT_TEXT, path=path, line=line, field="sample_id")
    if not 0 < len(name) <= MAX_NAME:
        raise InputError(f"must have 1 to {MAX_NAME} characters", path=path, line=line, field="sample_id")
    return name


def _name(value: object, path: Path, line: int | None, field: str | None) -> str:
    """An id as text; pandas writes whole numbers as `1.0` where others of the column are missing."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        found = repr(value) if isinstance(value, float) else kind_of(value)
        raise InputError(f"must be a string or a whole number, not {found}", path=path, line=line, field=field)
    return str(value)


def sample_ids(harness: Harness, instances: Iterable[Instance]) -> Collection[str]:
    """The ids that files of samples may have: those of instances, and of the pieces of their samples."""
    found = {one.instance_id: None for one in instances}
    for one in instances:
        found.update(dict.fromkeys(pieces(harness, one) or ()))
    return found


def joined(
    harness: Harness, instances: Sequence[Instance], samples: Sequence[Sample]
) -> tuple[list[Sample], tuple[str, ...]]:
    """The samples, with those of pieces put together, and what is to be said of those of which there are too few.

    The first sample of each piece makes the first sample of the instance, and so on, for each model by itself.
    """
    needed = {one.instance_id: tuple(pieces(harness, one) or ()) for one in instances}
    if not any(needed.values()):
        return list(samples), ()
    own = [one for one in samples if one.instance_id in needed]
    others = [one for one in samples if one.instance_id not in needed]
    by_model: dict[str, dict[str, list[Sample]]] = defaultdict(lambda: defaultdict(list))
    for one in others:
        by_model[one.model][one.instance_id].append(one)
    said: list[str] = []
    for model, series in by_model.items():
        for instance in instances:
            names = needed[instance.instance_id]
            counts = {name: len(series.get(name, ())) for name in names}
            least = min(counts.values(), default=0)
            if names and least < max(counts.values()):
                few = min(counts, key=counts.__getitem__)
                said.append(f"{instance.instance_id} gets {least} samples: {few} has no more")
            own += _of_instance(harness, instance, [series[name][:least] for name in names], model, len(by_model))
    return own, tuple(said)


def _of_instance(
    harness: Harness, instance: Instance, series: Sequence[Sequence[Sample]], model: str, models: int
) -> Iterable[Sample]:
    for number, each in enumerate(zip(*series, strict=True)):
        given: Mapping[str, Sample] = {one.instance_id: one for one in each}
        yield Sample(
            instance_id=instance.instance_id,
            sample_id=f"{model}/{number}" if models > 1 and model else str(number),
            text=joined_pieces(harness, instance, given),
            kind=SampleKind.SOLUTION,
            model=model,
        )
