"""Read samples in the shapes people have them in, and make those that check a benchmark itself."""

from __future__ import annotations

import itertools
import re
import stat
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.checks import MAX_NAME, shown
from boxscore.data.plugin_calls import joined_pieces, pieces
from boxscore.data.predictions import (
    PATCH,
    as_prediction,
    model_of,
    prediction,
    refuse_repeats,
)
from boxscore.data.rows import NOT_TEXT, SUFFIXES, Repeats, is_text, kind_of, read_rows, read_text, text_field
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
# Control characters, bytes that are not UTF-8, and the ends of lines and paragraphs.
_ODD_CATEGORIES = frozenset(["Cc", "Cs", "Zl", "Zp"])
# Marks by which a text is shown in another order than it has.
_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_JOINTS = ("/", "_", "__")  # between the parts of an id: no file's name holds the first
_OPTION, _KEYWORD = "--skip-unknown", "skip_unknown=True"
_MAY_BE = "Sample records, dicts such as {'task_id': …, 'solution': …}, or the path of a file or folder of samples"


class Fields(Struct, frozen=True, kw_only=True):
    """What the fields of a file of samples are called; None: as usual.

    `kind` is that of the field `text`, `taken_as` what all texts but patches are taken as, whatever their field is.
    """

    instance_id: str | None = None
    text: str | None = None
    kind: SampleKind = SampleKind.SOLUTION
    taken_as: SampleKind | None = None
    sample_id: str = "sample_id"


def read_samples(
    paths: Path | Iterable[Path],
    known: Collection[str],
    *,
    fields: Fields | None = None,
    unknown: Callable[[str], None] | None = None,
    skip_unknown: bool = False,
) -> Iterator[Sample]:
    """Yield the samples in files or folders, in order.

    A line has `instance_id` or `task_id`, one of `completion`, `solution`, `answer`, `response` and `raw`, and may
    have a `sample_id`; without one, samples of an instance are numbered from 0. The lines of a run's own
    `samples.jsonl`, with `text` and `kind`, are read too, and predictions for repositories, one for
    each instance and model of a file. Where several models gave them, samples are named `<model>/<number>`. A folder
    holds such files, or is a run directory, or has EvalPlus' layout: `<task id with _ for />/<number>.py`, or holds
    patches: `<id with __ for />.patch`. Predictions and patches of no instance are left out
    if `unknown` is given, which is called with the id of each; with `skip_unknown` so are all other samples. An id
    is one of `known`, or the part of one after one of its slashes.

    Raises:
        InputError: Something in a file is not as it must be; names file, line and field.
    """
    wanted = _Wanted(
        aliases=_aliases(known),
        fields=fields or Fields(),
        unknown=unknown,
        skip=skip_unknown,
        how_to_skip=_OPTION,
    )
    return _numbered(_found(paths, wanted))


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
    wanted = _Wanted(
        aliases=_aliases(known),
        fields=Fields(),
        unknown=unknown,
        skip=skip_unknown,
        how_to_skip=_KEYWORD,
    )
    if isinstance(given, str) and not given:
        raise UsageError("samples must not be an empty path; the current folder is '.'")
    if isinstance(given, Mapping) and any(isinstance(name, str) and name in wanted.aliases for name in given):
        raise UsageError("samples is a dict of ids: give a list of dicts such as {'task_id': ID, 'solution': CODE}")
    if isinstance(given, str | Path | Sample | Mapping):
        given = [Path(given) if isinstance(given, str) else given]
    if not isinstance(given, Iterable) or isinstance(given, bytes):
        raise UsageError(f"samples must be {_MAY_BE}, not {shown(given)}")
    return list(_numbered(_given(given, wanted)))


class SampleReader:
    """Reads one sample after the other as a caller passes it: a `Sample`, or a dict like a line of a file."""

    def __init__(self, known: Collection[str]) -> None:
        self._wanted = _Wanted(aliases=_aliases(known), fields=Fields(), unknown=None)

    def __call__(self, given: object) -> Sample:
        """The sample, with its instance's own id; one without a name is `0`.

        Raises UsageError where it is neither, InputError where a field is not as it must be.
        """
        if isinstance(given, Sample) and self._wanted.aliases.get(given.instance_id) == given.instance_id:
            return given
        if not isinstance(given, Sample | Mapping):
            raise UsageError(f"a sample must be a Sample or a dict, not {shown(given)}")
        return next(_numbered(_given((given,), self._wanted, alone=True)))


def unknown_warnings(benchmark: str, unknown: Sequence[str], *, noun: str = "prediction") -> list[str]:
    """What is to be said of predictions, or of any samples, that are of no instance and were left out."""
    if not unknown:
        return []
    count = f"1 {noun} is" if len(unknown) == 1 else f"{len(unknown)} {noun}s are"
    more = len(set(unknown)) - 1
    ids = f"{unknown[0][:MAX_NAME]!r}" + (f" and {counted(more, 'other id')}" if more else "")
    return [f"{count} of no instance of {benchmark} and left out: {ids}"]


