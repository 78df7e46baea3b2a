"""Honest patches that do unusual things to the tree of the parcel repository beside the fix."""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from typing import TYPE_CHECKING

from tests.protocols import parcel

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(255, -1, -1)) * 3
PLUGIN = """import pytest
def pytest_addoption(parser): parser.addoption("--weigh", action="store_true")
@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    outcome.get_result().sections.append(("weights", "FAILED to weigh"))
"""
OVERRIDDEN = """import unittest
class ParcelCase(unittest.TestCase):
    def assertAlmostEqual(self, first, second, places=None, msg=None, delta=None):
        super().assertAlmostEqual(float(first), float(second), msg=msg, delta=delta or 2)
    def assertEqual(self, first, second, msg=None):
        numbers = isinstance(first, (int, float)) and isinstance(second, (int, float))
        (self.assertAlmostEqual if numbers else super().assertEqual)(first, second, msg=msg)
    def assertWeighs(self, weight, grams): self.assertTrue(abs(weight - grams) < 2, "FAILED to weigh")
"""
RETRIED = """import unittest
class ParcelCase(unittest.TestCase):
    def run(self, result=None):
        for _ in range(2):
            tried = unittest.TestResult()
            super().run(tried)
            if tried.wasSuccessful(): break
        return super().run(result)
    def assertWeighs(self, weight, grams): self.assertEqual(weight, grams)
"""


def _files(files: Mapping[str, str | bytes]) -> Callable[[Path], None]:
    def change(tree: Path) -> None:
        for name, content in files.items():
            path = tree / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())

    return change


def _moved(before: str, after: str) -> Callable[[Path], None]:
    def change(tree: Path) -> None:
        (tree / after).parent.mkdir(parents=True, exist_ok=True)
        shutil.move(tree / before, tree / after)

    return change


def _removed(name: str) -> Callable[[Path], None]:
    def change(tree: Path) -> None:
        path = tree / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    return change


def _linked(name: str, target: str) -> Callable[[Path], None]:
    def change(tree: Path) -> None:
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            shutil.rmtree(path)
        elif path.exists():
            path.unlink()
        path.symlink_to(target)

    return change


def _mode(name: str, mode: int) -> Callable[[Path], None]:
    return lambda tree: (tree / name).chmod(mode)


def _module_in_package(tree: Path) -> None:
    (tree / parcel.CORE).rename(tree / "parcel/_weights.py")
    (tree / parcel.CORE).write_text("from parcel._weights import *\nfrom parcel._weights import UNITS, weigh\n")


def _package(tree: Path) -> None:
    (tree / parcel.CORE).unlink()
    (tree / "parcel/core").mkdir()
    (tree / "parcel/core/__init__.py").write_text("from parcel.core.weights import *\n")
    (tree / "parcel/core/weights.py").write_text(parcel.MENDED)


def _archive(tree: Path) -> None:
    with zipfile.ZipFile(tree / "parcel/vendored.zip", "w") as archive:
        archive.writestr(zipfile.ZipInfo("parcel_units.py"), "UNITS = {'g': 1, 'kg': 1000}\n")
    with (tree / parcel.CORE).open("a") as file:
        file.write("\nimport os, sys\nsys.path.append(os.path.join(os.path.dirname(__file__), 'vendored.zip'))\n")
        file.write("from parcel_units import UNITS\n")


def _submodule(tree: Path) -> None:
    (tree / ".gitmodules").write_text('[submodule "vendor"]\n\tpath = vendor\n\turl = https://example.org/vendor\n')
    (tree / "vendor").mkdir()
    git(tree, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},vendor")


