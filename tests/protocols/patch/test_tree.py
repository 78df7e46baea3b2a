"""Patches in real boxes: staged, built, restored, run and verified on an image of an instance."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import pytest
from msgspec.structs import replace

from boxscore.boxes.contract import BoxSpec, Completed
from boxscore.errors import BoxError, HarnessError, ProtocolError
from boxscore.images.records import InstanceImage
from boxscore.protocols.patch.admission import Refused
from boxscore.protocols.patch.task import PatchTask
from boxscore.protocols.patch.test_files import rules
from boxscore.protocols.patch.tree import MAX_RESTORED, Staged, restore, stage, verify
from boxscore.records import Applied, LimitName, Limits
from tests.protocols.patch.real_boxes import boxes_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from boxscore.boxes.contract import Backend, Box

    Open = Callable[[], AbstractContextManager[Box]]

RUN = "python3 -B -m unittest discover -s tests -v"
FILES = {
    "clock/__init__.py": "",
    "clock/face.py": "def hours(minutes):\n    return minutes // 100\n",
    "tests/same.py": "def same(case, one, other):\n    case.assertEqual(one, other)\n",
    "tests/test_face.py": "import unittest\n\n\nclass Face(unittest.TestCase):\n    pass\n",
}
TEST_PATCH = """--- a/tests/test_face.py
+++ b/tests/test_face.py
@@ -1,5 +1,9 @@
 import unittest
\x20
+from clock.face import hours
+from same import same
+
\x20
 class Face(unittest.TestCase):
-    pass
+    def test_hours(self):
+        same(self, hours(120), 2)
"""
FIX = """--- a/clock/face.py
+++ b/clock/face.py
@@ -1,2 +1,2 @@
 def hours(minutes):
-    return minutes // 100
+    return minutes // 60
"""
SPOILED_HELPER = """--- a/tests/same.py
+++ b/tests/same.py
@@ -1,2 +1,2 @@
 def same(case, one, other):
