"""Which test methods Java sources hold, and how many calls in a method can make it fail."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from boxscore.child import run_child
from boxscore.errors import BoxError
from boxscore.protocols.java_source import TYPES, annotations_of, package_of, parse_java, tokens
from boxscore.protocols.migration.official import listed_tests
from boxscore.protocols.syntax_trees import text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tree_sitter import Node

MARKS = frozenset(("Test", "ParameterizedTest", "RepeatedTest", "TestFactory", "TestTemplate", "Theory"))
"""Annotations of test methods, of JUnit 4 and 5 and of TestNG."""

CHECKS = ("assert", "verify", "fail", "expect", "then", "should", "check")
"""How the names of methods begin that can make a test fail."""

CPU_S, MEMORY_BYTES, WALL_S = 120, 2 << 30, 1800.0
"""Hundreds of times of what the sources of a project take."""

NO_MEMORY = 3
"""The exit status of a reader that ran out of memory."""


class SourceReading(Struct, frozen=True, kw_only=True):
    """What a source holds: `checks` has each of its methods, `org.a.Outer$Inner#method`, and `tests` those with a mark.

    Of methods with one name, those with a mark count. `listed` are its types and tests as MigrationBench's own parser
    lists them. There is nothing of a source that cannot be read.
    """

    checks: dict[str, int] = {}
    tests: tuple[str, ...] = ()
    listed: tuple[tuple[str, str], ...] | None = None


def test_inventory(sources: Mapping[str, bytes]) -> tuple[str, ...]:
    """Give the test methods of sources, `org.a.Outer$Inner#method`: those with an annotation of JUnit 4 or 5 or TestNG.

    Reads in this process: the sources are nobody's who wants it to take long.
    """
    readings = (read_source(source) for _, source in sorted(sources.items()))
    return tuple(dict.fromkeys(test for reading in readings for test in reading.tests))


def weakened_tests(
    required: Iterable[str], base: Iterable[SourceReading], now: Iterable[SourceReading]
) -> dict[str, str]:
    """Map each of these methods that has fewer checks than in the base to how many; one that is gone has 0."""
    before, after = _most_checks(base), _most_checks(now)
    return {
        test: f"its body has {after.get(test, 0)} checks, not {before[test]}"
        for test in required
        if after.get(test, 0) < before.get(test, 0)
    }


def _most_checks(readings: Iterable[SourceReading]) -> dict[str, int]:
    found: dict[str, int] = {}
    for reading in readings:
        for method, checks in reading.checks.items():
            found[method] = max(found.get(method, 0), checks)
    return found


def read_source(source: bytes) -> SourceReading:
    """Read a source. Its size is bounded, but what is no Java may take long: see `read_sources` for hostile ones."""
    try:
        root = parse_java(source)
    except ValueError:
        return SourceReading()
    tests: dict[str, int] = {}
    others: dict[str, int] = {}
    for name, method in _methods(root):
        marked = any(mark.rpartition(".")[2] in MARKS for mark, _ in annotations_of(method))
        found, body = tests if marked else others, method.child_by_field_name("body")
        found[name] = max(found.get(name, 0), 0 if body is None else _checks(tokens(body)))
    return SourceReading(checks={**others, **tests}, tests=tuple(tests), listed=listed_tests(root))


def _methods(root: Node) -> Iterator[tuple[str, Node]]:
    """Give the methods of all named types, by what reports call them; those of local and anonymous types are none."""
    pending = [(one, package_of(root), "") for one in reversed(root.named_children)]
    while pending:
        node, prefix, owner = pending.pop()
        if node.type in TYPES:
            owner = f"{prefix}{text_of(node.child_by_field_name('name'))}"
            body = node.child_by_field_name("body")
            pending += [] if body is None else [(one, f"{owner}$", owner) for one in reversed(body.named_children)]
        elif node.type == "enum_body_declarations":
            pending += [(one, prefix, owner) for one in reversed(node.named_children)]
        elif node.type == "method_declaration" and owner:
            yield f"{owner}#{text_of(node.child_by_field_name('name'))}", node


def _checks(words: Sequence[str]) -> int:
    """Count calls, and references to methods (`this::check`); variables may have such names too."""
    around = zip(("", *words), words, (*words[1:], ""), strict=False)
    return sum(word.startswith(CHECKS) and (after == "(" or before == "::") for before, word, after in around)


def read_sources(sources: Mapping[str, bytes], *, cpu_s: int = CPU_S) -> dict[str, SourceReading]:
    """Read sources, each under its path. Where that takes more than `cpu_s` or MEMORY_BYTES, none can be read.

    Raises BoxError where the other process cannot be had, or is ended from outside.
    """
    if not sources:
        return {}
    try:
        done = run_child(
            [sys.executable, "-P", "-m", "boxscore.protocols.migration.inventory", str(cpu_s)],
            timeout_s=WALL_S,
            data=msgspec.msgpack.encode(dict(sources)),
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BoxError(f"sources could not be read in a process of their own: {error}") from error
    if done.returncode in (-signal.SIGXCPU, -signal.SIGSEGV, -signal.SIGABRT, NO_MEMORY):
        return dict.fromkeys(sources, SourceReading())
    if done.returncode != 0:
        words = done.stderr.decode(errors="replace")[-300:].strip()
        raise BoxError(f"sources could not be read in a process of their own: status {done.returncode}: {words}")
    return msgspec.msgpack.decode(done.stdout, type=dict[str, SourceReading])


def main() -> int:
    """Read sources from standard input, and write what they hold to standard output."""
    cpu_s = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 60))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        sources = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=dict[str, bytes])
        found = {path: read_source(source) for path, source in sources.items()}
        sys.stdout.buffer.write(msgspec.msgpack.encode(found))
    except MemoryError:
        return NO_MEMORY
    return 0


if __name__ == "__main__":
    sys.exit(main())
