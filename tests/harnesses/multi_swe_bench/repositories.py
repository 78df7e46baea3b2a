"""Small repositories of our own in the languages of Multi-SWE-bench, under the names of known ones, with a bug each."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from tests.harnesses.multi_swe_bench.records import record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Files = dict[str, str]


class Ours(Struct, frozen=True, kw_only=True):
    """A repository: its files, those of the tests and of the fix, wrong fixes by name, and what each test comes to.

    `before` is with the tests alone, `after` with the fix too; `run` is of the repository as it is.
    """

    name: str
    files: Files
    tests: Files
    fix: Files
    wrong: dict[str, Files]
    run: dict[str, str]
    before: dict[str, str]
    after: dict[str, str]


GO_TEST = """package calc

import "testing"

func TestAdd(t *testing.T) {
	if Add(1, 2) != 3 {
		t.Fatal("wrong")
	}
}
"""
GO_SUBTRACT = """
func TestSubtract(t *testing.T) {
	t.Run("small", func(t *testing.T) {
		if Subtract(3, 2) != 1 {
			t.Fatal("wrong")
		}
	})
}
"""
GO = "package calc\n\nfunc Add(a, b int) int {{ return {} }}\n\nfunc Subtract(a, b int) int {{ return {} }}\n"

JEST_TEST = """const { add, subtract } = require("../src/calc");

test("adds", () => expect(add(1, 2)).toBe(3));
"""
JS = "exports.add = (a, b) => {};\nexports.subtract = (a, b) => {};\n"
PACKAGE = """{
  "name": "ours",
  "version": "1.0.0",
  "scripts": { "test": "jest" },
  "devDependencies": { "jest": "29.7.0" }
}
"""

MOCHA_TEST = """const assert = require("assert");
const { add, subtract } = require("../src/calc");

describe("calc", () => {
  it("adds", () => assert.strictEqual(add(1, 2), 3));
});
"""
MOCHA_SUBTRACTS = """
describe("calc", () => {
  it("subtracts (small)", () => assert.strictEqual(subtract(3, 2), 1));
});
"""
MOCHA_PACKAGE = PACKAGE.replace('"test": "jest"', '"test-ci": "mocha tests"').replace(
    '"jest": "29.7.0"', '"mocha": "10.8.2"'
)
VITEST_TEST = """import { expect, test } from "vitest";
import { add, subtract } from "../src/calc";

test("adds", () => expect(add(1, 2)).toBe(3));
"""
VITEST_PACKAGE = PACKAGE.replace('"test": "jest"', '"test-unit": "vitest"').replace(
    '"jest": "29.7.0"', '"vitest": "2.1.9"'
)
ES = "export const add = (a, b) => {};\nexport const subtract = (a, b) => {};\n"

POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>ours</groupId>
  <artifactId>calc</artifactId>
  <version>1</version>
  <properties>
    <maven.compiler.source>17</maven.compiler.source>
    <maven.compiler.target>17</maven.compiler.target>
    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
  </properties>
  <dependencies>
    <dependency>
      <groupId>junit</groupId>
      <artifactId>junit</artifactId>
      <version>4.13.2</version>
      <scope>test</scope>
    </dependency>
  </dependencies>
</project>
"""
SUREFIRE = """  </dependencies>
  <build>
    <plugins>
      <plugin>
        <artifactId>maven-surefire-plugin</artifactId>
        <version>3.2.5</version>
      </plugin>
    </plugins>
  </build>
"""
JAVA = """package ours;

public class Calc {{
  public static int add(int a, int b) {{ return {}; }}
  public static int subtract(int a, int b) {{ return {}; }}
}}
"""
JAVA_TEST = """package ours;

import static org.junit.Assert.assertEquals;
import org.junit.Test;

public class {}Test {{
  @Test
  public void works() {{ assertEquals({}); }}
}}
"""

RUST = "pub fn add(a: i32, b: i32) -> i32 {{ {} }}\n\npub fn subtract(a: i32, b: i32) -> i32 {{ {} }}\n"
RUST_TEST = "#[test]\nfn {}() {{ assert_eq!(calc::{}, {}); }}\n"

C = "int add(int a, int b) {{ return {}; }}\nint subtract(int a, int b) {{ return {}; }}\n"
C_HEAD = "#include <stdio.h>\nint add(int, int);\nint subtract(int, int);\n"
C_ADD = '  puts(add(1, 2) == 3 ? "PASS: add" : "FAIL: add");\n'
C_SUBTRACT = '  puts(subtract(3, 2) == 1 ? "PASS: subtract" : "FAIL: subtract");\n'
MAKE = "calc.o: calc.c\n\tcc -c calc.c\ntest: calc.o\n\tcc -o t tests/t.c calc.o && ./t\n.PHONY: test\n"

