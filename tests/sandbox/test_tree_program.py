"""The tree program on folders of this machine: applying, undoing, restoring, verifying."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

import tree
from boxscore.images.records import InstanceImage
from boxscore.protocols.patch.task import PatchTask
from boxscore.protocols.patch.test_files import rules
from boxscore.protocols.patch.tree import MAX_LISTED
from boxscore.records import ApplyStrategy
from harnesses.swebench.rules import APPLY_STRATEGIES

if TYPE_CHECKING:
    from pathlib import Path

STRICTLY = ApplyStrategy()
V4, V5 = (APPLY_STRATEGIES[f"swebench-v{number}"] for number in (4, 5))

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")

FILES = {
    "shape/__init__.py": "from .area import square\n",
    "shape/area.py": "def square(side):\n    return side + side\n",
    "shape/names.py": "KNOWN = ('square',)\n",
    "checks/unit/tests/test_area.py": "from support import same\n",
    "checks/unit/tests/support.py": "def same(a, b):\n    assert a == b\n",
    "pyproject.toml": "[project]\nname = 'shape'\n",
    "setup.py": "print('setup')\n",
    "shape.egg-info/entry_points.txt": "[console_scripts]\nshape = shape:main\n",
    "shape.egg-info/SOURCES.txt": "shape/area.py\n",
}
TEST = "checks/unit/tests/test_area.py"
FOLDER = "checks/unit/tests"
INTERPRETER = "/usr/bin/python3"
FIX = """--- a/shape/area.py
+++ b/shape/area.py
@@ -1,2 +1,2 @@
 def square(side):
-    return side + side
+    return side * side
"""
WRONG_CONTEXT = FIX.replace(" def square(side):", " def square(size):")
TEST_PATCH = f"""diff --git a/{FOLDER}/test_more.py b/{FOLDER}/test_more.py
new file mode 100644
--- /dev/null
+++ b/{FOLDER}/test_more.py
@@ -0,0 +1 @@
+MORE = 1
diff --git a/{TEST} b/{FOLDER}/test_side.py
similarity index 100%
rename from {TEST}
rename to {FOLDER}/test_side.py
"""
TESTS = (f"{FOLDER}/test_more.py", TEST, f"{FOLDER}/test_side.py")
RESTORE = {"built": False, "tests": TESTS, "test_patch": TEST_PATCH, "instead": (), "clear": ()}


def new_file(path: str, line: str) -> str:
    return f"diff --git a/{path} b/{path}\nnew file mode 100644\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+{line}\n"


class Place:
    """An instance's tree and a candidate's, and the program's answers about them."""

    def __init__(self, root: Path) -> None:
        self.original, self.tree, self.work, self.home = (root / name for name in ("original", "tree", "work", "home"))
        for folder in (self.original, self.tree, self.work, self.home):
            folder.mkdir()
        for path, text in FILES.items():
            (self.original / path).parent.mkdir(parents=True, exist_ok=True)
            (self.original / path).write_text(text)
        self.git("init", "-q")
        self.git("add", "--all")
        self.git("-c", "user.name=n", "-c", "user.email=e", "commit", "-qm", "one")

    def git(self, *words: str) -> None:
        env = {"PATH": os.defpath, "HOME": str(self.home), "GIT_CONFIG_NOSYSTEM": "1"}
        subprocess.run(["git", *words], cwd=self.original, env=env, check=True, capture_output=True)

    def ask(self, do: str, *, links: tuple[str, ...] = (), task: dict[str, Any] | None = None, **more: Any) -> Any:
        fields = {"fail_to_pass": (f"{TEST}::test_square",), "pass_to_pass": (), "commands": (), "parser": "pytest"}
        made = PatchTask(image=InstanceImage(name="shape"), **{**fields, **(task or {})})
        told = {
            "do": do,
            "original": str(self.original),
            "tree": str(self.tree),
            "work": str(self.work),
            "links": links,
            "most": MAX_LISTED,
            "rules": msgspec.to_builtins(rules(made, TESTS)),
            **more,
        }
        return json.loads(json.dumps(tree.answer(json.loads(json.dumps(told)))))

    def stage(self, patch: str, *, strategy: ApplyStrategy = STRICTLY, **more: Any) -> Any:
        v5 = strategy is V5
        told = {"reset": v5, "elsewhere": [str(self.home)], "restore": None, **more}
        return self.ask("stage", patch=patch, steps=strategy.steps, **told)

    def restore(self, **more: Any) -> Any:
        return self.ask("restore", **{**RESTORE, "clear": [str(self.home)], **more})

    def verify(self, restored: Any) -> list[str]:
        return [path for path, _ in self.ask("verify", restored=restored["restored"])["changed"]]

    def read(self, path: str) -> str:
        return (self.tree / path).read_text()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


