"""`boxscore list` and `boxscore show`: benchmarks, one of them, its instances, or a run."""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from msgspec import Struct

from boxscore.cache import cache_folder
from boxscore.checks import first_of
from boxscore.cli.options import Json, argument, command
from boxscore.cli.output import FEW_IDS, OK, plain, print_ids, print_json, print_table, say
from boxscore.cli.show_run import show_run
from boxscore.data.plugin_calls import make_task, prompt_messages
from boxscore.data.plugins import list_harnesses, load_harness
from boxscore.data.prompts import render_prompt
from boxscore.errors import BoxscoreError, UsageError
from boxscore.option import option
from boxscore.protocols.registry import protocol_of, shows_of
from boxscore.protocols.shows import PROMISES
from boxscore.provenance import tags_of
from boxscore.records import Instance, Limits, Trust
from boxscore.run.folders import RUNS, known_run, which_runs
from boxscore.run.prepare import load_benchmark
from boxscore.run.request import Data, Only, Request
from boxscore.sampling.request import PromptTemplate, Variant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.data.plugins import HarnessInfo
    from boxscore.harness import DataSource, Harness
    from boxscore.run.prepare import Benchmark

FEW = 5  # required tests that are named


class Listed(Struct, frozen=True, kw_only=True):
    """A benchmark that is known here; `instances` is None, with the reason, where its data cannot be had."""

    name: str
    title: str
    kind: str
    trust: Trust
    instances: int | None
    reason: str | None = None


class ShownBenchmark(Struct, frozen=True, kw_only=True):
    """A benchmark with its instances by id.

    `tags` counts the instances of each value of a tag: what `boxscore compare --by` takes.
    """

    name: str
    title: str
    trust: Trust
    parts: tuple[str, ...]
    data_path: str
    data_published: bool | None
    instances: tuple[str, ...]
    tags: Mapping[str, Mapping[str, int]]


class ShownInstance(Struct, frozen=True, kw_only=True):
    """An instance as a model and a grader meet it; `task` is what its protocol says of how it is graded."""

    instance_id: str
    protocol: str
    task: Mapping[str, object]
    limits: Limits
    has_reference: bool
    cluster: str | None
    tags: Mapping[str, str]
    messages: tuple[dict[str, str], ...]


@command("show")
def show(
    name: Annotated[str, argument("BENCH|RUN", "A benchmark, or a run by its path or id.")],
    ids: Annotated[list[str] | None, argument("[ID]...", "Instances; of a run ID/SAMPLE.")] = None,
    *,
    instance: Only = (),
    data: Data = None,
    prompt: Annotated[bool, option("--prompt", "Print what a model would be sent, and nothing else.")] = False,
    variant: Variant = None,
    prompt_template: PromptTemplate = None,
    list_ids: Annotated[bool, option("--ids", "Print the ids of all instances, a line each, and no more.")] = False,
    json: Json = False,
) -> int:
    """Show a benchmark, a run, or instances of either."""
    only = (*(ids or ()), *instance)
    if prompt:
        return show_prompt_command(name, only=only, data=data, variant=variant, template=prompt_template, json=json)
    return show_command(name, only=only, data=data, json=json, ids=list_ids)


def show_command(name: str, *, only: tuple[str, ...], data: Path | None, json: bool, ids: bool = False) -> int:
    """Show a benchmark or instances of it, a run or what became of instances in it; a benchmark's name comes first.

    With `ids` print the ids of all instances and nothing else. Raises UsageError where some are named beside.
    """
    if ids and only:
        raise UsageError("--ids lists all instances: name none beside it")
    folder = _run(name)
    if folder is not None:
        return show_run(folder, only, json=json, ids=ids)
    return _show(name, only, data, json=json, ids=ids)


def _run(name: str) -> Path | None:
    """The directory of the run that is meant, if one is. Raises UsageError for what is neither run nor benchmark."""
    folder = known_run(name)
    if folder is not None and folder == Path(name):
        return folder
    try:
        load_harness(name)
    except UsageError as error:
        if folder is not None:
            return folder
        if Path(name).is_dir():
            raise UsageError(
                f"{name} is a folder, and neither a run nor a benchmark{which_runs(Path(name))}"
            ) from error
        raise UsageError(f"{error}; nor is there a run of this name below {RUNS}/") from error
    return None


def _show(bench: str, only: tuple[str, ...], data: Path | None, *, json: bool, ids: bool) -> int:
    benchmark = load_benchmark(Request(benchmark=bench, only=only, data=data))
    if ids:
        print_ids([instance.instance_id for instance in benchmark.every], json=json)
    elif only:
        _show_instances([_shown(benchmark.harness, instance) for instance in benchmark.asked], json=json)
    else:
        _show_benchmark(benchmark, json=json)
    return OK


def _show_benchmark(benchmark: Benchmark, *, json: bool) -> None:
    harness = benchmark.harness
    shown = ShownBenchmark(
        name=harness.name,
        title=harness.title,
        trust=harness.trust,
        parts=harness.parts,
        data_path=str(benchmark.data.path),
        data_published=benchmark.data.published,
        instances=tuple(instance.instance_id for instance in benchmark.every),
        tags={name: Counter(own.values()) for name, own in tags_of(benchmark.every).items()},
    )
    if json:
        print_json(shown)
        return
    rows = [
        ("benchmark", shown.name),
        ("title", shown.title),
        ("trust", shown.trust.value),
        ("parts", ", ".join(shown.parts) or "-"),
        ("data", shown.data_path),
        (
            "published data",
            {True: "yes", False: "no, another file", None: "no checksum is published"}[shown.data_published],
        ),
        ("instances", f"{len(shown.instances)}: {first_of(shown.instances, FEW_IDS)}"),
        *_tag_rows(shown.tags),
    ]
    print_table(("what", "value"), rows)
    if len(shown.instances) > FEW_IDS:
        say("--ids lists all instances")