-    case.assertEqual(one, other)
+    pass
"""
SHADOW = """--- /dev/null
+++ b/tests/same/__init__.py
@@ -0,0 +1,2 @@
+def same(*_):
+    pass
"""
TASK = PatchTask(
    image=InstanceImage(
        name="clock",
        instance="COPY repo /testbed",
        files=tuple((f"repo/{path}", text.encode()) for path, text in FILES.items()),
    ),
    fail_to_pass=("test_hours (test_face.Face)",),
    pass_to_pass=(),
    commands=(RUN,),
    parser="unittest",
    test_patch=TEST_PATCH,
    limits=Limits(cpu_s=30.0, wall_s=60.0, memory_bytes=512 << 20, disk_bytes=64 << 20),
)


@pytest.fixture(scope="module")
def instance_image(docker_backend: Backend) -> Iterator[str]:
    with boxes_of(docker_backend, TASK.image) as boxes:
        yield boxes.find_image(TASK.image)


@pytest.fixture
def open_box(docker_backend: Backend, instance_image: str) -> Open:
    spec = BoxSpec(image=instance_image, limits=TASK.limits, folders=(TASK.image.tree, "/tmp"))
    return lambda: docker_backend.box(spec)


def staged(box: Box, patch: str, task: PatchTask = TASK) -> Staged:
    made = stage(box, task, patch)
    assert isinstance(made, Staged), made
    return made


def run(box: Box, command: str) -> Completed:
    return box.run(["bash", "-c", command], cwd=TASK.image.tree, env={"HOME": "/scratch/home"})


@pytest.mark.docker
class TestInBox:
    @pytest.mark.parametrize(
        ("patch", "passes"),
        [(FIX, True), (SPOILED_HELPER, False), (SHADOW, False), (FIX + SPOILED_HELPER + SHADOW, True)],
        ids=["fix", "helper", "shadow", "fix and more"],
    )
    def test_verdict(self, open_box: Open, patch: str, passes: bool) -> None:  # noqa: FBT001
        with open_box() as box:
            restored = restore(box, TASK, staged(box, patch))
            done = run(box, RUN)

            assert (done.exit_code == 0) is passes
            assert b"test_hours" in done.stderr
            assert verify(box, TASK, restored) == ()

    def test_build_is_hostile(self, open_box: Open) -> None:
        task = replace(TASK, build=("true",))
        build = (
            "rm -rf tests .git && mkdir -m 0 tests && ln -s /etc clock/etc && echo x > sitecustomize.py;"
            "mkdir -p ~/.local/lib && echo x > ~/.local/lib/evil.pth; mkdir -m 500 shut /tmp/shut && touch made /tmp/x"
        )
        with open_box() as box:
            made = staged(box, FIX, task)
            run(box, build)
            restored = restore(box, task, made)

            assert run(box, RUN).exit_code == 0
            assert run(box, "git status --porcelain && test -e made && ! test -e ~").exit_code == 0
            assert run(box, "ls -A /tmp").stdout == b""
            assert {"sitecustomize.py", "tests/same.py"} <= set(restored.undone)
            assert verify(box, TASK, restored) == ()

    def test_tampering(self, open_box: Open) -> None:
        with open_box() as box:
            restored = restore(box, TASK, staged(box, FIX))
            run(box, "echo >> tests/same.py; echo x > .git/hooks.sh; git config core.fsmonitor x; touch conftest.py")

            changed = {path for path, _ in verify(box, TASK, restored)}
            assert changed == {"tests/same.py", ".git/hooks.sh", ".git/config", "conftest.py"}

    def test_test_patch_that_does_not_apply(self, open_box: Open) -> None:
        task = replace(TASK, test_patch=TEST_PATCH.replace(" import unittest", " import something"))
        with open_box() as box, pytest.raises(HarnessError, match="test patch of clock does not apply"):
            stage(box, task, FIX)


class ScriptedBox:
    layers: tuple[str, ...] = ()

    def __init__(
        self, stdout: bytes, *, exit_code: int = 0, stderr: bytes = b"", limit: LimitName | None = None
    ) -> None:
        self._done = Completed(exit_code=exit_code, stdout=stdout, stderr=stderr, wall_s=0.1, limit=limit)

    def run(self, *_: object, **__: object) -> Completed:
        return self._done


class TestAnswers:
    @pytest.mark.parametrize(
        "message",
        [
            *(b"", b"[]", b"{}", b"\xff", b'{"step": 1, "message": ""}', b'{"step": "x", "message": "", "more": 1}'),
            b'{"step": "x", "message": "", "changes": [{"path": "x", "before": null, "after": {"kind": "door"}}]}',
            msgspec.json.encode({"step": "x", "message": "", "undone": ["x"] * 20_001}),
            msgspec.json.encode({"step": "x", "message": "y" * 5000}),
        ],
    )
    def test_stage(self, message: bytes) -> None:
        with pytest.raises(ProtocolError):
            stage(ScriptedBox(message), TASK, FIX)  # type: ignore[arg-type]

    def test_program_fails(self) -> None:
        with pytest.raises(BoxError, match="No space left"):
            stage(ScriptedBox(b"", exit_code=1, stderr=b"OSError: No space left\n"), TASK, FIX)  # type: ignore[arg-type]

    def test_too_much_work(self) -> None:
        made = stage(ScriptedBox(b"", exit_code=1, limit=LimitName.CPU), TASK, FIX)  # type: ignore[arg-type]

        assert isinstance(made, Refused)
        assert "cpu" in made.reason

    def test_strays(self) -> None:
        message = msgspec.json.encode({"step": "patch", "message": "", "strays": ["/tmp"]})

        made = stage(ScriptedBox(message), TASK, FIX)  # type: ignore[arg-type]

        assert isinstance(made, Refused)
        assert "/tmp" in made.reason

    def test_more_files_than_can_be_watched(self) -> None:
        files = [[str(number), "gone"] for number in range(MAX_RESTORED + 1)]
        answer = json.dumps({"message": "", "restored": files}).encode()

        with pytest.raises(HarnessError, match="has 200001 files to watch; 200000 can be"):
            restore(ScriptedBox(answer), TASK, Staged(applied=Applied(rung="git apply"), rules=rules(TASK, ())))  # type: ignore[arg-type]

    def test_odd_test_patch(self) -> None:
        with pytest.raises(HarnessError, match="cannot be used"):
            stage(ScriptedBox(b""), replace(TASK, test_patch="words"), FIX)  # type: ignore[arg-type]