class TestStage:
    """What a patch does to the copy of a tree."""

    def test_applies(self, place: Place) -> None:
        answer = place.stage(FIX)

        assert [change["path"] for change in answer["changes"]] == ["shape/area.py"]
        assert answer["step"] == "git apply --verbose"
        assert "side * side" in place.read("shape/area.py")
        assert "side + side" in (place.original / "shape/area.py").read_text()
        assert (place.tree / ".git/HEAD").is_file()
        assert list(place.work.iterdir()) == []

    def test_does_not_apply(self, place: Place) -> None:
        answer = place.stage(WRONG_CONTEXT)

        assert answer["step"] == ""
        assert "patch does not apply" in answer["message"]

    @pytest.mark.parametrize(
        ("patch", "said"),
        [
            (FIX, "the patch has CRLF line ends and the files do not"),
            (WRONG_CONTEXT, "patch does not apply"),
        ],
    )
    def test_line_ends(self, place: Place, patch: str, said: str) -> None:
        answer = place.stage(patch.replace("\n", "\r\n"))

        assert (answer["step"], answer["changes"]) == ("", [])
        assert said in answer["message"]
        assert place.read("shape/area.py") == (place.original / "shape/area.py").read_text()

    @pytest.mark.parametrize("strategy", [V4, V5])
    def test_strategy_is_fuzzy(self, place: Place, strategy: ApplyStrategy) -> None:
        answer = place.stage(WRONG_CONTEXT, strategy=strategy)

        assert answer["step"].startswith("patch ")
        assert "side * side" in place.read("shape/area.py")

    @pytest.mark.parametrize(
        "path",
        [
            *(
                "conftest.py",
                "deep/down/conftest.py",
                "pytest.ini",
                "tox.ini",
                "sitecustomize.py",
                "a.pth",
                "a.egg-link",
            ),
            *(f"{FOLDER}/__init__.py", f"{FOLDER}/support/__init__.py", f"{FOLDER}/test_own.py", TESTS[0]),
            *("pytest.py", "json/__init__.py", "pluggy/x.py", "checks/_pytest.py", "pytest_evil.py", "checks.py"),
            *("evil.egg-info/entry_points.txt", "shape/area.so", "shape/area/__init__.py", "shape/names.abi3.so"),
            *("sub/package.json", "vitest.config.mts", ".mvn/extensions.xml", "node_modules/jest/index.js"),
            *("go/evil_test.go", "web/x.spec.ts", "main/META-INF/services/org.junit.platform.launcher.Listener"),
            *(".tox/py39/bin/python", "deep/.nox/tests/lib/x.py", ".tox/py39/.tox-info.json"),
            *("lib/python3/site-packages/x.py", "stray.pyc", "__pycache__/area.cpython-311.pyc"),
        ],
    )
    def test_additions_are_undone(self, place: Place, path: str) -> None:
        answer = place.stage(FIX + new_file(path, "x = 1"))

        assert answer["undone"] == [path]
        assert not (place.tree / path).exists()
        assert "side * side" in place.read("shape/area.py")

    def test_metadata_in_capitals_is_undone(self, place: Place) -> None:
        answer = place.stage(FIX + new_file("Evil.EGG-Info/entry_points.txt", "[pytest11]"))

        assert answer["undone"] == ["Evil.EGG-Info/entry_points.txt"]

    @pytest.mark.parametrize(
        "path", ["notes.md", "shape/json.py", "shape/more/__init__.py", "shape/test_x.py", "src/m.py"]
    )
    def test_additions_stay(self, place: Place, path: str) -> None:
        answer = place.stage(new_file(path, "x = 1"))

        assert answer["undone"] == []
        assert (place.tree / path).is_file()

    @pytest.mark.parametrize("path", [TEST, f"{FOLDER}/support.py", "pyproject.toml", "setup.py"])
    def test_changes_are_undone(self, place: Place, path: str) -> None:
        lines = FILES[path].splitlines()
        patch = f"--- a/{path}\n+++ b/{path}\n@@ -1,{len(lines)} +1 @@\n"
        answer = place.stage(patch + "".join(f"-{line}\n" for line in lines) + "+x = 1\n")

        assert answer["undone"] == [path]
        assert place.read(path) == FILES[path]

    def test_allowed(self, place: Place) -> None:
        answer = place.stage(new_file("pytest.ini", "[pytest]"), task={"allowed": ("pytest.ini",)})

        assert answer["undone"] == []

    def test_build_keeps_setup(self, place: Place) -> None:
        patch = "--- a/setup.py\n+++ b/setup.py\n@@ -1 +1 @@\n-print('setup')\n+print('new')\n"

        assert place.stage(patch, task={"build": ("true",)})["undone"] == []

    def test_types_change(self, place: Place) -> None:
        gone = "".join(
            f"--- a/{path}\n+++ /dev/null\n@@ -1,{len(FILES[path].splitlines())} +0,0 @@\n"
            + "".join(f"-{line}\n" for line in FILES[path].splitlines())
            for path in (TEST, f"{FOLDER}/support.py")
        )
        answer = place.stage(gone + new_file(FOLDER, "x = 1"))

        assert FOLDER in answer["undone"]
        assert place.read(TEST) == FILES[TEST]

    def test_links(self, place: Place) -> None:
        (place.original / "web/node_modules").mkdir(parents=True)
        (place.original / "web/node_modules/x.js").write_text("1")

        assert place.stage(FIX, links=("web/node_modules",))["strays"] == []
        assert (place.tree / "web/node_modules").readlink() == place.original / "web/node_modules"
        assert place.restore(built=True, links=("web/node_modules",))["message"] == ""

    def test_links_that_the_image_does_not_have(self, place: Place) -> None:
        assert place.stage(FIX, links=("web/node_modules",))["strays"] == []
        assert not (place.tree / "web").exists()
        assert place.restore(links=("web/node_modules",))["message"] == ""
        assert not (place.tree / "web").exists()


