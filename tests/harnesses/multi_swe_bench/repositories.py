"""Small repositories of our own in the languages of Multi-SWE-bench, under the names of known ones, with a bug each."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from msgspec import Struct

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


RUST = "pub fn add(a: i32, b: i32) -> i32 {{ {} }}\n\npub fn subtract(a: i32, b: i32) -> i32 {{ {} }}\n"
RUST_TEST = "#[test]\nfn {}() {{ assert_eq!(calc::{}, {}); }}\n"

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
}


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
