"""Attacks on the *patch* protocol: templates that are made into patches of one instance.

A template is `instances/attacks/patch/<class>/<name>`; `docs/attacks.md` says what may stand in it. What it needs to
know of an instance (a file that the tests run, what a passing run prints) is found out in a box of its image.
"""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from msgspec import Struct

from boxscore.errors import UsageError
from boxscore.protocols.attacks import difference, read_texts
from boxscore.protocols.patch.admission import Refused
from boxscore.protocols.patch.diff import UnclearName, read_files
from boxscore.protocols.patch.tree import ORIGINAL, stage
from boxscore.resources import folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from boxscore.protocols.attacks import Attack
    from boxscore.protocols.patch.boxes import Boxes
    from boxscore.protocols.patch.task import PatchTask

RUNNERS = ("pytest", "unittest")
READ_BYTES = 8 << 20

_FILE = re.compile(r"^#> (.+)\n", re.MULTILINE)
_PART = re.compile(r"^#\+ (\w+)$", re.MULTILINE)
_PLACEHOLDER = re.compile(r"__(?:REPORT|LOG|XML|FAILING|PASSING|TESTS|TESTS_FOLDER|MODULE|MODULE_FOLDER)__")
_BUILD = "__BUILD__"
_BUILD_PROGRAM = re.compile(r"\bpython3? (?:-\S+ )*([\w./-]+\.py)\b")

_READ = """
import json, os, sys
request = json.load(sys.stdin.buffer)
found = {}
for path in request["paths"]:
    place = os.path.join(request["root"], path)
    if os.path.isfile(place):
        with open(place, encoding="utf-8", newline="") as file:
            found[path] = file.read()
print(json.dumps(found))
""".strip()


class Target(Struct, frozen=True, kw_only=True):
    """What is known of the instance under attack: its task, and the text of files of its tree.

    `before` holds those of the files that attacks write which are in the tree, `fixed` is the module under attack with
    the reference applied.
    """

    task: PatchTask
    before: Mapping[str, str]
    fixed: str


def why_not(task: PatchTask) -> str:
    """Say why there are no attacks on an instance, "" if there are."""
    if task.runner not in RUNNERS:
        return f"there are attacks for {' and '.join(RUNNERS)} alone"
    if task.reference is None:
        return "it has no reference to make honest controls of"
    if not any(path.endswith(".py") for path in _paths(task.reference)):
        return "its reference changes no Python file"
    if not any(path.endswith(".py") for path in _paths(task.test_patch)):
        return "its tests are in no Python file"
    return ""


def find_target(boxes: Boxes, task: PatchTask, attacks: Iterable[Attack]) -> Target:
    """Read in a box of the instance's image what attacks are made of. Raises UsageError where there are none."""
    if reason := why_not(task):
        raise UsageError(f"{task.image.name} cannot be attacked: {reason}")
    module = module_of(task)
    paths = {module} | {_place(path, task) for attack in attacks for path in _FILE.findall(attack.source)}
    with boxes.open(task) as box:
        before = read_texts(
            box, _READ, {"root": ORIGINAL, "paths": sorted(paths)}, task.limits, output_bytes=READ_BYTES
        )
        staged = stage(box, task, task.reference)
        if isinstance(staged, Refused):
            raise UsageError(f"the reference of {task.image.name} does not apply: {staged.reason}")
        fixed = read_texts(
            box, _READ, {"root": task.image.tree, "paths": [module]}, task.limits, output_bytes=READ_BYTES
        )
    return Target(task=task, before=before, fixed=fixed.get(module, ""))


def module_of(task: PatchTask) -> str:
    """The first Python file that the reference changes, which the tests surely run."""
    return next(path for path in _paths(task.reference or "") if path.endswith(".py"))


def tests_of(task: PatchTask) -> str:
    """The first Python file of the instance's tests."""
    return next(path for path in _paths(task.test_patch) if path.endswith(".py"))


def build_program(task: PatchTask) -> str | None:
    """Find the Python file of the tree that a build command runs; None if there is none."""
    found = _BUILD_PROGRAM.search("\n".join(task.build))
    return found[1] if found else None


def suits(attack: Attack, task: PatchTask) -> bool:
    """Whether an attack can be made on an instance: of its runner, and on a build where it has one."""
    if attack.runner not in (None, task.runner):
        return False
    return _BUILD not in attack.source or build_program(task) is not None