def _tag_rows(tags: Mapping[str, Mapping[str, int]]) -> Iterator[tuple[str, str]]:
    """Give a row for each tag, with how many instances have each of its first values."""
    for name, own in tags.items():
        yield f"tag {plain(name)}", first_of([f"{plain(value)}: {count}" for value, count in own.items()], FEW_IDS)


def _shown(harness: Harness, instance: Instance) -> ShownInstance:
    task = make_task(harness, instance)
    protocol = protocol_of(task)
    return ShownInstance(
        instance_id=instance.instance_id,
        protocol=protocol.name,
        task=shows_of(task).describe(task),
        limits=protocol.limits(task),
        has_reference=instance.reference is not None,
        cluster=instance.cluster,
        tags=instance.tags,
        messages=tuple(dict(message) for message in prompt_messages(harness, instance)),
    )


def described_row(name: str, value: object) -> tuple[str, str]:
    """Return what a protocol says as a label and one line: of a long list the first few."""
    label = plain(name.replace("_", " ") if name.islower() else name)
    if not isinstance(value, Sequence) or isinstance(value, str):
        return label, plain(str(value))
    few = ", ".join(map(str, value[:FEW]))
    return label, plain(few if len(value) <= FEW else f"{len(value)}: {few}, …")


def _show_instances(shown: list[ShownInstance], *, json: bool) -> None:
    if json:
        print_json(shown)
        return
    for one in shown:
        limits = one.limits
        rows = [
            *(described_row(name, value) for name, value in one.task.items()),
            ("limits", f"cpu {limits.cpu_s:g} s, wall {limits.wall_s:g} s, memory {limits.memory_bytes >> 20} MiB"),
            ("reference", "yes" if one.has_reference else "no"),
            *((f"tag {plain(name)}", plain(value)) for name, value in one.tags.items()),
        ]
        print_table((one.instance_id, ""), rows)
        for message in one.messages:
            sys.stdout.write(f"{plain(message['role'])}:\n{plain(message['content'])}\n\n")


@command("list")
def list_command(
    *,
    kind: Annotated[
        str | None,
        option("--kind", "Only benchmarks of this kind of task, such as function or patch.", metavar="KIND"),
    ] = None,
    json: Json = False,
) -> int:
    """List the benchmarks that are known here."""
    every = [_listed(info) for info in list_harnesses()]
    listed = [one for one in every if kind in {None, one.kind}]
    if not listed:
        raise UsageError(f"--kind must be one of {', '.join(sorted({one.kind for one in every}))}, not {kind!r}")
    if json:
        print_json(listed)
    else:
        rows = [
            (one.name, one.title, one.kind, one.trust.value, "-" if one.instances is None else str(one.instances))
            for one in listed
        ]
        print_table(("benchmark", "title", "kind", "trust", "instances"), rows)
        print_table(("trust", "what a pass is worth at best"), [(level.value, PROMISES[level]) for level in Trust])
    return OK


def _listed(info: HarnessInfo) -> Listed:
    count, reason = None, "its data is fetched when it is first used"
    try:
        if _is_here(load_harness(info.name).source):
            count = len(load_benchmark(Request(benchmark=info.name)).every)
    except BoxscoreError as error:
        reason = str(error)
    return Listed(
        name=info.name,
        title=info.title,
        kind=_kind(info.name),
        trust=info.trust,
        instances=count,
        reason=None if count is not None else reason,
    )


def _kind(name: str) -> str:
    """What tasks a benchmark is made of, as its harness declares; programs where it leaves that open."""
    declared = getattr(type(load_harness(name)).task, "__annotations__", {}).get("return", "")
    found = re.search(r"(\w+)Task\b", getattr(declared, "__name__", str(declared)))
    return found[1].lower() if found is not None else "program"


def _is_here(source: DataSource) -> bool:
    """Whether a benchmark's data can be had without fetching it."""
    named = os.environ.get("BOXSCORE_DATA")
    kept = cache_folder() / "data" / (source.sha256 or "") / Path(source.path).name
    return source.bundled or kept.is_file() or (named is not None and (Path(named) / source.path).is_file())


def show_prompt_command(
    bench: str, *, only: tuple[str, ...], data: Path | None, variant: str | None, template: Path | None, json: bool
) -> int:
    """Print the prompts of instances. The digest goes to standard error, so that nothing is added to a prompt."""
    if not only:
        raise UsageError("--prompt shows what is asked for an instance: name one, as `-i ID`")
    benchmark = load_benchmark(Request(benchmark=bench, only=only, data=data))
    prompts = [
        (one.instance_id, render_prompt(benchmark.harness, one, variant=variant, template=template))
        for one in benchmark.asked
    ]
    if json:
        shown = ("variant", "digest", "messages", "completion", "stop")
        print_json(
            [{"instance_id": name} | {each: getattr(prompt, each) for each in shown} for name, prompt in prompts]
        )
        return OK
    for name, prompt in prompts:
        say(f"{name}, variant {prompt.variant}, digest {prompt.digest}")
        text = prompt.completion
        if text is None:
            text = "".join(f"{one['role']}:\n{one['content']}\n" for one in prompt.messages)
        _write(text)
    return OK


def _write(text: str) -> None:
    """Write a text as it is; to a terminal without what could drive it."""
    text = plain(text) if sys.stdout.isatty() else text
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode(errors="backslashreplace"))
    sys.stdout.buffer.flush()