CMAKE = """cmake_minimum_required(VERSION 3.10)
project(calc CXX)
enable_testing()
add_library(calc calc.cc)
add_subdirectory(test)
"""
CC_TEST = "int add(int, int);\nint subtract(int, int);\nint main() {{ return {} ? 0 : 1; }}\n"
CC_LISTS = "add_executable({0} {0}.cc)\ntarget_link_libraries({0} calc)\nadd_test({0} {0})\n"

OURS = {
    "go": Ours(
        name="zeromicro/go-zero",
        files={
            "go.mod": "module ours/calc\n\ngo 1.19\n",
            "calc.go": GO.format("a + b", "a + b"),
            "calc_test.go": GO_TEST,
        },
        tests={"calc_test.go": GO_TEST + GO_SUBTRACT},
        fix={"calc.go": GO.format("a + b", "a - b")},
        wrong={
            "wrong": {"calc.go": GO.format("a + b", "b - a")},
            "breaks": {"calc.go": GO.format("a - b", "a - b")},
            "broken": {"calc.go": "package calc\n\nfunc Add(\n"},
        },
        run={"TestAdd": "PASS"},
        before={"TestAdd": "PASS", "TestSubtract": "FAIL", "ours/calc": "FAIL"},
        after={"TestAdd": "PASS", "TestSubtract": "PASS"},
    ),
    "js": Ours(
        name="anuraghazra/github-readme-stats",
        files={
            "package.json": PACKAGE,
            ".gitignore": "node_modules\n",
            "src/calc.js": JS.format("a + b", "a + b"),
            "tests/calc.test.js": JEST_TEST,
        },
        tests={"tests/calc.test.js": JEST_TEST + 'test("subtracts (small)", () => expect(subtract(3, 2)).toBe(1));\n'},
        fix={"src/calc.js": JS.format("a + b", "a - b")},
        wrong={
            "wrong": {"src/calc.js": JS.format("a + b", "b - a")},
            "breaks": {"src/calc.js": JS.format("a - b", "a - b")},
            "broken": {"src/calc.js": "exports.add = (\n"},
        },
        run={"tests/calc.test.js": "PASS", "tests/calc.test.js:adds": "PASS"},
        before={
            "tests/calc.test.js": "FAIL",
            "tests/calc.test.js:adds": "PASS",
            "tests/calc.test.js:subtracts (small)": "FAIL",
        },
        after={
            "tests/calc.test.js": "PASS",
            "tests/calc.test.js:adds": "PASS",
            "tests/calc.test.js:subtracts (small)": "PASS",
        },
    ),
    "java": Ours(
        name="google/gson",
        files={
            "pom.xml": POM,
            ".gitignore": "target\n",
            "src/main/java/ours/Calc.java": JAVA.format("a + b", "a + b"),
            "src/test/java/ours/AddTest.java": JAVA_TEST.format("Add", "3, Calc.add(1, 2)"),
        },
        tests={"src/test/java/ours/SubtractTest.java": JAVA_TEST.format("Subtract", "1, Calc.subtract(3, 2)")},
        fix={"src/main/java/ours/Calc.java": JAVA.format("a + b", "a - b")},
        wrong={
            "wrong": {"src/main/java/ours/Calc.java": JAVA.format("a + b", "b - a")},
            "breaks": {"src/main/java/ours/Calc.java": JAVA.format("a - b", "a - b")},
            "broken": {"src/main/java/ours/Calc.java": "package ours;\n\npublic class Calc {\n"},
        },
        run={"ours.AddTest": "PASS"},
        before={"ours.AddTest": "PASS", "ours.SubtractTest": "FAIL"},
        after={"ours.AddTest": "PASS", "ours.SubtractTest": "PASS"},
    ),
    "rust": Ours(
        name="sharkdp/fd",
        files={
            "Cargo.toml": '[package]\nname = "calc"\nversion = "0.1.0"\nedition = "2021"\n',
            "Cargo.lock": 'version = 3\n\n[[package]]\nname = "calc"\nversion = "0.1.0"\n',
            ".gitignore": "target\n",
            "src/lib.rs": RUST.format("a + b", "a + b"),
            "tests/add.rs": RUST_TEST.format("adds", "add(1, 2)", 3),
        },
        tests={"tests/subtract.rs": RUST_TEST.format("subtracts", "subtract(3, 2)", 1)},
        fix={"src/lib.rs": RUST.format("a + b", "a - b")},
        wrong={
            "wrong": {"src/lib.rs": RUST.format("a + b", "b - a")},
            "breaks": {"src/lib.rs": RUST.format("a - b", "a - b")},
            "broken": {"src/lib.rs": "pub fn add(\n"},
        },
        run={"adds": "PASS"},
        before={"adds": "PASS", "subtracts": "FAIL"},
        after={"adds": "PASS", "subtracts": "PASS"},
    ),
    "c": Ours(
        name="facebook/zstd",
        files={
            "Makefile": MAKE,
            "calc.c": C.format("a + b", "a + b"),
            "tests/t.c": f"{C_HEAD}int main(void) {{\n{C_ADD}}}\n",
        },
        tests={"tests/t.c": f"{C_HEAD}int main(void) {{\n{C_ADD}{C_SUBTRACT}}}\n"},
        fix={"calc.c": C.format("a + b", "a - b")},
        wrong={
            "wrong": {"calc.c": C.format("a + b", "b - a")},
            "breaks": {"calc.c": C.format("a - b", "a - b")},
            "broken": {"calc.c": "int add(\n"},
        },
        run={"add": "PASS"},
        before={"add": "PASS", "subtract": "FAIL"},
        after={"add": "PASS", "subtract": "PASS"},
    ),
    "c++": Ours(
        name="fmtlib/fmt",
        files={
            "CMakeLists.txt": CMAKE,
            ".gitignore": "build\n",
            "calc.cc": C.format("a + b", "a + b"),
            "test/CMakeLists.txt": CC_LISTS.format("add-test"),
            "test/add-test.cc": CC_TEST.format("add(1, 2) == 3"),
        },
        tests={
            "test/CMakeLists.txt": CC_LISTS.format("add-test") + CC_LISTS.format("subtract-test"),
            "test/subtract-test.cc": CC_TEST.format("subtract(3, 2) == 1"),
        },
        fix={"calc.cc": C.format("a + b", "a - b")},
        wrong={
            "wrong": {"calc.cc": C.format("a + b", "b - a")},
            "breaks": {"calc.cc": C.format("a - b", "a - b")},
            "broken": {"calc.cc": "int add(\n"},
        },
        run={"add-test": "PASS"},
        before={"add-test": "PASS"},
        after={"add-test": "PASS", "subtract-test": "PASS"},
    ),
}

