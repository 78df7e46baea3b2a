"""Hide the expected values of test suites of others, and see whether their tests still come to the same.

    bench/blind.py --archives DIR [--out DIR] [--python PYTHON] [--objects] [SUITE ...]

DIR holds source archives as PyPI has them (`pip download --no-deps --no-binary NAME NAME==VERSION`); a suite without
one there is left out. Each is unpacked and installed with what its tests need in an environment of its own below --out,
outside of the project. Every test that passes twice counts as FAIL_TO_PASS, and no old code answers. Then the values of
its test files are hidden as they are before a patch is graded, but in a copied folder in place of a box. Of each suite:

    tests       ids that were reported twice alike, and how many of them came to the same with what is hidden at last
    hidden      values that were hidden, and those of them that had to be put back
    functions   test functions; the share with a hidden value, and with 10 or more bits to guess
    cpu_s       of a plain run (the least of two) and of a blinded one, with all processes

Exits with 1 if a test came to something else. With --objects, expressions that make an object are hidden too.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when run as a script beside an installed boxscore

from boxscore.protocols.blind.language import Python
from boxscore.protocols.blind.learn import BlindRun, Learner, SuiteFacts
from boxscore.protocols.blind.observations import Observations, read_observations
from boxscore.protocols.blind.secrecy import LEAST, Secret, bits
from boxscore.protocols.patch.blind.run import PLACE
from boxscore.protocols.statuses import Status
from boxscore.records import LimitName

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from boxscore.protocols.blind.evidence import BlindTests

RUN_S = 900.0
PLUGIN = """
import json, os

OUTCOMES = os.environ["OUTCOMES"]  # which a test may take away

def pytest_runtest_logreport(report):
    word = "SKIPPED" if report.skipped else "PASSED" if report.passed else "FAILED"
    if hasattr(report, "wasxfail"):
        word = "XFAIL"
    if report.when == "call" or word != "PASSED":
        if report.when != "call" and word == "FAILED":
            word = "ERROR"
        with open(OUTCOMES, "a") as file:
            file.write(json.dumps([report.nodeid, word]) + "\\n")
"""
ORDER = [Status.PASSED, Status.XFAIL, Status.SKIPPED, Status.FAILED, Status.ERROR]  # the last one counts


class Suite(NamedTuple):
    """What is run of a project's tests: arguments of pytest, and what it needs beside what the project asks for."""

    arguments: tuple[str, ...] = ("tests",)
    needs: tuple[str, ...] = ()


SYMPY = (
    *("core/tests/test_expr.py", "core/tests/test_numbers.py", "core/tests/test_function.py"),
    *("core/tests/test_basic.py", "printing/tests/test_str.py", "printing/tests/test_latex.py"),
    *("printing/tests/test_pycode.py", "printing/tests/test_repr.py", "utilities/tests/test_iterables.py"),
    *("parsing/tests/test_sympy_parser.py", "sets/tests/test_sets.py"),
)
SPHINX = (
    *("domain_py", "domain_js", "domain_std", "domain_cpp", "util", "util_inspect", "util_typing", "markup", "search"),
    *("ext_napoleon_docstring", "pycode_parser", "pycode_ast", "ext_autodoc", "ext_autosummary", "config"),
)
PYTEST = (
    *("test_mark.py", "test_mark_expression.py", "python/raises.py", "python/approx.py", "python/metafunc.py"),
    *(
        "test_assertion.py",
        "test_recwarn.py",
        "test_monkeypatch.py",
        "code",
        "io",
        "test_skipping.py",
        "test_pathlib.py",
    ),
)
SUITES = {
    "more_itertools": Suite(),
    "packaging": Suite(  # without functions of more than 5,000 rows, which take most of its time
        ("tests", "-k", "not (test_version and test_comparison) and not test_basic_valid_requirement_parsing"),
        ("pretend", "tomli_w"),
    ),
    "attrs": Suite(("tests", "--ignore=tests/test_mypy.yml"), ("hypothesis", "cloudpickle", "pympler")),
    "marshmallow": Suite(("tests", "--ignore=tests/mypy_test_cases"), ("simplejson",)),
    "click": Suite(),
    "flask": Suite(needs=("python-dotenv", "asgiref")),
    "jinja2": Suite(needs=("trio",)),
    "werkzeug": Suite(
        ("tests", "--ignore=tests/test_serving.py"),
        ("ephemeral-port-reserve", "pytest-timeout", "pytest-xprocess", "cryptography", "watchdog", "cffi"),
    ),
    "itsdangerous": Suite(needs=("freezegun",)),
    "sqlparse": Suite(),
    "tomlkit": Suite(needs=("pyyaml",)),
    "boltons": Suite(),
    "requests": Suite(
        ("tests", "-k", "not Timeout and not Preparing and not unreach and not refused"),
        ("pytest-httpbin", "pytest-mock", "PySocks", "trustme", "setuptools<81"),
    ),
    "astroid": Suite(needs=("setuptools<70", "numpy<2")),
    "arrow": Suite(("tests", "-o", "addopts="), ("pytest-mock", "pytz", "simplejson", "dateparser")),
    "markdown": Suite(
        ("tests/test_syntax", "tests/test_apis.py", "-o", "python_files=test_*.py"), ("pyyaml", "pygments")
    ),
    "pyparsing": Suite(("tests/test_unit.py",), ("railroad-diagrams", "jinja2", "matplotlib")),
    "sympy": Suite(tuple(f"sympy/{name}" for name in SYMPY)),
    "sphinx": Suite(tuple(f"tests/test_{name}.py" for name in SPHINX), ("html5lib", "docutils<0.21", "setuptools<81")),
    "pytest": Suite(
        (*(f"testing/{name}" for name in PYTEST), "-o", "addopts=-p pytester"),
        ("hypothesis", "xmlschema", "attrs", "mock", "nose", "pygments", "requests", "argcomplete", "setuptools"),
    ),
}