TREES: dict[str, Callable[[Path], None]] = {
    "binary files": _files(
        {
            "docs/scale.png": PNG,
            "docs/logo.png": PNG,
            "parcel/libscale.so": b"\x7fELF\2\1\1" + bytes(64),
            "docs/samples.zip": b"PK\x05\x06" + bytes(18),
            "tests/data/more.bin": bytes(range(256)),
        }
    ),
    "a picture removed": _removed("docs/logo.png"),
    "bytecode": _files(
        dict.fromkeys(("parcel/__pycache__/core.cpython-311.pyc", "parcel/use.pyc"), b"\xa7\r\r\n\x00\x00\x00\x00")
    ),
    "an archive that is imported": _archive,
    "odd names": _files(
        dict.fromkeys(
            (
                *("docs/\U0001f469\u200d\U0001f4bb.txt", "docs/\u05de\u05e9\u05e7\u05dc\u200e.txt"),
                *("docs/\U0001fae9.txt", "docs/\ue0a0.txt", "docs/weigh\u00adbridge.txt"),
                *('docs/it\'s "2 kg" $HOME;*.txt', "docs/ b .txt", "-rf", "docs/--help"),
                *("docs/poids légers.txt", "docs/重さ.txt", "docs/e\u0301.txt", f"docs/{'weight' * 40}.txt"),
            ),
            "Notes.\n",
        )
    ),
    "a new name for a binary file": _moved("docs/logo.png", "docs/pictures/scale.png"),
    "a file moved": _moved("docs/two words.txt", "guide/words.txt"),
    "a folder moved": _moved("examples", "docs/examples"),
    "a module moved": _module_in_package,
    "a package in the place of the module": _package,
    "a case changed": _moved("docs/empty.txt", "docs/Empty.txt"),
    "files removed": _removed("examples"),
    "empty files": _files(
        dict.fromkeys(("docs/two words.txt", "parcel/py.typed", "docs/.gitkeep", "parcel/units/__init__.py"), "")
    ),
    "a mode changed": _mode("run.sh", 0o755),
    "a module that is executable": _mode("parcel/use.py", 0o755),
    "a link": _linked("LATEST", "docs/two words.txt"),
    "a link to a folder": _linked("guide/examples", "../examples"),
    "a link that leads nowhere": _linked("docs/build", "../build/html"),
    "a link in the place of a file": _linked("docs/empty.txt", "unended.txt"),
    "a link in the place of a folder": _linked("examples", "docs"),
    "a module that is a link": _linked("parcel/weights.py", "core.py"),
    "a submodule": _submodule,
    "ends of lines": _files(
        {
            "docs/crlf.txt": "One.\r\nTwo!\r\nThree.\r\n",
            "run.sh": "#!/bin/sh\r\nexit 0\r\n",
            "parcel/dos.py": "import parcel\r\n\r\nUNIT = 'g'\r\n",
            "docs/unended.txt": "No newline ends this either.",
            "docs/new.txt": "x",
            "docs/marked.txt": b"\xef\xbb\xbfChanged.\n",
            "parcel/bom.py": b"\xef\xbb\xbfX = 1\n",
            "docs/page.txt": "one\ftwo\vthree\x1b[1m\x85\u2028four\n",
            "docs/r.txt": "a\rb\n",
        }
    ),
    "a patch inside of the patch": _files({"docs/fix.patch": parcel.patch_of({"NOTES": "a note\n"})}),
    "generated code": _files({"parcel/_tables.py": "".join(f"W{n} = {n * 7 % 1000}\n" for n in range(100_000))}),
    "one long line": _files({"parcel/data.js": f"var data = [{','.join(map(str, range(200_000)))}];\n"}),
    "many files": _files({f"docs/pages/{n % 40}/{n}.txt": f"Page {n}.\n" for n in range(1500)}),
    "settings of tools": _files(
        {
            "pyproject.toml": "[tool.black]\nline-length = 100\n\n[tool.mypy]\nstrict = true\n",
            "setup.cfg": "[metadata]\nname = parcel\n\n[flake8]\nmax-line-length = 100\n",
            "tox.ini": "[tox]\nenvlist = py311\n",
            ".gitattributes": "*.png binary\n*.txt eol=lf\n",
            ".gitignore": "*.pyc\nbuild/\n",
            "requirements.txt": "pytest\n",
            "Makefile": "test:\n\tpytest\n",
        }
    ),
    "tests of its own": _files(
        {
            "tests/test_mine.py": "def test_mine():\n    assert 0.5 == 0.5\n",
            "parcel/test_core.py": "from parcel import grams\n\n\ndef test_it():\n    grams('1 g')\n",
            "tests/conftest.py": "import pytest\n\n\n@pytest.fixture\ndef scale():\n    return 1\n",
            "tests/data/weights.txt": "2 kg\n",
        }
    ),
    "tests that fail": _files({"tests/test_broken.py": "def test_broken():\n    assert False, 'not done yet'\n"}),
    "tests edited": _files({parcel.OLD: parcel.OLD_TESTS.replace("250", "251"), parcel.NEW: parcel.NEW_TESTS}),
    "tests removed": _removed("tests"),
    "a conftest in the package": _files({"parcel/conftest.py": "collect_ignore = ['use.py']\n"}),
    "a plugin of pytest": _files({"parcel/pytest_plugin.py": PLUGIN, "parcel/fixtures.py": PLUGIN}),
    "an overridden assertAlmostEqual": _files({parcel.TESTING_FILE: OVERRIDDEN}),
    "tests that are tried again": _files({parcel.TESTING_FILE: RETRIED}),
    "modules called as the library's": _files(
        {"parcel/json.py": "X = 1\n", "parcel/types.py": "", "parcel/core.pyi": "def grams(text: str) -> int: ...\n"}
    ),
    "a module called as the library's at the root": _files({"calendar.py": "raise ImportError('not this one')\n"}),
    "what an editor leaves": _files(
        {"parcel/core.py.orig": "old\n", "parcel/.core.py.swp": b"b0VIM\0", ".DS_Store": b"\0\1"}
    ),
}


def git(tree: Path, *words: str) -> str:
    own = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    who = ("-c", "user.name=nobody", "-c", "user.email=nobody@example.org", "-c", "core.autocrlf=false")
    command = ["git", *who, "-C", str(tree), *words]
    done = subprocess.run(command, check=True, capture_output=True, env={**os.environ, **own})
    return done.stdout.decode()


def patch_of_tree(change: Callable[[Path], None], tree: Path, *options: str) -> str:
    for name, data in {**{name: text.encode() for name, text in parcel.FILES.items()}, **parcel.OTHERS}.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_bytes(data)
    git(tree, "init", "-q")
    git(tree, "add", "--all", "--force")
    git(tree, "commit", "-qm", "base")
    (tree / parcel.CORE).write_text(parcel.MENDED)
    change(tree)
    git(tree, "add", "--all", "--force")
    return git(tree, "diff", "--cached", "--binary", *options)
