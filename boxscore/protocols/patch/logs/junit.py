"""JUnit reports that a runner wrote, where a candidate may have written them too."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from boxscore.errors import ProtocolError
from boxscore.protocols.patch.logs.cases import worse
from boxscore.protocols.patch.logs.xml import read_xml
from boxscore.protocols.patch.task import Status

RESULTS = {"failure": Status.FAILED, "error": Status.ERROR, "skipped": Status.SKIPPED}
XFAIL = "pytest.xfail"


class JunitCase(Struct, frozen=True, kw_only=True):
    """One `testcase` of a report, as it stands there; `file` is None where the runner does not write it."""

    classname: str
    name: str
    file: str | None = None
    status: Status


def read_junit(data: bytes) -> tuple[JunitCase, ...]:
    """Read the cases of a JUnit report, in its order.

    A case without `failure`, `error` or `skipped` passed; with several the worst counts. A test that pytest expected
    to fail is XFAIL. Raises ProtocolError for what is not JUnit, or not as `read_xml` wants it.
    """
    cases: list[JunitCase] = []
    path: list[str] = []
    case: JunitCase | None = None

    def opened(tag: str, attributes: dict[str, str]) -> None:
        nonlocal case
        if not path and tag not in ("testsuites", "testsuite"):
            raise ProtocolError(f"not a JUnit report: its root is {tag[:100]!r}")
        if tag == "testcase":
            if case is not None:
                raise ProtocolError("not a JUnit report: a testcase inside a testcase")
            case = _case(attributes)
        elif case is not None and tag in RESULTS and path[-1] == "testcase":
            said = Status.XFAIL if attributes.get("type") == XFAIL else RESULTS[tag]
            case = msgspec.structs.replace(case, status=worse(case.status, said))
        path.append(tag)

    def closed(tag: str) -> None:
        nonlocal case
        path.pop()
        if tag == "testcase" and case is not None:
            cases.append(case)
            case = None

    read_xml(data, opened=opened, closed=closed)
    return tuple(cases)


def _case(attributes: dict[str, str]) -> JunitCase:
    return JunitCase(
        classname=attributes.get("classname", ""),
        name=attributes.get("name", ""),
        file=attributes.get("file"),
        status=Status.PASSED,
    )
