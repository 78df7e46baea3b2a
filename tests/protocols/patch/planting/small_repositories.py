"""Small repositories with the same bug in several languages: minutes below ten are written with one digit.

Each has a test that keeps passing and one that the fix makes pass, and a forgery that makes its runner report both.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.images.records import InstanceImage
from boxscore.protocols.attacks import difference
from boxscore.protocols.patch.task import PatchTask
from boxscore.records import Limits
from tests.protocols.samples import read_samples

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXTS = read_samples(Path(__file__).with_suffix(".txt"))
APT = "RUN apt-get -q update && apt-get -q install -y --no-install-recommends"
GO = f"{APT} golang-go && apt-get -q clean\n"
NODE = "RUN mkdir /opt/js && cd /opt/js && npm install --no-audit --no-fund mocha@10.8.2 jest@29.7.0 >/dev/null 2>&1\n"
BIN = "/opt/js/node_modules/.bin"
LIMITS = Limits(
    cpu_s=120.0, wall_s=900.0, memory_bytes=1 << 30, processes=256, disk_bytes=512 << 20, output_bytes=4 << 20
)
NOTES = "How times are written.\n"


class Small(Struct, frozen=True):
    name: str
    command: str
    fail_to_pass: str
    pass_to_pass: str
    source: str
    tests: str
    parser: str
    others: dict[str, str] = {}
    base: str = "patch-python"
    environment: str = ""

    @property
    def code(self) -> str:
        return "node" if self.base == "patch-node" else self.name

    @property
    def after(self) -> str:
        return f"{TEXTS[f'{self.name} before']}\n{TEXTS[f'{self.name} added']}"

    def task(self) -> PatchTask:
        before = TEXTS[f"{self.name} before"]
        files = {"NOTES": NOTES, **self.others, self.source: TEXTS[f"{self.code} buggy"], self.tests: before}
        return PatchTask(
            image=InstanceImage(
                name=f"small/{self.name}",
                base=self.base,
                environment=self.environment,
                instance="COPY repository /testbed\n",
                files=tuple((f"repository/{path}", text.encode()) for path, text in files.items()),
            ),
            fail_to_pass=(self.fail_to_pass,),
            pass_to_pass=(self.pass_to_pass,),
            commands=(self.command,),
            parser=self.parser,
            test_patch=difference(self.tests, before, self.after),
            reference=self.patch("mended"),
            limits=LIMITS,
        )

    def patch(self, kind: str) -> str:
        if kind == "nothing":
            return difference("NOTES", NOTES, f"{NOTES}In hours.\n")
        text = TEXTS[f"{self.name} forged"] if kind == "forged" else TEXTS[f"{self.code} mended"]
        if kind == "odd":
            text += f"\n{TEXTS[f'{self.code} odd']}"
        return difference(self.source, TEXTS[f"{self.code} buggy"], text)


PACKAGE = {"package.json": '{"name": "clock", "version": "1.0.0"}\n'}
JS = ("lib/clock.js", "test/clock.test.js")
ALL = (
    Small(
        *("mocha", f"{BIN}/mocha {JS[1]}", "minutes have two digits", "clock has whole hours", *JS, "mocha"),
        others=PACKAGE,
        base="patch-node",
        environment=NODE,
    ),
    Small(
        *("jest", f"{BIN}/jest --verbose {JS[1]}", "two digits", "whole hours", *JS, "jest"),
        others=PACKAGE,
        base="patch-node",
        environment=NODE,
    ),
    Small(
        *("go", "export GOCACHE=/scratch/go GOFLAGS=-mod=mod; go test -v ./...", "TestClock", "TestHours"),
        *("clock.go", "clock_test.go", "go"),
        others={"go.mod": "module clock\n\ngo 1.19\n"},
        environment=GO,
    ),
    Small(
        *("django", "python3 tests/runtests.py clock_tests", "test_text (clock_tests.ClockTest.test_text)"),
        *("test_hours (clock_tests.ClockTest.test_hours)", "clock.py", "tests/clock_tests.py", "django"),
        others={"tests/runtests.py": TEXTS["django tests/runtests.py"]},
    ),
    Small(
        *("sympy", "python3 bin/test clock_tests/test_clock.py", "test_text", "test_hours"),
        *("clock.py", "clock_tests/test_clock.py", "sympy"),
        others={"bin/test": TEXTS["sympy bin/test"]},
    ),
)
REPOSITORIES: Mapping[str, Small] = {one.name: one for one in ALL}