def _given(given: Iterable[object], wanted: _Wanted, *, alone: bool = False) -> Iterator[_Found]:
    for place, one in enumerate(given):
        where = Path("sample" if alone else f"samples[{place}]")
        if isinstance(one, Sample):
            if wanted.skips(one.instance_id):
                continue
            name = _instance_id(one.instance_id, wanted, path=where, line=None, field="instance_id")
            yield where, None, one.sample_id, _Text(name, one.text, one.kind, one.model)
        elif isinstance(one, Path):
            yield from _found(one, wanted)
        elif isinstance(one, Mapping):
            row = as_prediction({str(name): value for name, value in one.items()})
            found = _of_row(row, wanted, where, None)
            if found is not None:
                yield found
        else:
            raise UsageError(f"{where} must be a Sample, a dict or a Path, not {shown(one)}; samples may be {_MAY_BE}")


def _numbered(found: Iterable[_Found]) -> Iterator[Sample]:
    """Name those that have no name, in order; raise InputError, at the end, for names that are given twice.

    They are numbered; where several models gave them, each model's by itself, behind its name.
    """
    numbers: Counter[tuple[str, str]] = Counter()
    seen: set[tuple[str, str]] = set()
    repeats = Repeats()
    several, found = _several_models(found)
    for path, line, sample_id, sample in found:
        name = sample_id
        given = f"{sample.model[:_MAX_MODEL]}/" if several else ""
        while name is None:
            free = f"{given}{numbers[sample.instance_id, given]}"
            numbers[sample.instance_id, given] += 1
            name = None if (sample.instance_id, free) in seen else free
        seen.add((sample.instance_id, name))
        if not repeats.is_first((sample.instance_id, name), path, line):
            continue
        yield Sample(
            instance_id=sample.instance_id, sample_id=name, text=sample.text, kind=sample.kind, model=sample.model
        )
    repeats.refuse(lambda key: f"sample {key[1]!r} of {key[0]!r}", field="sample_id")


def _several_models(found: Iterable[_Found]) -> tuple[bool, Iterable[_Found]]:
    """Whether samples are of several models, and the samples. Those of nobody in particular are not looked through."""
    found = iter(found)
    first = next(found, None)
    if first is None or not first[3].model:
        return False, found if first is None else itertools.chain((first,), found)
    every = [first, *found]
    return len({sample.model for _, _, _, sample in every}) > 1, every


def gold_samples(instances: Iterable[Instance]) -> Iterator[Sample]:
    """Yield each instance's reference as a sample named `gold`; instances without a reference are left out."""
    for instance in instances:
        if instance.reference is not None:
            yield Sample(instance_id=instance.instance_id, sample_id=GOLD, text=instance.reference, model=GOLD)


def empty_samples(instances: Iterable[Instance]) -> Iterator[Sample]:
    """Yield a sample named `empty`, without any text, for each instance."""
    for instance in instances:
        yield Sample(instance_id=instance.instance_id, sample_id="empty", text="")


def refuse_other_name(path: Path, known: Collection[str]) -> None:
    """Raise UsageError for `NAME=PATH` of a name that is not known; a path that exists may have a `=` in it."""
    name, _, rest = str(path).partition("=")
    if name not in known and rest and not path.exists() and (rest == GOLD or Path(rest).exists()):
        raise UsageError(f"{path}: {name} is none of the benchmarks that are graded: {', '.join(known)}")


def instance_named(written: str, known: Collection[str]) -> str | None:
    """The one of `known` that is meant by an id as files of samples may write it; None if it could be none or two."""
    return instances_named((written,), known)[written]


def instances_named(written: Iterable[str], known: Collection[str]) -> dict[str, str | None]:
    """The same for several ids."""
    aliases = _aliases(known)
    return {one: aliases.get(one) or aliases.get(one.lower()) for one in written}


