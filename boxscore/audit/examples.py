"""Examples in prompts: what they need, and whether the reference says the same."""

from __future__ import annotations

import ast
import builtins
import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore import syntax
from boxscore.audit.findings import Finding, FindingKind, finding
from boxscore.protocols.registry import entry_point_of
from boxscore.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from boxscore.audit.work import Example
    from boxscore.protocols.contract import Task
    from boxscore.records import Result
    from boxscore.run.prepare import Benchmark


def incomplete_examples(
    benchmark: Benchmark, examples: Mapping[str, tuple[Example, Task]]
) -> dict[str, tuple[str, ...]]:
    """Examples that need what neither Python nor their prompt defines, by their names, and what that is."""
    prompts = {one.instance_id: one.prompt for one in benchmark.asked}
    found = {
        name: _missing(example.assertion, entry_point_of(task) or "", prompts[example.instance_id])
        for name, (example, task) in examples.items()
    }
    return {name: missing for name, missing in found.items() if missing}


def incomplete_finding(example: Example, missing: tuple[str, ...]) -> Finding:
    """Say what an example needs."""
    text = f"an example of the prompt needs {', '.join(missing)}, which the prompt does not define"
    return finding(FindingKind.INCOMPLETE_EXAMPLE, example.instance_id, text, evidence=example.assertion)


def with_examples(benchmark: Benchmark, examples: Mapping[str, Example]) -> Benchmark:
    """The benchmark with an instance for each example, so that each is graded by itself."""
    known = {one.instance_id: one for one in benchmark.asked}
    asked = tuple(
        replace(known[example.instance_id], instance_id=name, cluster=None) for name, example in examples.items()
    )
    return replace(benchmark, every=asked, asked=asked)


def example_findings(results: Mapping[str, Result], examples: Mapping[str, Example]) -> Iterator[Finding]:
    """What references contradict, by results of examples: those of an instance in one finding."""
    untrue: dict[str, list[str]] = {}
    for name, one in results.items():
        if one.outcome not in (Outcome.PASSED, Outcome.INTERNAL):
            example = examples[name]
            untrue.setdefault(example.instance_id, []).append(f"{example.assertion}: {one.outcome} {one.reason}")
    for name, texts in untrue.items():
        text = f"the reference contradicts {len(texts)} of its prompt's examples: {texts[0]}"
        yield finding(FindingKind.UNTRUE_EXAMPLE, name, text, evidence="\n".join(texts))


def _missing(assertion: str, entry_point: str, prompt: str) -> tuple[str, ...]:
    names = [node for node in ast.walk(syntax.parse(assertion)) if isinstance(node, ast.Name)]
    bound = {entry_point, *(one.id for one in names if isinstance(one.ctx, ast.Store))}
    return tuple(
        dict.fromkeys(
            one.id
            for one in names
            if one.id not in bound
            and not hasattr(builtins, one.id)
            and re.search(rf"\b(?:import|def|class)\s+{one.id}\b|^\s*{one.id}\s*=", prompt, re.MULTILINE) is None
        )
    )