OURS["mocha"] = structs.replace(
    OURS["js"],
    name="expressjs/express",
    files={**OURS["js"].files, "package.json": MOCHA_PACKAGE, "tests/calc.test.js": MOCHA_TEST},
    tests={"tests/calc.test.js": MOCHA_TEST + MOCHA_SUBTRACTS},
    run={"calc adds": "PASS"},
    before={"calc adds": "PASS", "calc subtracts (small)": "FAIL"},
    after={"calc adds": "PASS", "calc subtracts (small)": "PASS"},
)
OURS["vitest"] = Ours(
    name="vuejs/core",
    files={
        "package.json": VITEST_PACKAGE,
        ".gitignore": "node_modules\n",
        "src/calc.js": ES.format("a + b", "a + b"),
        "tests/calc.test.js": VITEST_TEST,
    },
    tests={"tests/calc.test.js": VITEST_TEST + 'test("subtracts", () => expect(subtract(3, 2)).toBe(1));\n'},
    fix={"src/calc.js": ES.format("a + b", "a - b")},
    wrong={
        "wrong": {"src/calc.js": ES.format("a + b", "b - a")},
        "breaks": {"src/calc.js": ES.format("a - b", "a - b")},
        "broken": {"src/calc.js": "export const add = (\n"},
    },
    run={"tests/calc.test.js > adds": "PASS"},
    before={"tests/calc.test.js > adds": "PASS", "tests/calc.test.js > subtracts": "FAIL"},
    after={"tests/calc.test.js > adds": "PASS", "tests/calc.test.js > subtracts": "PASS"},
)
OURS["maven"] = structs.replace(
    OURS["java"],
    name="apache/dubbo",
    files={**OURS["java"].files, "pom.xml": POM.replace("  </dependencies>\n", SUREFIRE)},
)


class Made(Struct, frozen=True, kw_only=True):
    """A repository's record, and its patches by name."""

    record: dict[str, object]
    patches: Mapping[str, str]


def make(ours: Ours, folder: Path) -> Made:
    place = folder / ours.name.replace("/", "__")
    place.mkdir(parents=True)
    git(place, "init", "-q")
    write(place, ours.files)
    git(place, "add", "-A")
    git(place, "commit", "-q", "-m", "base")
    patches = {name: diff(place, files) for name, files in {"gold": ours.fix, **ours.wrong}.items()}
    org, _, repo = ours.name.partition("/")
    row = record(
        ours.run,
        ours.before,
        ours.after,
        org=org,
        repo=repo,
        base={"label": "ours", "ref": "main", "sha": git(place, "rev-parse", "HEAD").strip()},
        fix_patch=patches["gold"],
        test_patch=diff(place, ours.tests),
    )
    return Made(record=row, patches=patches)


def diff(place: Path, files: Files) -> str:
    write(place, files)
    git(place, "add", "-A")
    patch = git(place, "diff", "--cached")
    git(place, "reset", "-q", "--hard")
    return patch


def write(place: Path, files: Files) -> None:
    for name, text in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text, "utf-8")


def git(place: Path, *words: str) -> str:
    identity = (
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@t",
        "-c",
        "commit.gpgsign=false",
        "-c",
        "init.defaultBranch=main",
    )
    return subprocess.run(["git", *identity, *words], cwd=place, check=True, capture_output=True, text=True).stdout
