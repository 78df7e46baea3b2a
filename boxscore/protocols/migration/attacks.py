"""Attacks on the *migration* protocol: templates that are made into patches of one instance.

A template is `instances/attacks/migration/<class>/<name>.template`; `docs/attacks.md` says what may stand in it. What
it needs to know of an instance, its poms and sources before and after the reference, is read in a box of its image.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING
from xml.etree.ElementTree import SubElement, tostring

from msgspec import Struct

from boxscore.errors import ProtocolError, UsageError
from boxscore.protocols.attacks import difference, sections_of
from boxscore.protocols.contract import Trial
from boxscore.protocols.java_source import TYPES, edited, package_of, parse_java, walk
from boxscore.protocols.migration.builds import read_tree
from boxscore.protocols.patch.admission import Refused
from boxscore.protocols.patch.logs.junit import read_tree as read_elements
from boxscore.protocols.patch.test_files import PathRules
from boxscore.protocols.patch.tree import ORIGINAL, Place, put_patch
from boxscore.protocols.syntax_trees import text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tree_sitter import Node

    from boxscore.boxes.contract import Box
    from boxscore.protocols.attacks import Attack
    from boxscore.protocols.migration.task import MigrationTask
    from boxscore.protocols.patch.boxes import Boxes
    from boxscore.records import Limits

    Tree = dict[str, str | None]

NO_RULES = PathRules(
    allowed=(), paths=(), folders=(), names=(), patterns=(), parts=(), sources=(), modules=(), roots=(), sites=()
)

_PLACEHOLDER = re.compile(r"__(MODULE|PACKAGE_PATH|PACKAGE|CLASS|MAIN|TEST_NAMES|TEST|RELEASE)__")
_RELEASE = re.compile(
    r"(<(?:maven\.compiler\.(?:source|target|release|testSource|testTarget|testRelease)|java\.version|release|source"
    r"|target)>)\s*[\d.]+\s*(</)"
)
_MODULE = re.compile(r"<module>[^<]*</module>")
_POM = "pom.xml"


class Target(Struct, frozen=True, kw_only=True):
    """What is known of the instance under attack: its task, and its text files before and after the reference."""

    task: MigrationTask
    before: Mapping[str, str]
    migrated: Mapping[str, str]


class NotSuited(Exception):  # noqa: N818 - what it says of an attack
    """An attack cannot be made on this instance."""


class Names(Struct, frozen=True, kw_only=True):
    """What placeholders stand for: a class that the tests run, where it is, and the test class of its name.

    `module` is the folder of its module with a slash behind it, "" for the root. `main` and `test` are paths.
    """

    module: str
    package: str
    cls: str
    main: str
    test: str


def why_not(task: MigrationTask) -> str:
    """Say why there are no attacks on an instance, "" if there are."""
    return "" if task.reference is not None else "it has no reference to make honest controls of"


def find_target(boxes: Boxes, task: MigrationTask) -> Target:
    """Read in a box of the instance's image what attacks are made of. Raises UsageError where there are none."""
    if reason := why_not(task):
        raise UsageError(f"{task.image.name} cannot be attacked: {reason}")
    with boxes.open(task) as box:
        before = read_texts(box, ORIGINAL, task.limits)
        place = Place(tree=task.image.tree, links=task.image.links, rules=NO_RULES)
        put = put_patch(box, task, place, task.reference)
        if isinstance(put, Refused):
            raise UsageError(f"the reference of {task.image.name} does not apply: {put.reason}")
        migrated = read_texts(box, task.image.tree, task.limits)
    target = Target(task=task, before=before, migrated=migrated)
    names_of(target)
    return target


def read_texts(box: Box, root: str, limits: Limits) -> dict[str, str]:
    """The text files of a tree. Raises as `read_tree` does."""
    found = {}
    for path, data in read_tree(box, root, limits).files.items():
        with suppress(UnicodeDecodeError):
            found[path] = data.decode()
    return found


def names_of(target: Target) -> Names:
    """Find a class that the tests surely run: one that a test is named after. Raises UsageError where there is none."""
    for path, text in target.migrated.items():
        head, inside, rest = path.rpartition("src/main/java/")
        stem = rest.removesuffix(".java")
        test = f"{head}src/test/java/{stem}Test.java"
        cls = main_class(text) if inside and path.endswith(".java") and test in target.migrated else ""
        if cls and cls == stem.rpartition("/")[2]:
            return Names(module=head, package=package_of(_root(text)).rstrip("."), cls=cls, main=path, test=test)
    raise UsageError(f"{target.task.image.name} cannot be attacked: no class of it has a test of its name")


def trials(target: Target, attacks: Iterable[Attack]) -> Iterator[Trial]:
    """Make patches of those attacks that can be made on an instance."""
    for attack in attacks:
        with suppress(NotSuited):
            yield Trial(attack=attack, code=render_migration(attack, target))


