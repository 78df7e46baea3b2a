"""What every harness must do, checked without a box: for `validate` and for tests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from boxscore.data.fetch import resolve
from boxscore.data.plugin_calls import (
    HOW_TO_SEE_MORE,
    extract_code,
    load_instances,
    make_task,
    prompt_messages,
    visible_task,
)
from boxscore.data.plugins import checked, load_harness
from boxscore.data.prompts import render_prompt, variants
from boxscore.errors import BoxscoreError, HarnessError
from boxscore.protocols.contract import task_fingerprint
from boxscore.protocols.function.source import defined_names
from boxscore.protocols.registry import entry_point_of, protocol_of, shows_of
from boxscore.records import Instance, Sample, SampleKind, Trust

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from boxscore.harness import Harness
    from boxscore.protocols.contract import Task


def check_harness(benchmark: Harness | str | Path, *, data: Path | None = None) -> tuple[str, ...]:
    """Say what is wrong with a harness and its data, a line for each finding; nothing if it keeps its contract.

    No box is opened: `boxscore validate` is what shows that references pass.

    Args:
        benchmark: A harness, the name of one, or the path of a harness file.
        data: A data folder or file in place of the cache.
    """
    try:
        harness, instances = load_all(benchmark, data)
        before = repr(instances)
        found = [f"{one.instance_id}: {text}" for one in instances for text in findings(harness, one)]
        _, again = load_all(harness, data)
    except BoxscoreError as error:
        return (_as_text(error),)
    if not instances:
        found.append("there are no instances")
    if not repr(instances) == before == repr(again):
        found.append("load gives other instances each time, or a method changes them")
    return tuple(found)


def load_all(benchmark: Harness | str | Path, data: Path | None) -> tuple[Harness, Sequence[Instance]]:
    """A harness with all its instances. Raises UsageError, HarnessError, DataError, InputError."""
    harness = load_harness(benchmark) if isinstance(benchmark, str | Path) else checked(benchmark, repr(benchmark))
    return harness, load_instances(harness, resolve(harness.source, data=data).path)


def findings(harness: Harness, instance: Instance) -> Iterator[str]:
    """Say what is wrong with one instance: its prompt, what is extracted for it, its task."""
    for check in (_prompt, _extract, _task):
        try:
            yield from check(harness, instance)
        except BoxscoreError as error:
            yield _as_text(error)


def _as_text(error: BoxscoreError) -> str:
    """An error in one line; what to do to see more stands once elsewhere, not in each row of a table."""
    return "; ".join(line for line in error.lines() if line != HOW_TO_SEE_MORE)


def _prompt(harness: Harness, instance: Instance) -> Iterator[str]:
    prompt_messages(harness, instance)
    for variant in variants(harness):
        if render_prompt(harness, instance, variant=variant) != render_prompt(harness, instance, variant=variant):
            yield f"the prompt of the variant {variant} differs from call to call"
    visible_task(harness, instance)


def _extract(harness: Harness, instance: Instance) -> Iterator[str]:
    def extracted(text: str, kind: SampleKind) -> str | None:
        sample = Sample(instance_id=instance.instance_id, sample_id="0", text=text, kind=kind)
        code = extract_code(harness, instance, sample)
        if code != extract_code(harness, instance, sample):
            raise HarnessError(f"extract: equal samples ({kind}) give other code each time")
        return code

    for kind in SampleKind:
        if extracted("", kind) is not None:
            yield f"extract finds code in an empty sample ({kind})"
    if instance.reference is None:
        return
    task = make_task(harness, instance)
    name = entry_point_of(task)
    for text, kind in ((instance.reference, SampleKind.SOLUTION), (_chat(instance.reference, task), SampleKind.ANSWER)):
        code = extracted(text, kind)
        if code is None:
            yield f"extract finds no code in the reference ({kind})"
        elif name is not None and not _defines(code, name):
            yield f"the code of the reference ({kind}) is not Python that defines {name}"


def _chat(reference: str, task: Task) -> str:
    """What a model would answer that means the reference: a block of code, or one for each file of a project."""
    blocks = shows_of(task).answer_blocks(task, reference)
    texts = "\n\n".join(f"```{language}\n{text}\n```" for language, text in blocks)
    return f"Here it is:\n\n{texts}\n\nIt works."


def _task(harness: Harness, instance: Instance) -> Iterator[str]:
    task = make_task(harness, instance)
    if task_fingerprint(task) != task_fingerprint(make_task(harness, instance)):
        yield "task differs from call to call, so no result could be used again"
    if harness.trust is Trust.ORACLE and protocol_of(task).trust.is_below(Trust.OBSERVER):
        yield f"trust is oracle, which no verdict on a {type(task).__name__} has: docs/security.md has the levels"
    for warning in protocol_of(task).warnings(task):
        yield f"task: {warning}"


def _defines(code: str, name: str) -> bool:
    try:
        return name in defined_names(code)
    except (SyntaxError, ValueError):
        return False