class Found(NamedTuple):
    """What one suite showed; shares are of `functions`."""

    suite: str
    tests: int
    same: int
    differ: list[str]
    hidden: int
    put_back: int
    functions: int
    any_hidden: float
    ten_bits: float
    plain_s: float
    blind_s: float
    reason: str


class Folder:
    """Runs a suite's tests in a copy of its tree, in place of a box; the numbers that each run hides are kept."""

    def __init__(self, tree: Path, python: Path, arguments: Sequence[str]) -> None:
        self._tree, self._python, self._arguments = tree, python, arguments
        self.hid: list[frozenset[int]] = []
        self.cpu_s = 0.0

    def run(self, files: Sequence[tuple[str, str]], _required: Sequence[str]) -> BlindRun:
        """Run the tests with files in place of those of the tree."""
        self.hid.append(frozenset(int(found) for _, text in files for found in re.findall(r"\.hidden\((\d+)\)", text)))
        scratch = self._tree.parent / "box"  # always the same, as in a box
        shutil.rmtree(scratch, ignore_errors=True)
        tree, sent = scratch / "tree", scratch / "sent.jsonl"
        shutil.copytree(self._tree, tree, symlinks=True)
        for path, text in files:
            (tree / path).write_bytes(text.replace(PLACE, str(sent)).encode())
        statuses, limit = self._pytest(tree, scratch)
        observations = read_observations(sent.read_bytes() if sent.exists() else b"")
        return BlindRun(statuses=statuses, observations=observations, whole=limit is None)

    def _pytest(self, tree: Path, scratch: Path) -> tuple[dict[str, Status], LimitName | None]:
        (scratch / "outcomes_plugin.py").write_text(PLUGIN)
        outcomes = scratch / "outcomes.jsonl"
        places = [str(scratch), str(tree / "src"), str(tree)]
        environment = {
            **os.environ,
            "OUTCOMES": str(outcomes),
            "PYTHONPATH": os.pathsep.join(places),
            "PYTHONDONTWRITEBYTECODE": "1",
            "TMPDIR": str(scratch),
        }
        command = [str(self._python), "-m", "pytest", "-q", "-p", "outcomes_plugin", "-p", "no:cacheprovider"]
        command += ["-p", "no:randomly", "--continue-on-collection-errors", *self._arguments]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        limit = None
        with (self._tree.parent / "last.log").open("wb") as log:
            try:
                subprocess.run(command, cwd=tree, env=environment, timeout=RUN_S, stdout=log, stderr=log, check=False)
            except subprocess.TimeoutExpired:
                limit = LimitName.WALL
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return _statuses(outcomes), limit


def _statuses(outcomes: Path) -> dict[str, Status]:
    found = dict[str, Status]()
    for line in outcomes.read_text().splitlines() if outcomes.exists() else ():
        test, word = json.loads(line)
        found[test] = max(Status(word), found.get(test, Status.PASSED), key=ORDER.index)
    return found


def suite_of(tests: Iterable[str]) -> SuiteFacts:
    """What is to be known of tests that are all required."""
    return SuiteFacts(required=tuple(tests), failing=tuple(tests), place=PLACE)