def render_migration(attack: Attack, target: Target) -> str:
    """Make a patch of an attack. Raises NotSuited where it cannot be made on this instance."""
    tree = tree_of(attack, target)
    return "".join(difference(path, target.before.get(path), now) for path, now in sorted(tree.items()))


def tree_of(attack: Attack, target: Target) -> Tree:
    """Make the files of an attack: texts, None for those that are removed."""
    names = names_of(target)
    tree: Tree = dict(target.migrated if attack.on_reference else target.before)
    for kind, argument, body in sections_of(attack, attack.source):
        wanted, text = _filled(argument, target, names), _filled(body, target, names)
        if kind == ">":
            tree[wanted] = text
        elif kind == "-":
            tree[wanted] = None
        else:
            _change(tree, wanted.split(), text, names)
    return tree


def _change(tree: Tree, words: list[str], text: str, names: Names) -> None:
    """Make one of the changes that `docs/attacks.md` lists."""
    match words:
        case ["pom", *place]:
            tree[_POM] = put_in(_text(tree, _POM), tuple(place), text)
        case ["release", number]:
            for path in [path for path in tree if path.rpartition("/")[2] == _POM]:
                tree[path] = _RELEASE.sub(rf"\g<1>{number}\g<2>", _text(tree, path))
        case ["without-module"]:
            tree[_POM] = without_last_module(_text(tree, _POM))
        case ["stubbed"]:
            tree[names.main] = stubbed(_text(tree, names.main))
        case ["static"]:
            tree[names.main] = with_static(_text(tree, names.main), text)
        case _:
            raise UsageError(f"there is no change {' '.join(words)!r} of a project; docs/attacks.md lists them")


def _text(tree: Mapping[str, str | None], path: str) -> str:
    text = tree.get(path)
    if text is None:
        raise NotSuited
    return text


def _filled(text: str, target: Target, names: Names) -> str:
    """Put what is known of the instance in the place of the placeholders."""
    tests = target.task.tests or ()
    values = {
        "MODULE": names.module,
        "PACKAGE": names.package,
        "PACKAGE_PATH": names.package.replace(".", "/"),
        "CLASS": names.cls,
        "MAIN": names.main,
        "TEST": names.test,
        "RELEASE": str(target.task.release),
        "TEST_NAMES": ", ".join(f'"{test.partition(":")[2]}"' for test in tests),
    }
    return _PLACEHOLDER.sub(lambda found: values[found[1]], text)


def put_in(pom: str, place: Sequence[str], xml: str) -> str:
    """Put elements at the end of an element of the project, such as `("build", "plugins")`, which is made if need be.

    Raises UsageError for a pom that cannot be read.
    """
    try:
        root = element = read_elements(pom.encode())
    except ProtocolError as error:
        raise UsageError(f"a pom cannot be changed: {error}") from error
    for name in place:
        found = element.find(name)
        element = SubElement(element, name) if found is None else found
    element.extend(read_elements(f"<project>{xml}</project>".encode()))
    return tostring(root, encoding="unicode")


def without_last_module(pom: str) -> str:
    """Put the last module into a comment. Raises NotSuited where there is none."""
    found = list(_MODULE.finditer(pom))
    if not found:
        raise NotSuited
    return f"{pom[: found[-1].start()]}<!-- {found[-1].group()} -->{pom[found[-1].end() :]}"


def stubbed(source: str) -> str:
    """Let each method of a source say that it is not there: it compiles, and no test of it can pass."""
    parts: list[tuple[int, int, str]] = []
    for node in walk(_root(source)):
        body = node.child_by_field_name("body") if node.type == "method_declaration" else None
        if body is not None and not any(start <= body.start_byte < end for start, end, _ in parts):
            parts.append((body.start_byte, body.end_byte, '{ throw new UnsupportedOperationException("stub"); }'))
    return _spliced(source, parts)


def with_static(source: str, code: str) -> str:
    """Let code run when the first class of a source is loaded."""
    types = [node for node in _root(source).children if node.type in TYPES]
    body = types[0].child_by_field_name("body") if types else None
    if body is None:
        return source
    end = body.end_byte - 1
    return _spliced(source, [(end, end, "\n    static {\n" + code.rstrip() + "\n    }\n")])


def main_class(source: str) -> str:
    """The name of the first class of a source that has methods with a body of its own, "" if there is none."""
    for node in _root(source).children:
        if node.type == "class_declaration" and any(
            one.type == "method_declaration" and one.child_by_field_name("body") for one in walk(node)
        ):
            return text_of(node.child_by_field_name("name"))
    return ""


def _root(source: str) -> Node:
    return parse_java(source.encode())


def _spliced(source: str, parts: Iterable[tuple[int, int, str]]) -> str:
    """Put other text in the place of parts of a source, given by the bytes where they begin and end."""
    return edited(source.encode(), {start: (end, text.encode()) for start, end, text in parts}).decode()