class TestRestore:
    """What is put over a tree before tests run."""

    def test_test_patch(self, place: Place) -> None:
        place.stage(FIX)
        (place.tree / TESTS[2]).write_text("import nothing\n")

        answer = place.restore()

        assert answer["message"] == ""
        assert place.read(TESTS[0]) == "MORE = 1\n"
        assert place.read(TESTS[2]) == FILES[TEST]
        assert not (place.tree / TEST).exists()
        assert dict(answer["restored"])[TEST] == ""

    @pytest.mark.parametrize("path", [TESTS[0], TESTS[2], "shape/area.py", "new/folder/test_new.py"])
    def test_texts_in_the_place_of_files(self, place: Place, path: str) -> None:
        place.stage(FIX)

        answer = place.restore(instead=[[path, "grüß = 1\r\n"]])

        assert (place.tree / path).read_bytes() == "grüß = 1\r\n".encode()
        assert place.verify(answer) == []
        (place.tree / path).write_text("grüß = 2\r\n")
        assert place.verify(answer) == [path]

    def test_build_is_hostile(self, place: Place) -> None:
        place.stage(FIX)
        shutil.rmtree(place.tree / "checks")
        (place.tree / "checks").symlink_to(place.home)
        (place.home / ".local/lib").mkdir(parents=True)
        (place.tree / ".git/hooks/post-checkout").write_text("#!/bin/sh\n")
        (place.tree / "conftest.py").mkdir()
        (place.tree / "conftest.py/x").write_text("1")
        (place.tree / "build").mkdir()
        (place.tree / "build/setup.cfg").write_text("[x]\n")
        (place.tree / "shape/fast.abi3.so").write_text("x")
        os.mkfifo(place.tree / "pytest.ini")
        (place.tree / "shape.egg-info/entry_points.txt").write_text("[pytest11]\nx = shape.x\n")
        (place.tree / "shape.egg-info/PKG-INFO").write_text("Name: shape\n")

        (place.tree / ".tox/py39/bin").mkdir(parents=True)
        (place.tree / ".tox/py39/bin/python").write_text("#!/bin/sh\n")
        (place.tree / ".nox").symlink_to("build")

        answer = place.restore(built=True)

        assert not (place.tree / ".tox").exists()
        assert not (place.tree / ".nox").is_symlink()
        assert {"pytest.ini", "shape.egg-info/entry_points.txt", TEST} <= set(answer["undone"])
        assert place.read(f"{FOLDER}/support.py") == FILES[f"{FOLDER}/support.py"]
        assert not (place.tree / "checks").is_symlink()
        assert not (place.home / ".local").exists()
        assert not (place.tree / ".git/hooks/post-checkout").exists()
        assert not (place.tree / "pytest.ini").exists()
        assert place.read("shape.egg-info/entry_points.txt") == FILES["shape.egg-info/entry_points.txt"]
        assert (place.tree / "shape.egg-info/PKG-INFO").exists()
        assert (place.tree / "build/setup.cfg").exists()
        assert (place.tree / "shape/fast.abi3.so").exists()
        assert place.verify(answer) == []

    @pytest.mark.parametrize(
        "text",
        [
            *("[pytest11]\nx = y\n", "[[pytest11]]\nx = y\n", "[a]\r[pytest11]\rx = y\r", "[a]\x0c[pytest11]\x0cx = y"),
            *(
                "[a]\x85[pytest11]\u2028x = y\n",
                "  [pytest11]  \nx = y\n",
                "[ pytest11 ]\nx = y\n",
                "[pytest11] ; z\nx = y\n",
            ),
            *(
                "[flask.plugins]\nx = y\n",
                "[nose.plugins.0.10]\nx = y\n",
                "[Hypothesis]\nx = y\n",
                "[a]\n\xa0[pytest11]\n",
            ),
        ],
    )
    @pytest.mark.parametrize("path", ["shape.egg-info", "new.dist-info", "deep/new.egg-info"])
    def test_plugins_of_runners_are_undone(self, place: Place, path: str, text: str) -> None:
        place.stage(FIX)
        (place.tree / path).mkdir(parents=True, exist_ok=True)
        (place.tree / path / "entry_points.txt").write_bytes(text.encode())

        assert f"{path}/entry_points.txt" in place.restore(built=True)["undone"]

    def test_plugins_by_a_link_or_in_other_bytes_are_undone(self, place: Place) -> None:
        place.stage(FIX)
        for name in ("linked.egg-info", "bytes.egg-info"):
            (place.tree / name).mkdir()
        (place.tree / "points").write_text("[pytest11]\nx = y\n")
        (place.tree / "linked.egg-info/entry_points.txt").symlink_to("../points")
        (place.tree / "bytes.egg-info/entry_points.txt").write_bytes(b"[pytest11]\nx = \xff\n")

        undone = place.restore(built=True)["undone"]

        assert {"linked.egg-info/entry_points.txt", "bytes.egg-info/entry_points.txt"} <= set(undone)

    def test_other_entry_points_stay(self, place: Place) -> None:
        place.stage(FIX)
        text = "[console_scripts]\nshape = shape:main\n\n[sphinx.builders]\nx = y\n"
        (place.tree / "shape.egg-info/entry_points.txt").write_text(text)

        assert place.restore(built=True)["undone"] == []
        assert place.read("shape.egg-info/entry_points.txt") == text