def measure(name: str, folder: Folder, tree: Path, *, objects: bool) -> Found:
    """Run a suite plain, learn what can be hidden in it, and run it so."""
    plain = [(folder.run((), ()).statuses, folder.cpu_s) for _ in range(2)]
    stable = {test: status for test, status in plain[0][0].items() if plain[1][0].get(test) is status}
    passing = [test for test, status in stable.items() if status is Status.PASSED]
    files = _test_files(tree, stable)
    folder.hid.clear()
    learner = Learner(suite_of(passing), files, stable, language=Python(marks_reached=False))  # as nothing ran
    tests = learner.learn_with(folder.run, _no_answers, objects=objects).tests
    blind = tests.original_names(folder.run(tests.files, ()).statuses)
    differ = [test for test, status in stable.items() if blind.get(test) is not status]
    own = [(path, name, first, last) for path in files for name, first, last in _functions(ast.parse(files[path]))]
    functions = {f"{path}::{name}" for path, name, *_ in own} & {test.partition("[")[0] for test in passing}
    worth = [found for function, found in _worth(tests, own).items() if function in functions]
    return Found(
        suite=name,
        tests=len(stable),
        same=len(stable) - len(differ),
        differ=differ,
        hidden=len(folder.hid[0]),
        put_back=len(folder.hid[0] - folder.hid[-1]),
        functions=len(functions),
        any_hidden=len(worth) / max(1, len(functions)),
        ten_bits=sum(found >= LEAST for found in worth) / max(1, len(functions)),
        plain_s=min(cpu_s for _, cpu_s in plain),
        blind_s=folder.cpu_s,
        reason=tests.reason,
    )


def _no_answers(_files: Sequence[tuple[str, str]], _required: Sequence[str]) -> BlindRun:
    return BlindRun(statuses={}, observations=Observations())


def _test_files(tree: Path, tests: Iterable[str]) -> dict[str, str]:
    paths = sorted({test.partition("::")[0] for test in tests})
    return {path: (tree / path).read_bytes().decode() for path in paths if path.endswith(".py")}


def _worth(tests: BlindTests, functions: Iterable[tuple[str, str, int, int]]) -> dict[str, float]:
    """The bits to guess in each function that holds a hidden value, as ids name it."""
    found: dict[str, list[Secret]] = {}
    for path, name, first, last in functions:
        for one in tests.hidden:
            if one.path == path and first <= one.line <= last:
                found.setdefault(f"{path}::{name}", []).append(one.secret)
    return {function: bits(secrets) for function, secrets in found.items()}


def _functions(node: ast.AST, around: str = "") -> Iterator[tuple[str, int, int]]:
    """Names of functions, behind those of their classes, with the lines from their first decorator to their end."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            yield from _functions(child, f"{around}{child.name}::")
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([child.lineno, *(one.lineno for one in child.decorator_list)])
            yield f"{around}{child.name}", first, child.end_lineno or child.lineno


def prepare(name: str, suite: Suite, archive: Path, out: Path, python: str) -> tuple[Path, Path]:
    """Unpack an archive and make the environment of its tests; give the tree and the environment's Python."""
    home = out / name
    tree, bin_folder = home / "tree", home / "environment" / "bin"
    if not (home / "ready").exists():
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        with tarfile.open(archive) as packed:
            packed.extractall(home / "unpacked", filter="data")
        next((home / "unpacked").iterdir()).rename(tree)
        subprocess.run([python, "-m", "venv", str(home / "environment")], check=True)
        needs = [*suite.needs] if name == "pytest" else ["pytest<9", "pytest-timeout", *suite.needs]
        install = [str(bin_folder / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, *needs, str(tree)], check=True)
        (home / "ready").touch()
    return tree, bin_folder / "python"


def _archive(folder: Path, name: str) -> Path | None:
    found = re.compile(rf"{name}-(\d[\w.]*)\.tar\.gz", re.IGNORECASE)
    archives = [path for path in sorted(folder.iterdir()) if found.fullmatch(path.name)]
    return archives[0] if archives else None


def main() -> int:
    """Measure each suite that has an archive, print a line for each and write them to `blind.json`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--archives", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("blind"))
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--objects", action="store_true")
    parser.add_argument("suites", nargs="*", choices=[*SUITES, []])
    options = parser.parse_args()
    found = []
    for name in options.suites or SUITES:
        archive = _archive(options.archives, name)
        if archive is None:
            print(f"{name}: no archive", file=sys.stderr)
            continue
        tree, python = prepare(name, SUITES[name], archive, options.out.resolve(), options.python)
        folder = Folder(tree, python, SUITES[name].arguments)
        found.append(measure(archive.name.removesuffix(".tar.gz"), folder, tree, objects=options.objects))
        print(_line(found[-1]), flush=True)
        options.out.joinpath("blind.json").write_text(json.dumps([one._asdict() for one in found], indent=1))
    return int(any(one.differ for one in found))


def _line(found: Found) -> str:
    shares = f"{found.any_hidden:.0%} | {found.ten_bits:.0%}"
    cpu = f"{found.plain_s:.1f} | {found.blind_s:.1f}"
    counts = f"{found.tests} | {found.same} | {found.hidden} | {found.put_back} | {found.functions}"
    return f"| {found.suite} | {counts} | {shares} | {cpu} |"


if __name__ == "__main__":
    sys.exit(main())
