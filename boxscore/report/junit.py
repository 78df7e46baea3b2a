"""`junit.xml`: a run as a test report, for continuous integration."""

from __future__ import annotations

from collections import Counter
from html import escape
from typing import TYPE_CHECKING

from boxscore.records import Outcome
from boxscore.report.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from boxscore.records import Result
    from boxscore.report.records import RunInfo

REASON_CHARACTERS = 2000


def render_junit(info: RunInfo, results: Sequence[Result]) -> Iterator[bytes]:
    """Give a report line by line, one test case for each result, so that its size does not matter.

    A result that did not pass is a failure of the outcome's type, or an error where it is `internal`. It is skipped
    where its instance cannot be resolved here, and where it was withheld. Each of several models has a suite of its
    own.
    """
    return (line.encode() for line in _lines(info, results))


def _lines(info: RunInfo, results: Sequence[Result]) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f"<testsuites{_attributes(name=printable(info.run_id), **_counts(results))}>\n"
    benchmark = printable(info.benchmark)
    for model, own in _by_model(info, results).items():
        suite = printable(f"{info.benchmark}, {model}") if model else benchmark
        yield f"<testsuite{_attributes(name=suite, **_counts(own))}>\n"
        for result in own:
            yield _case(suite, result)
        yield "</testsuite>\n"
    yield "</testsuites>\n"


def _by_model(info: RunInfo, results: Sequence[Result]) -> dict[str, Sequence[Result]]:
    if not info.models:
        return {"": results}
    found: dict[str, list[Result]] = {model: [] for model in sorted(set(info.models.values()))}
    for result in results:
        found[info.models[result.instance_id, result.sample_id]].append(result)
    return dict(found)


def _counts(results: Sequence[Result]) -> dict[str, str]:
    outcomes = Counter(result.outcome for result in results)
    skipped = sum(map(_is_skipped, results))
    return {
        "tests": str(len(results)),
        "failures": str(len(results) - outcomes[Outcome.PASSED] - outcomes[Outcome.INTERNAL]),
        "errors": str(outcomes[Outcome.INTERNAL] - skipped),
        "skipped": str(skipped),
        "time": f"{sum(result.wall_s or 0.0 for result in results):.6f}",
    }


def _case(suite: str, result: Result) -> str:
    name = printable(f"{result.instance_id} [{result.sample_id}]", 1100)
    timed = {} if result.wall_s is None else {"time": str(result.wall_s)}
    head = f"<testcase{_attributes(name=name, classname=suite, **timed)}"
    flags = _flags(result)
    if result.outcome is Outcome.PASSED:
        return f"{head}>{flags}</testcase>\n" if flags else f"{head}/>\n"
    kind = "skipped" if _is_skipped(result) else "error" if result.outcome is Outcome.INTERNAL else "failure"
    why = _attributes(message=printable(result.reason, REASON_CHARACTERS), type=result.outcome.value)
    return f"{head}>{flags}<{kind}{why}/></testcase>\n"


def _flags(result: Result) -> str:
    """The flags of a patch as properties: the rule, where it found something, and what stands there."""
    own = (
        _attributes(name=printable(f"flag {flag.rule}"), value=printable(f"{flag.place}: {flag.text}", 1000))
        for flag in result.flags
    )
    found = "".join(f"<property{one}/>" for one in own)
    return f"<properties>{found}</properties>" if found else ""


def _is_skipped(result: Result) -> bool:
    return result.unresolvable or result.withheld


def _attributes(**values: str) -> str:
    return "".join([f' {name}="{escape(value)}"' for name, value in values.items()])