class TestVerify:
    """What is found to have changed while tests ran."""

    @pytest.fixture
    def restored(self, place: Place) -> Any:
        place.stage(FIX)
        return place.restore()

    def test_honest_run(self, place: Place, restored: Any) -> None:
        for path in (f"{FOLDER}/__pycache__/json.cpython-311.pyc", f"{FOLDER}/out/report.json", ".pytest_cache/x/y"):
            (place.tree / path).parent.mkdir(parents=True, exist_ok=True)
            (place.tree / path).write_text("x")
        (place.tree / "shape/area.py").write_text("x = 1\n")
        (place.tree / ".git/index").write_bytes(b"")
        (place.tree / "build").mkdir()
        (place.tree / "build/setup.cfg").write_text("[x]\n")

        assert place.verify(restored) == []

    @pytest.mark.parametrize(
        "path", [TESTS[0], f"{FOLDER}/support.py", "pyproject.toml", TEST, ".git/config", ".git/hooks/x", ".git/refs/y"]
    )
    def test_change(self, place: Place, restored: Any, path: str) -> None:
        (place.tree / path).parent.mkdir(parents=True, exist_ok=True)
        (place.tree / path).write_text("changed\n")

        assert place.verify(restored) == [path]

    @pytest.mark.parametrize(
        "path", ["conftest.py", f"{FOLDER}/conftest.py", "pytest.ini", "shape/conftest.py", "pytest.py"]
    )
    def test_addition(self, place: Place, restored: Any, path: str) -> None:
        (place.tree / path).write_text("x = 1\n")

        assert place.verify(restored) == [path]

    def test_links_that_a_runner_makes_to_an_interpreter(self, place: Place, restored: Any) -> None:
        folder = place.tree / ".tox/py39/bin"
        folder.mkdir(parents=True)
        (folder / "python").symlink_to(INTERPRETER)
        (folder / "python3.9").symlink_to(INTERPRETER)
        (place.tree / ".tox/py39/log").mkdir()
        (place.tree / ".tox/py39/log/1-commands[0].log").write_text("x")

        assert place.verify(restored) == []

    @pytest.mark.parametrize(
        ("path", "target"),
        [
            (".tox/py39/bin/python", None),
            (".nox/tests/bin/pytest", None),
            (".tox/py39/bin/python", "/bin/true"),
            (".tox/py39/bin/python", "/tmp/python"),
            (".tox/py39/bin/python", "../../../shape/area.py"),
            (".tox/py39/bin/python", "/usr/bin/../../tmp/bin/python3"),
            (".tox/py39/bin/pytest", "/usr/bin/python3"),
            (".tox/py39", "/tmp/py39"),
            (".tox", "shape"),
        ],
    )
    def test_programs_where_runners_look_for_interpreters(
        self, place: Place, restored: Any, path: str, target: str | None
    ) -> None:
        (place.tree / path).parent.mkdir(parents=True, exist_ok=True)
        if target is None:
            (place.tree / path).write_text("#!/bin/sh\n")
        else:
            (place.tree / path).symlink_to(target)

        assert place.verify(restored) == [path]

    def test_the_state_of_what_changed(self, place: Place, restored: Any) -> None:
        (place.tree / TESTS[0]).write_text("changed\n")
        (place.tree / "conftest.py").write_text("changed\n")
        (place.tree / ".git/HEAD").write_text("changed\n")
        with (place.tree / "pyproject.toml").open("r+b") as file:
            file.truncate(1 << 42)

        changed = dict(place.ask("verify", restored=restored["restored"])["changed"])

        assert changed[TESTS[0]] == changed["conftest.py"] != ""
        assert changed[".git/HEAD"] == changed["pyproject.toml"] == "unknown"

    def test_git_replaced(self, place: Place, restored: Any) -> None:
        shutil.rmtree(place.tree / ".git")
        (place.tree / ".git").write_text("gitdir: /elsewhere\n")

        assert ".git/HEAD" in place.verify(restored)
