"""JUnit reports: a strict reader, since a candidate may have written them, and their names as ids that are required."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NoReturn
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

import msgspec
from msgspec import Struct

from boxscore.errors import ProtocolError
from boxscore.protocols.statuses import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence


XML_BYTES = 64 << 20

XML_DEPTH = 200

XML_ELEMENTS = 2_000_000


class _Reading:
    """What is open at a place in the document."""

    def __init__(self, opened: Callable[[str, dict[str, str]], object], closed: Callable[[str], object]) -> None:
        self._opened, self._closed = opened, closed
        self._depth = self._elements = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > XML_DEPTH or self._elements > XML_ELEMENTS:
            raise ProtocolError(f"an XML document has more than {XML_DEPTH} levels or {XML_ELEMENTS} elements")
        self._opened(tag, attributes)

    def end(self, tag: str) -> None:
        self._depth -= 1
        self._closed(tag)

    def refuse(self, *declaration: object) -> NoReturn:
        raise ProtocolError(f"an XML document declares a document type or an entity: {str(declaration[0])[:100]!r}")


def read_xml(
    data: bytes,
    *,
    opened: Callable[[str, dict[str, str]], object],
    closed: Callable[[str], object],
    text: Callable[[str], object] | None = None,
    namespaces: bool = False,
) -> None:
    """Read a UTF-8 document: `opened(tag, attributes)` at each element, `closed(tag)` at its end, `text` between tags.

    With `namespaces` a tag that has one is `namespace}name`; else it is as it is written. Raises
    ProtocolError for what is not well-formed, has a document type (so there are no entities but XML's own), or is
    beyond XML_BYTES, XML_DEPTH or XML_ELEMENTS.
    """
    if len(data) > XML_BYTES:
        raise ProtocolError(f"an XML document has {len(data)} bytes, more than {XML_BYTES}")
    reading = _Reading(opened, closed)
    parser = expat.ParserCreate(encoding="utf-8", namespace_separator="}" if namespaces else None)
    parser.buffer_text = True
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = reading.refuse
    parser.EntityDeclHandler = reading.refuse
    try:
        parser.Parse(data, True)  # noqa: FBT003 - expat takes it by position: this is the whole document
    except expat.ExpatError as error:
        raise ProtocolError(f"an XML document is broken: {error}") from error


def read_tree(data: bytes, *, namespaces: bool = False) -> Element:
    """The elements of a document without its comments, with names as `read_xml` gives them. Raises as it does."""
    builder = TreeBuilder()
    read_xml(data, opened=builder.start, closed=builder.end, text=builder.data, namespaces=namespaces)
    return builder.close()


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
            status = Status.XFAIL if attributes.get("type") == XFAIL else RESULTS[tag]
            case = msgspec.structs.replace(case, status=worse(case.status, status))
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


RANK = {status: rank for rank, status in enumerate(("PASSED", "XFAIL", "SKIPPED", "FAILED", "ERROR"))}

UNITTEST = re.compile(r"(\S+) \(([\w.<>]+)\)\Z")

NOT_XML = re.compile("[^\t\n\r -~\x80-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

INVOCATION = re.compile(r"[(\[{]")


def worse(one: Status, other: Status) -> Status:
    """Give the status that speaks more against a test: ERROR, FAILED, SKIPPED, XFAIL, PASSED."""
    return max(one, other, key=lambda status: RANK[status])


def unittest_names(printed: str) -> tuple[str, ...]:
    """Give the names of a test that unittest prints as `test_b (pkg.TestA.test_b)`: that, and `test_b (pkg.TestA)`."""
    found = UNITTEST.match(printed)
    if found and found[2].endswith(f".{found[1]}"):
        return printed, f"{found[1]} ({found[2].removesuffix(f'.{found[1]}')})"
    return (printed,)


def with_one_blank(name: str) -> str:
    """Write a name as parsers do that join its words: runs of white space become one blank."""
    return " ".join(name.split())


def under_required_names(statuses: Mapping[str, Status], required: Iterable[str]) -> dict[str, Status]:
    """Add the status of each required id that a log's parser gives only with its white space changed.

    An id that is reported as it is required keeps its own status.
    """
    changed = {test: with_one_blank(test) for test in required if test not in statuses}
    return {**statuses, **{test: statuses[name] for test, name in changed.items() if name in statuses}}


def junit_statuses(cases: Sequence[JunitCase], required: Sequence[str]) -> dict[str, Status]:
    """Give the status of each required id that the report has, the worst one where it has several cases for it.

    Ids have pytest's form (`tests/test_x.py::TestA::test_b[param]`), unittest's (`test_b (pkg.mod.TestA)`, also with
    the method behind the class) or Maven's (`pkg.Class.method`, `pkg.Class#method`, `Class#method`). An id of Maven's
    form without an invocation of its own, such as `[1]` or `(int)`, is all invocations of the method. An id of pytest's
    form that no case has is all cases whose names differ from it in white space alone. Two ids that JUnit cannot tell
    apart share their cases. Ids that the report lacks are not in the result.
    """
    exact: dict[tuple[str, str], Status] = {}
    methods: dict[tuple[str, str], Status] = {}
    blanks: dict[tuple[str, str], Status] = {}
    for case in cases:
        simple = case.classname.rpartition(".")[2]
        method = INVOCATION.split(case.name, maxsplit=1)[0]
        _note(exact, (case.classname, case.name), case.status)
        _note(blanks, (case.classname, with_one_blank(case.name)), case.status)
        for owner in {case.classname, f"#{simple}"}:
            _note(methods, (owner, method), case.status)
            _note(methods, (owner, case.name), case.status)
    statuses: dict[str, Status] = {}
    for test in required:
        for table, key in _keys(test, exact, methods, blanks):
            if key in table:
                statuses[test] = table[key]
                break
    return statuses


_Table = dict[tuple[str, str], Status]


def _note(table: _Table, key: tuple[str, str], status: Status) -> None:
    table[key] = worse(table.get(key, status), status)


def _keys(test: str, exact: _Table, methods: _Table, blanks: _Table) -> Iterator[tuple[_Table, tuple[str, str]]]:
    """Where a required id may be found, the surest place first."""
    found = UNITTEST.match(test)
    address, bracket, parameters = test.partition("[")
    if found:
        for name in reversed(unittest_names(test)):
            yield exact, (name.split(" (", 1)[1].removesuffix(")"), found[1])
    elif "::" in address:
        names = address.split("::")
        owner = ".".join([names[0].replace("/", ".").removesuffix(".py"), *names[1:-1]])
        owner, name = _as_xml(owner), _as_xml(f"{names[-1]}{bracket}{parameters}")
        yield exact, (owner, name)
        yield blanks, (owner, with_one_blank(name))
    elif "#" in address:
        owner, _, method = test.partition("#")
        yield exact, (owner, method)
        yield methods, (owner if "." in owner else f"#{owner}", method)
    else:
        owner, _, method = INVOCATION.split(test, maxsplit=1)[0].rpartition(".")
        method += test[len(owner) + 1 + len(method) :] if owner else ""
        yield exact, (owner, method)
        yield methods, (owner, method)


def _as_xml(text: str) -> str:
    """Write as pytest does what XML cannot hold."""
    return NOT_XML.sub(_as_number, text)


def _as_number(found: re.Match[str]) -> str:
    number = f"{ord(found[0]):02X}"
    return f"#x{number if len(number) == 2 else number.zfill(4)}"  # noqa: PLR2004 - two digits, or at least four