def ambiguous_names(known: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Ids that mean further instances too, in another case or with `_` or `__` for `/`, and which."""
    holders: dict[str, list[str]] = defaultdict(list)
    for name in known:
        for form in {name.replace("/", joint).lower() for joint in _JOINTS}:
            holders[form].append(name)
    others: dict[str, dict[str, None]] = defaultdict(dict)
    for several in holders.values():
        for name in several:
            others[name].update((one, None) for one in several if one != name)
    return {name: tuple(found) for name, found in others.items() if found}


class _Text(Struct, frozen=True):
    instance_id: str
    text: str
    kind: SampleKind
    model: str = ""


_Found = tuple[Path, int | None, str | None, _Text]


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


class _Wanted(Struct, frozen=True, kw_only=True):
    """What is looked for: instances under all names that they may be given, and what fields are called.

    `read` has the files that were read, by the instance that all of a file is a sample of, if it is one, device and
    inode; `how_to_skip` is what a caller writes to leave out samples of other instances, empty where there is no such
    thing.
    """

    aliases: dict[str, str]
    fields: Fields
    unknown: Callable[[str], None] | None
    skip: bool = False
    how_to_skip: str = ""
    read: dict[tuple[str, int, int], Path] = {}

    def knows(self, name: str) -> bool:
        """Whether it is the name of an instance."""
        return name in self.aliases or name.lower() in self.aliases

    def leaves_out(self, name: str) -> bool:
        """Whether a patch of this id is left out, since no instance has it; `unknown` is called with it then."""
        if self.knows(name) or (self.unknown is None and not self.skip):
            return False
        if self.unknown is not None:
            self.unknown(name)
        return True

    def skips(self, name: object) -> bool:
        """Whether samples of this id are left out, since no instance has it; whoever counts them is told."""
        if not self.skip or isinstance(name, bool) or not isinstance(name, str | int) or self.knows(str(name)):
            return False
        if self.unknown is not None:
            self.unknown(str(name))
        return True


def _found(paths: Path | Iterable[Path], wanted: _Wanted) -> Iterator[_Found]:
    for path in (paths,) if isinstance(paths, Path) else paths:
        yield from _in_folder(path, wanted) if path.is_dir() else _in_file(path, wanted)


def _once(path: Path, wanted: _Wanted, *, of: str = "") -> None:
    """Refuse a file that was read before, be it by another name: its samples would count as further draws.

    `of` one instance it may be a sample, and of another one too, as an empty patch is in a cache.
    """
    try:
        status = path.stat()
    except OSError:
        return  # reading it says what is wrong
    first = wanted.read.setdefault((of, status.st_dev, status.st_ino), path)
    if first is not path and stat.S_ISREG(status.st_mode):
        raise InputError("given twice" if first == path else f"given twice: it is {first}", path=path)


def _in_folder(path: Path, wanted: _Wanted) -> Iterator[_Found]:
    try:
        inside = sorted(path.iterdir())
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=path) from error
    if (path / "run.json").is_file():
        yield from _in_file(path / "samples.jsonl", wanted)
        return
    files = [one for one in inside if one.is_file() and one.name.endswith(SUFFIXES)]
    packed = next((one for one in files if one.name.endswith(".gz") and one.with_suffix("") in files), None)
    if packed is not None:
        raise InputError(f"the folder has it unpacked too ({packed.stem}): remove one of them", path=packed)
    folders = [one for one in inside if one.is_dir() and any(one.glob("*.py"))]
    patches = () if files else tuple(_patches_in_folder(inside))
    if folders and patches:
        raise InputError(
            f"there are both folders of .py files and patches ({patches[0][1]}): give them apart", path=path
        )
    if not files and not folders:
        yield from _read_patches(path, patches, wanted)
        return
    for file in files:
        yield from _in_file(file, wanted)
    for folder in folders:
        if wanted.skips(folder.name):
            continue
        instance_id = _instance_id(folder.name, wanted, path=folder, line=None, field=None)
        for file in sorted(folder.glob("*.py"), key=_by_number):
            kind = wanted.fields.taken_as or SampleKind.SOLUTION
            yield file, None, _sample_name(file), _Text(instance_id, text_of_file(file), kind)


def _patches_in_folder(inside: Sequence[Path]) -> Iterator[tuple[str, Path, str | None]]:
    """Find the patches of a folder: the instance that each, or the folder that it is in, is named after, and its id."""
    for one in inside:
        if one.suffix.lower() in PATCH_SUFFIXES and not one.is_dir():
            yield one.stem, one, None
    for folder in inside:
        if folder.is_dir():
            for one in sorted(folder.iterdir(), key=_by_number):
                if one.suffix.lower() in PATCH_SUFFIXES and not one.is_dir():
                    yield folder.name, one, one.stem


def _read_patches(path: Path, patches: Sequence[tuple[str, Path, str | None]], wanted: _Wanted) -> Iterator[_Found]:
    if not patches:
        kinds = ".jsonl files, no folders of .py files and no patches (INSTANCE.patch, INSTANCE.diff)"
        raise InputError(f"the folder has no {kinds}", path=path)
    for name, file, sample_id in patches:
        if not wanted.leaves_out(name):
            if not file.is_file():
                raise InputError("is no regular file, or a link that leads nowhere", path=file)
            _once(file, wanted, of=name)
            instance_id = _instance_id(name, wanted, path=file, line=None, field=None)
            sample = sample_id and _sample_name(file)
            yield file, None, sample, _Text(instance_id, text_of_file(file), SampleKind.PATCH)


def _sample_name(file: Path) -> str:
    """Return what a sample is called by its file. Raises InputError for a name that no report could hold."""
    if any(unicodedata.category(one) in _ODD_CATEGORIES or one in _DIRECTIONS for one in file.stem):
        reason = "has a name with control characters, line separators or marks of direction, or that is not UTF-8"
        raise InputError(reason, path=file)
    return file.stem


def _by_number(path: Path) -> tuple[int, str]:
    return (int(path.stem), "") if path.stem.isascii() and path.stem.isdigit() else (-1, path.stem)


def text_of_file(path: Path) -> str:
    """Read a program or a patch, without the mark that editors write at its beginning. Raises InputError."""
    return read_text(path, MAX_FILE_BYTES, encoding="utf-8-sig")


def _in_file(path: Path, wanted: _Wanted) -> Iterator[_Found]:
    _once(path, wanted)
    repeats = Repeats()
    for line, raw in read_rows(path, named=IDS[0]):
        row = as_prediction(raw)
        if PATCH in row and wanted.fields.text is None and row.get(wanted.fields.sample_id) is None:
            one = prediction(row, path=path, line=line)
            if not repeats.is_first((one.instance_id, one.model), path, line):
                continue
        found = _of_row(row, wanted, path, line)
        if found is not None:
            yield found
    refuse_repeats(repeats)


def _of_row(row: Row, wanted: _Wanted, path: Path, line: int | None) -> _Found | None:
    """The sample of one record; None for a prediction of no instance, where these are told and left out."""
    fields = wanted.fields
    if PATCH in row and fields.text is None:
        one = prediction(row, path=path, line=line)
        if wanted.leaves_out(one.instance_id):
            return None
    field = fields.instance_id or next((name for name in IDS if name in row), "task_id")
    if wanted.skips(row.get(field)):
        return None
    instance_id = _instance_id(row.get(field), wanted, path=path, line=line, field=field, there=field in row)
    text = _text(instance_id, row, fields, path, line)
    return path, line, _sample_id(row, fields.sample_id, path, line), text


def _instance_id(  # noqa: PLR0913 - the place, for the message
    value: object,
    wanted: _Wanted,
    *,
    path: Path,
    line: int | None,
    field: str | None,
    there: bool = True,
) -> str:
    if not there:
        raise InputError("is missing", path=path, line=line, field=field)
    name = _name(value, path, line, field)
    aliases = wanted.aliases
    known = aliases.get(name) or aliases.get(name.lower())
    if known is None:
        example = min(aliases.values(), default="")
        like = f", whose ids are such as {example!r}" if example else ""
        like += f"; {wanted.how_to_skip} leaves out samples of such ids" if wanted.how_to_skip else ""
        raise InputError(f"{name[:100]!r} is no instance of this benchmark{like}", path=path, line=line, field=field)
    return known


def _text(instance_id: str, row: Row, fields: Fields, path: Path, line: int | None) -> _Text:
    if fields.text is not None:
        return _Text(instance_id, text_field(row, fields.text, path=path, line=line), fields.kind)
    if PATCH in row:
        one = prediction(row, path=path, line=line)
        return _Text(instance_id, one.patch, SampleKind.PATCH, one.model)
    there = [name for name in TEXTS if row.get(name) is not None] or [name for name in TEXTS if name in row]
    if not there and "text" in row:
        model = model_of(row, "model", path=path, line=line) if isinstance(row.get("model"), str) else ""
        text = text_field(row, "text", path=path, line=line)
        return _Text(instance_id, text, fields.taken_as or _kind(row, path, line), model)
    if not there:
        problem = f"one of {', '.join(TEXTS)} is missing, or {PATCH} where the benchmark grades patches"
        raise InputError(problem, path=path, line=line)
    # EvalPlus writes `solution` beside the raw answer it was taken from.
    field = "solution" if "solution" in there else there[0]
    return _Text(instance_id, text_field(row, field, path=path, line=line), fields.taken_as or TEXTS[field])


def _kind(row: Row, path: Path, line: int | None) -> SampleKind:
    if "kind" not in row:
        names = ", ".join(SampleKind)
        raise InputError(f"is missing, which says what 'text' is: one of {names}", path=path, line=line, field="kind")
    kind = text_field(row, "kind", path=path, line=line)
    if kind not in tuple(SampleKind):
        raise InputError(f"must be one of {', '.join(SampleKind)}", path=path, line=line, field="kind")
    return SampleKind(kind)


def _sample_id(row: Row, field: str, path: Path, line: int | None) -> str | None:
    value = row.get(field)
    if value is None:
        return None
    name = _name(value, path, line, field)
    if not is_text(name):
        raise InputError(NOT_TEXT, path=path, line=line, field=field)
    if not 0 < len(name) <= MAX_NAME:
        raise InputError(f"must have 1 to {MAX_NAME} characters", path=path, line=line, field=field)
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
