"""`junit.xml`: a run as a test report, for continuous integration."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from boxscore._records import Outcome
from boxscore._report_render import printable
from boxscore._store import replace_file

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from junitparser import TestCase

    from boxscore._records import Result
    from boxscore._report_records import RunInfo

REASON_CHARACTERS = 2000


def write_junit(path: Path, info: RunInfo, results: Iterable[Result]) -> None:
    """Write one test case for each result: a failure of the outcome's type, or an error where it is `internal`.

    The file is replaced as a whole. Raises StoreError if it cannot be written.
    """
    from junitparser import JUnitXml, TestSuite  # noqa: PLC0415 - few runs ask for it

    suite = TestSuite(printable(info.benchmark))
    suite.add_testcases([_case(info, result) for result in results])
    document = JUnitXml(printable(info.run_id))
    document.add_testsuite(suite)
    data = io.BytesIO()
    document.write(data)
    replace_file(path, data.getvalue())


def _case(info: RunInfo, result: Result) -> TestCase:
    from junitparser import Error, Failure, TestCase  # noqa: PLC0415 - few runs ask for it

    name = printable(f"{result.instance_id} [{result.sample_id}]", 1100)
    case = TestCase(name, classname=printable(info.benchmark), time=result.wall_s)
    if result.outcome is not Outcome.PASSED:
        kind = Error if result.outcome is Outcome.INTERNAL else Failure
        case.result = [kind(printable(result.reason, REASON_CHARACTERS), result.outcome.value)]
    return case