def render_patch(attack: Attack, target: Target) -> str:
    """Make a patch of an attack."""
    if attack.is_diff:
        return attack.source
    text = _PART.sub(lambda found: _part(found[1], target.task), attack.source)
    text = _PART.sub(lambda found: _part(found[1], target.task), text)  # parts of parts
    first, *others = _FILE.split(text)
    files = dict(zip((_place(path, target.task) for path in others[::2]), others[1::2], strict=True))
    name = module_of(target.task)
    honest = attack.on_reference
    module = _filled(first, target.task) if first.strip() else ""
    patches = [_other_files(target)] if honest else []
    if module or honest:
        old = target.before.get(name)
        new = (target.fixed if honest else old) or ""
        patches.append(difference(name, old, _joined(new, module)))
    for path, body in files.items():
        patches.append(difference(path, target.before.get(path), _filled(body, target.task)))
    return "".join(patches)


def passing_log(task: PatchTask) -> str:
    """What a run in which all required tests pass prints of them."""
    required = (*task.fail_to_pass, *task.pass_to_pass)
    if task.runner == "unittest":
        return "".join(f"{test} ... ok\n" for test in required) + f"\nRan {len(required)} tests in 0.1s\n\nOK\n"
    return "".join(f"PASSED {test}\n" for test in required)


def passing_report(task: PatchTask) -> str:
    """The JUnit report of a run in which all required tests pass."""
    cases = []
    for test in (*task.fail_to_pass, *task.pass_to_pass):
        path, *names = test.partition("[")[0].split("::")
        owner = ".".join([path.removesuffix(".py").replace("/", "."), *names[:-1]])
        name = "".join([*names[-1:], *test.partition("[")[1:]])
        cases.append(f"<testcase classname={quoteattr(owner)} name={quoteattr(name)}/>")
    return f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>"


def _part(name: str, task: PatchTask) -> str:
    root = folder("instances") / "attacks" / "patch" / "parts"
    places = (root / f"{name}-{task.runner}.py", root / f"{name}.py")
    return next(place for place in places if place.is_file()).read_text(encoding="utf-8").rstrip("\n")


def _filled(text: str, task: PatchTask) -> str:
    """Put what is known of the instance in the place of the placeholders, as literals of Python."""
    values: dict[str, object] = {
        "__REPORT__": task.report,
        "__LOG__": passing_log(task),
        "__XML__": passing_report(task),
        "__FAILING__": _names(task.fail_to_pass),
        "__PASSING__": _names(task.pass_to_pass),
        "__TESTS__": tests_of(task),
        "__TESTS_FOLDER__": _folder(tests_of(task)),
        "__MODULE__": module_of(task),
        "__MODULE_FOLDER__": _folder(module_of(task)),
    }
    return _PLACEHOLDER.sub(lambda found: repr(values[found.group()]), text)


def _names(tests: Sequence[str]) -> tuple[str, ...]:
    """The names of the functions that ids stand for."""
    return tuple(dict.fromkeys(re.split(r"[\[ ]", test)[0].rpartition("::")[2] for test in tests))


def _folder(path: str) -> str:
    parent = str(PurePosixPath(path).parent)
    return "" if parent == "." else f"{parent}/"


def _place(path: str, task: PatchTask) -> str:
    """The path of a file of a template."""
    known = {
        _BUILD: build_program(task) or _BUILD,
        "__TESTS_FOLDER__": _folder(tests_of(task)),
        "__MODULE_FOLDER__": _folder(module_of(task)),
    }
    for name, value in known.items():
        path = path.replace(name, value)
    return path


def _joined(old: str, more: str) -> str:
    return old if not more else f"{old}\n{more}" if old.endswith("\n") or not old else f"{old}\n\n{more}"


def _paths(patch: str) -> list[str]:
    """The files that a patch leaves, each under its new name, and those that it removes."""
    paths = []
    with suppress(UnclearName):  # with which no patch is admitted
        for part in read_files(patch):
            paths += part.paths[-1:]
    return paths


def _other_files(target: Target) -> str:
    """The reference's changes of all files but the module."""
    parts = re.split(r"^(?=diff --git )", target.task.reference or "", flags=re.MULTILINE)
    return "".join(part for part in parts if part.strip() and _paths(part)[:1] != [module_of(target.task)])
