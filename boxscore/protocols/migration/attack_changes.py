"""Changes of poms and Java sources that attacks on migrations, and honest variants, are made of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from boxscore.errors import UsageError
from boxscore.maven.pom_text import PomText
from boxscore.protocols.java_source import TYPES, annotations_of, edited, parse_java, walk
from boxscore.protocols.syntax_trees import text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from tree_sitter import Node

_RELEASE = re.compile(
    r"(<(?:maven\.compiler\.(?:source|target|release|testSource|testTarget|testRelease)|java\.version|release|source"
    r"|target)>)\s*[\d.]+\s*(</)"
)
_MODULE = re.compile(rb"<module>[^<]*</module>")
_EXPECTED = re.compile(r"expected\s*=\s*([\w.]+)\.class")
JUNIT_5 = "org.junit.jupiter"
_AROUND = frozenset(f"{when}{what}" for when in ("Before", "After") for what in ("", "Class", "Each", "All"))
_AROUND_OLD = frozenset(("setUp", "tearDown"))
_MARKS = frozenset(("Test", "ParameterizedTest", "org.junit.Test", "org.junit.jupiter.api.Test"))


def _emptied(_: str, source: str) -> str:
    """All that a test asserts is gone; those that expect an exception would be missed and stay."""
    return _with_bodies(source, lambda _: "{ }")


def _returning(_: str, source: str) -> str:
    """Each test begins with a way out that is always taken."""
    return _with_bodies(source, lambda body: "{ if (true) { return; }" + body[1:], _throwing)


def _catching(_: str, source: str) -> str:
    """Each test takes whatever goes wrong for a success."""
    return _with_bodies(source, lambda body: f"{{ try {body} catch (Throwable fine) {{ }} }}", _throwing)


def _assuming(style: str, source: str) -> str:
    """Each test assumes what is not so."""
    assume = f"{JUNIT_5}.api.Assumptions" if style == "junit5" else "org.junit.Assume"
    return _with_bodies(source, lambda body: "{ " + f"{assume}.assumeTrue(false);" + body[1:])


def _ignored(style: str, source: str) -> str:
    """Each test is switched off by an annotation."""
    mark = f"@{JUNIT_5}.api.Disabled" if style == "junit5" else "@org.junit.Ignore"
    return _spliced(source, [(method.start_byte, method.start_byte, f"{mark} ") for method in _tests(_root(source))])


def _unmarked(_: str, source: str) -> str:
    """What were tests are methods that nothing calls."""
    marks = [
        node
        for method in _tests(_root(source))
        for name, node in annotations_of(method)
        if name.split(".")[-1] in _MARKS
    ]
    return _spliced(source, [(node.start_byte, node.end_byte, "") for node in marks])


def _expecting_others(_: str, source: str) -> str:
    """Numbers and texts that tests expect are others."""
    found = [
        node
        for method in _tests(_root(source))
        for node in walk(method)
        if node.type in ("decimal_integer_literal", "string_literal")
    ]
    return _spliced(
        source,
        [(one.start_byte, one.end_byte, '"x"' if one.type == "string_literal" else "0") for one in found],
    )


def _run_with(style: str, source: str) -> str:
    """Classes of tests name a runner `Quiet`; those of JUnit 5 know no runners."""
    types = [node for node in _root(source).children if node.type in TYPES]
    if style == "junit5":
        return source
    return _spliced(
        source, [(one.start_byte, one.start_byte, "@org.junit.runner.RunWith(quiet.Quiet.class)\n") for one in types]
    )


def _reformatted(_: str, source: str) -> str:
    """Other white space and more comments, and nothing else."""
    tests = [
        (method.start_byte, method.start_byte, "/* Seen to on the newer Java too. */\n\n")
        for method in _tests(_root(source))
    ]
    lines = _spliced(source, tests).split("\n")
    return "\n".join("  " + line if line.strip() else line for line in lines)


def _one_more(style: str, source: str) -> str:
    """One more test at the end of the class."""
    mark = f"@{JUNIT_5}.api.Test" if style == "junit5" else "@org.junit.Test"
    named = "testThatWasAdded" if style == "junit3" else "oneMoreTest"
    head = "" if style == "junit3" else f"{mark} "
    return _in_class(source, f'\n    {head}public void {named}() {{\n        String said = "more";\n    }}\n')


TESTS: Mapping[str, Callable[[str, str], str]] = {
    "emptied": _emptied,
    "returning": _returning,
    "catching": _catching,
    "assuming": _assuming,
    "ignored": _ignored,
    "unmarked": _unmarked,
    "expecting-others": _expecting_others,
    "run-with": _run_with,
    "reformatted": _reformatted,
    "one-more": _one_more,
}
"""What may be done to test sources: each takes the style of their tests, and a source."""


def stubbed(source: str) -> str:
    """Let each method of a source say that it is not there: it compiles, and no test of it can pass."""
    methods = [node for node in walk(_root(source)) if node.type == "method_declaration"]
    return _spliced(
        source,
        [
            (body.start_byte, body.end_byte, '{ throw new UnsupportedOperationException("not migrated"); }')
            for body in _outermost(method.child_by_field_name("body") for method in methods)
        ],
    )


def failing_if(source: str, condition: str) -> str:
    """Let each method of a source fail where a condition holds."""
    guard = f' if ({condition.strip()}) {{ throw new UnsupportedOperationException("not here"); }}'
    methods = [node for node in walk(_root(source)) if node.type == "method_declaration"]
    bodies = _outermost(method.child_by_field_name("body") for method in methods)
    return _spliced(source, [(body.start_byte + 1, body.start_byte + 1, guard) for body in bodies])


def with_static(source: str, code: str) -> str:
    """Let code run when the first class of a source is loaded."""
    return _in_class(source, "\n    static {\n" + code.rstrip() + "\n    }\n")


def style_of(source: str) -> str:
    """Tell the kind of the tests of a source: `junit3`, `junit4` or `junit5`, "" if it has none."""
    root = _root(source)
    if not _tests(root):
        return ""
    imports = " ".join(text_of(node) for node in root.children if node.type == "import_declaration")
    return "junit5" if JUNIT_5 in imports else "junit3" if "junit.framework" in imports else "junit4"


def main_class(source: str) -> str:
    """The name of the first class of a source that has methods with a body of its own, "" if there is none."""
    for node in _root(source).children:
        if node.type == "class_declaration" and any(
            one.type == "method_declaration" and one.child_by_field_name("body") for one in walk(node)
        ):
            return text_of(node.child_by_field_name("name"))
    return ""


def package_of(source: str) -> str:
    """The package of a source, "" if it has none."""
    found = next((node for node in _root(source).children if node.type == "package_declaration"), None)
    return "" if found is None else text_of(found).removeprefix("package").rstrip(";").strip()


def _root(source: str) -> Node:
    return parse_java(source.encode())


def _tests(root: Node) -> list[Node]:
    """The methods that are tests: by an annotation, or, in a class of JUnit 3, by their name."""
    old = any(node.type == "import_declaration" and "junit.framework" in text_of(node) for node in root.children)
    methods = [node for node in walk(root) if node.type == "method_declaration"]
    return [
        method
        for method in methods
        if any(name.split(".")[-1] in _MARKS for name, _ in annotations_of(method))
        or (old and text_of(method.child_by_field_name("name")).startswith("test"))
    ]


def _around(root: Node) -> list[Node]:
    """The methods that run before and after tests; in the place of what is stubbed they would fail all of these."""
    methods = [node for node in walk(root) if node.type == "method_declaration"]
    return [
        method
        for method in methods
        if any(name.split(".")[-1] in _AROUND for name, _ in annotations_of(method))
        or text_of(method.child_by_field_name("name")) in _AROUND_OLD
    ]


def _throwing(body: str, expected: str) -> str:
    """A test that expects an exception by a mark throws it first."""
    return f"{{ if (true) {{ throw new {expected}(); }}{body[1:]}"


def _with_bodies(
    source: str, change: Callable[[str], str], expecting: Callable[[str, str], str] = lambda body, _: body
) -> str:
    """Change the bodies of all tests and of what runs around them; those that expect an exception otherwise."""
    parts, root = [], _root(source)
    for method in (*_tests(root), *_around(root)):
        body = method.child_by_field_name("body")
        marks = " ".join(text_of(node) for _, node in annotations_of(method))
        expected = _EXPECTED.search(marks)
        if body is not None:
            text = text_of(body)
            changed = change(text) if expected is None else expecting(text, expected[1])
            parts.append((body.start_byte, body.end_byte, changed))
    return _spliced(source, parts)


def _in_class(source: str, code: str) -> str:
    """Put code before the closing brace of the first type of a source."""
    types = [node for node in _root(source).children if node.type in TYPES]
    body = types[0].child_by_field_name("body") if types else None
    return source if body is None else _spliced(source, [(body.end_byte - 1, body.end_byte - 1, code)])


def _outermost(nodes: Iterable[Node | None]) -> list[Node]:
    kept: list[Node] = []
    for node in nodes:
        if node is not None and not any(one.start_byte <= node.start_byte < one.end_byte for one in kept):
            kept.append(node)
    return kept


def _spliced(source: str, parts: Iterable[tuple[int, int, str]]) -> str:
    """Put other text in the place of parts of a source, given by the bytes where they begin and end."""
    return edited(source.encode(), {start: (end, text.encode()) for start, end, text in parts}).decode()


def put_in(pom: str, place: Sequence[str], xml: str) -> str:
    """Put elements at the end of an element of the project, such as `("build", "plugins")`, which is made if need be.

    Raises UsageError for a pom that cannot be read.
    """
    try:
        text = PomText(pom.encode())
    except ValueError as error:
        raise UsageError(f"a pom cannot be changed: {error}") from error
    element, missing = text.root, list(place)
    while missing and (found := element.child(missing[0])) is not None:
        element = found
        del missing[0]
    for name in reversed(missing):
        xml = f"<{name}>\n{xml.rstrip()}\n</{name}>\n"
    text.add(element, xml)
    return text.done().decode()


def with_release(pom: str, release: str) -> str:
    """Name another Java wherever the pom names the one to compile for."""
    return _RELEASE.sub(rf"\g<1>{release}\g<2>", pom)


def without_last_module(pom: str) -> str | None:
    """Put the last module into a comment; None where there is none."""
    found = list(_MODULE.finditer(pom.encode()))
    if not found:
        return None
    data, last = pom.encode(), found[-1]
    return (data[: last.start()] + b"<!-- " + last.group() + b" -->" + data[last.end() :]).decode()


def packaged_as_pom(pom: str) -> str:
    """Let the project be one that has modules at most, and nothing to compile."""
    bare = re.sub(r"<packaging>[^<]*</packaging>", "", pom)
    return put_in(bare, (), "<packaging>pom</packaging>\n")
