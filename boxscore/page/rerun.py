"""The commands that make a run again, as far as its record tells them: asked anew, and the same samples graded anew."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from boxscore.data.plugins import OWN, is_path_of_harness
from boxscore.data.rows import SUFFIXES
from boxscore.page.texts import readable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from boxscore.provenance import Provenance, SamplingRecord

MAX_NAMED = 10  # instances that a command names; it takes a run over more for one over all
MAX_WORD_BYTES = 4 << 10
MAX_WORDS = 500  # nobody types in more, and half a command would do something else
_LIMITS = frozenset({"time_limit", "message_limit", "token_limit", "cost_limit"})


def rerun_commands(folder: Path, provenance: Provenance, instances: Collection[str] = ()) -> tuple[str, ...]:
    """Commands in the order in which they do most. Those that ask or grade write a run directory of their own."""
    settings = [*_settings(provenance), *_named(instances)]
    commands = []
    benchmark = _benchmark(provenance)
    if benchmark is None:
        return (_line(("report", str(folder))),)
    if provenance.sampling is not None:
        commands.append(("run", benchmark, *_asked(provenance.sampling), *settings))
    commands += [("grade", benchmark, "-p", str(folder), *settings), ("report", str(folder))]
    return tuple(_line(words) for words in commands if len(words) <= MAX_WORDS)


def _line(words: tuple[str, ...]) -> str:
    return shlex.join(("boxscore", *(readable(word, MAX_WORD_BYTES)[0] for word in words)))


def _benchmark(provenance: Provenance) -> str | None:
    """What a command calls the benchmark; None for code, which no run names: whoever pastes it would run it."""
    if provenance.benchmark == OWN and provenance.data_path is not None:
        return provenance.data_path if provenance.data_path.endswith(SUFFIXES) else None
    return None if is_path_of_harness(provenance.benchmark) else provenance.benchmark


def _named(instances: Collection[str]) -> Iterator[str]:
    for name in instances if len(instances) <= MAX_NAMED else ():
        yield from ("-i", name)


def _asked(record: SamplingRecord) -> Iterator[str]:
    yield from ("-m", record.model)
    if record.samples_each > 1:
        yield from ("-n", str(record.samples_each))
    numbers: dict[str, float | None] = {
        "--temperature": record.temperature,
        "--top-p": record.top_p,
        "--max-tokens": record.max_tokens,
        "--seed": record.seed,
        "--max-cost": record.max_cost_usd,
    }
    for option, value in numbers.items():
        if value is not None:
            yield from (option, str(value))
    texts = {"--api-base": record.base, "--variant": record.variant, "--prompt-template": record.template}
    for option, text in {**texts, "--agent": record.agent}.items():
        if text:
            yield from (option, text)
    for text in record.stop:
        yield from ("--stop", text.replace("\n", "\\n").replace("\t", "\\t"))
    for name, text in record.agent_options.items():
        yield from ("--agent-option", f"{name}={text}")
    for name, text in record.limits.items():
        if name in _LIMITS:
            yield from (f"--{name.replace('_', '-')}", text)


def _settings(provenance: Provenance) -> Iterator[str]:
    """The options that decide how samples are graded, where they are not as usual."""
    if provenance.k is not None:
        yield from ("-k", ",".join(map(str, provenance.k)))
    if provenance.backend in {"docker", "local"}:
        yield from ("--backend", provenance.backend)
    if provenance.runtime is not None:
        yield from ("--runtime", provenance.runtime)
    if provenance.limits_cpu_s is not None:
        yield from ("--timeout", f"{provenance.limits_cpu_s:g}")
    if provenance.strict:
        yield "--strict"
    if provenance.least_trust is not None:
        yield from ("--least-trust", provenance.least_trust.value)
    if provenance.no_gate:
        yield "--no-gate"
    if provenance.gate_repeats > 1:
        yield from ("--gate-repeat", str(provenance.gate_repeats))
