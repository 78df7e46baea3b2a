"""What verdicts hang on: the lists of our own sources that decide, and what changes their hash."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

import boxscore
from boxscore import resources
from boxscore.flags.rules import RULES
from boxscore.protocols.function.version import FUNCTION, version_with
from boxscore.protocols.migration import version as migration
from boxscore.protocols.migration.version import MIGRATION
from boxscore.protocols.migration.version import PROGRAMS as MIGRATION_PROGRAMS
from boxscore.protocols.patch import version as patch
from boxscore.protocols.patch.version import PATCH, PROGRAMS
from boxscore.protocols.program.version import PROGRAM
from boxscore.protocols.project.version import PROJECT
from boxscore.protocols.registry import protocol_named
from boxscore.protocols.sent import Sent, sent
from boxscore.protocols.syscall_filter import candidate_filters
from boxscore.protocols.unittest.version import UNITTEST
from boxscore.protocols.versions import BACKENDS, NOT_HASHED, SHARED, texts_version
from boxscore.protocols.warm import (
    BOOT,
    DEVICES,
    MODULES,
    PRELOAD,
    PROGRAM_MODULES,
    READABLE,
    UNITTEST_MODULES,
    sandbox_sources,
)
from boxscore.protocols.web.version import WEB

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

PACKAGE = Path(boxscore.__file__).parent
LISTS = {"protocols/function/grader.py": FUNCTION, "protocols/patch/grader.py protocols/patch/boxes.py": PATCH}
LISTS |= {"protocols/migration/grader.py protocols/patch/boxes.py": MIGRATION}
LISTS |= {"protocols/program/grader.py": PROGRAM, "protocols/unittest/grader.py": UNITTEST}
LISTS |= {"protocols/project/grader.py": PROJECT, "protocols/web/grader.py": WEB}
LISTS |= {f"boxes/{name}/backend.py": files for name, files in BACKENDS.items()}
# These serve agents, and no sample is graded by them: `seal` proves an agent's box, `relay` is its only way out,
# and `work_tree` writes down its patch, which is the sample and not its verdict.
FOR_AGENTS = {"relay", "seal", "work_tree"}
SOURCE = '"""Says what."""\n\nLIMIT = 3  # why\n\n\ndef f(x: int) -> int:\n    """Do it."""\n    return x + LIMIT\n'


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A cache of the test's own."""
    monkeypatch.setenv("BOXSCORE_CACHE", str(tmp_path))


