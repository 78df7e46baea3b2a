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
    where its instance cannot be resolved here.
    """
    return (line.encode() for line in _lines(info, results))


def _lines(info: RunInfo, results: Sequence[Result]) -> Iterator[str]:
    outcomes = Counter(result.outcome for result in results)
    skipped = sum(result.unresolvable for result in results)
    counts = {
        "tests": str(len(results)),
        "failures": str(len(results) - outcomes[Outcome.PASSED] - outcomes[Outcome.INTERNAL]),
        "errors": str(outcomes[Outcome.INTERNAL] - skipped),
        "skipped": str(skipped),
        "time": f"{sum(result.wall_s or 0.0 for result in results):.6f}",
    }
    benchmark = printable(info.benchmark)
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f"<testsuites{_attributes(name=printable(info.run_id), **counts)}>\n"
    yield f"<testsuite{_attributes(name=benchmark, **counts)}>\n"
    for result in results:
        yield _case(benchmark, result)
    yield "</testsuite>\n</testsuites>\n"


def _case(benchmark: str, result: Result) -> str:
    name = printable(f"{result.instance_id} [{result.sample_id}]", 1100)
    timed = {} if result.wall_s is None else {"time": str(result.wall_s)}
    head = f"<testcase{_attributes(name=name, classname=benchmark, **timed)}"
    if result.outcome is Outcome.PASSED:
        return f"{head}/>\n"
    kind = "skipped" if result.unresolvable else "error" if result.outcome is Outcome.INTERNAL else "failure"
    why = _attributes(message=printable(result.reason, REASON_CHARACTERS), type=result.outcome.value)
    return f"{head}><{kind}{why}/></testcase>\n"


def _attributes(**values: str) -> str:
    return "".join([f' {name}="{escape(value)}"' for name, value in values.items()])