def running(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a module but for what only a type checker reads."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        yield node
        yield from running(node)


def imports(name: str) -> set[str]:
    """The modules of the package that a module imports, wherever in it that stands."""
    found = set()
    for node in running(ast.parse((PACKAGE / name).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "boxscore":
            place = PACKAGE.parent.joinpath(*(node.module or "").split("."))
            for one in node.names:
                module = place / one.name
                within = (
                    *(module.with_suffix(".py"), module / "__init__.py"),
                    *(place.with_suffix(".py"), place / "__init__.py"),
                )
                found.add(next(path for path in within if path.exists()).relative_to(PACKAGE).as_posix())
    return found


@pytest.mark.parametrize("start", LISTS)
def test_every_import_is_in_a_list(start: str) -> None:
    """What a protocol or a backend imports, and what that imports, decides or is named with why it does not."""
    decides, seen, waiting = LISTS[start], set(), start.split()
    while waiting:
        name = waiting.pop()
        if name not in seen and name in decides:
            waiting += imports(name)
        seen.add(name)

    assert [name for name in sorted(seen) if name not in decides and name not in NOT_HASHED] == []


def test_everything_named_is_there() -> None:
    """The lists hold no module that has gone."""
    named = {*NOT_HASHED, *(name for files in LISTS.values() for name in files)}

    assert [name for name in sorted(named) if not (PACKAGE / name).is_file()] == []


def test_every_program_for_a_box_is_in_a_version() -> None:
    """What runs inside boxes is sent as a module, is a program of the patch protocol's own, or decides no verdict."""
    names = {path.stem for path in resources.folder("sandbox").glob("*.py")}
    decides = {
        *MODULES,
        *PROGRAM_MODULES,
        *UNITTEST_MODULES,
        *(Path(name).stem for name in (*PROGRAMS, *MIGRATION_PROGRAMS)),
    }

    assert sorted(name for name in names - decides - FOR_AGENTS if not name.startswith("tree")) == []
    assert sorted(FOR_AGENTS - names) == []
    assert sorted(FOR_AGENTS & decides) == []


@pytest.mark.parametrize(
    "changed",
    [
        SOURCE.replace("Says what", "Says it better"),
        SOURCE.replace("Do it.", "Do it well."),
        SOURCE.replace("# why", "# why so"),
        SOURCE.replace("x + LIMIT", "(x +\n        LIMIT)"),
    ],
)
def test_words_and_layout_change_nothing(changed: str) -> None:
    """Docstrings, comments and layout decide no verdict."""
    assert changed != SOURCE
    assert texts_version((("a.py", SOURCE),)) == texts_version((("a.py", changed),))


@pytest.mark.parametrize(
    "changed",
    [
        SOURCE.replace("= 3", "= 4"),
        SOURCE.replace("= 3", "= 3.0"),
        SOURCE.replace("= 3", "= True"),
        SOURCE.replace("x + LIMIT", "x - LIMIT"),
        SOURCE.replace("x: int", "x: str"),
        SOURCE.replace("    return", "    'text'\n    return"),
        SOURCE + "f(1)\n",
    ],
)
def test_code_and_constants_change_the_version(changed: str) -> None:
    """Whatever runs may decide."""
    assert texts_version((("a.py", SOURCE),)) != texts_version((("a.py", changed),))


def test_a_docstring_alone_is_a_body_still() -> None:
    """A function of which nothing but words is left is hashed."""
    words = 'def f():\n    """Nothing."""\n'

    assert texts_version((("a.py", words),)) == texts_version((("a.py", words.replace("Nothing", "None")),))


def test_a_damaged_hash_in_the_cache_is_made_again(tmp_path: Path) -> None:
    """A kept hash is believed only if it is one, and was not changed."""
    version = texts_version((("a.py", SOURCE),))
    (kept,) = (tmp_path / "versions").iterdir()
    found = []
    for damaged in (b"\xff" * 32, kept.read_bytes()[:-1] + (b"0" if version[-1] != "0" else b"1")):
        kept.write_bytes(damaged)
        found.append(texts_version((("a.py", SOURCE),)))

    assert found == [version, version]


SENT = sent()


@pytest.mark.parametrize(
    "other",
    [
        replace(SENT, programs=(*SENT.programs[:-1], ("boot", SENT.programs[-1][1] + "x = 1\n"))),
        replace(SENT, programs=(("plain", SENT.programs[0][1] + "x = 1\n"), *SENT.programs[1:])),
        replace(SENT, filters=SENT.filters | {"x86_64": SENT.filters["x86_64"][:-8]}),
        replace(SENT, preload=SENT.preload[1:]),
        replace(SENT, readable=SENT.readable[1:]),
        replace(SENT, devices=SENT.devices[1:]),
    ],
)
def test_all_that_is_sent_is_in_the_version_of_functions(other: Sent) -> None:
    """Another program, filter, preloaded module, readable folder or device is another version."""
    assert version_with("docker", other) != version_with("docker", SENT)


def test_what_is_hashed_is_what_is_sent() -> None:
    """The filters that are hashed are the programs that candidates run under, and so with all else."""
    assert SENT.filters == candidate_filters()
    assert (SENT.preload, SENT.readable, SENT.devices) == (PRELOAD, READABLE, DEVICES)
    assert SENT.programs == (*sandbox_sources(), ("boot", BOOT))


@pytest.mark.parametrize("protocol", [migration, patch])
def test_rules_of_flags_are_in_the_version(
    protocol: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """They deny `watched`."""
    before = protocol.version.__wrapped__("docker")
    (tmp_path / "rules.toml").write_text(RULES.read_text("utf-8") + "\n", "utf-8")
    monkeypatch.setattr(protocol, "RULES", tmp_path / "rules.toml")

    assert protocol.version.__wrapped__("docker") != before


def test_protocols_do_not_share_a_version() -> None:
    """A module of functions is no part of the version of patches, nor the other way round, but for what all share."""
    assert set(FUNCTION) & set(PATCH) == set(SHARED)
    assert protocol_named("function").version("local") != protocol_named("patch").version("local")
    assert protocol_named("patch").version("docker") != protocol_named("patch").version("local")
