"""Rows of SWE-rebench, the tasks that are made of them, and the program that reads V2's logs."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from boxscore import InputError
from harnesses.swebench.live import Months
from harnesses.swebench.rules import V4
from harnesses.swebench.swe_rebench import load_swe_rebench, normalized, swe_rebench_task
from tests.harnesses.swebench.shop import GOLD, TEST_PATCH
from tests.harnesses.swebench.swe_rebench.rebench_rows import (
    CONFIG_V1,
    CONFIG_V2,
    DIGEST,
    IMAGE_V2,
    KEPT,
    MENDED,
    V1,
    V2,
    v1_row,
    v2_row,
    write_data,
)

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore import PatchTask


def task(folder: Path, row: dict[str, object]) -> PatchTask:
    return swe_rebench_task(load_swe_rebench(write_data(folder, row))[0])


def test_v1_is_graded_as_swe_bench_is(tmp_path: Path) -> None:
    made = task(tmp_path, v1_row())

    assert (made.fail_to_pass, made.pass_to_pass, made.rule) == ((MENDED,), (KEPT,), V4)
    assert (made.parser, made.runner, made.log_program) == ("pytest", "pytest", None)
    assert "pytest --no-header -rA --tb=line" in made.commands[0]
    assert made.commands[0].endswith("--junitxml=/scratch/report.xml tests/test_price.py")
    assert (made.image.base, made.image.pinned) == ("patch-python-3.11", None)
    assert "pytest==8.3.4" in made.image.environment
    assert "git+https" not in made.image.environment
    assert "install-as-of 2025-03-01 -e ." in made.image.instance


def test_v2(tmp_path: Path) -> None:
    """By its own commands in the published image, in the folder of the repository; its parser reads the log."""
    (instance,) = load_swe_rebench(write_data(tmp_path, v2_row()))
    made = swe_rebench_task(instance)

    assert instance.prompt == "The total is too low.\n\nInterface:\ndef total(prices)"
    assert (made.image.pinned, made.image.tree) == (f"{IMAGE_V2.rpartition(':')[0]}@{DIGEST}", "/shop")
    assert made.commands[0].endswith("\nset -e\npython3 -m unittest -v tests.test_price")
    assert made.log_program is not None
    assert [path for path, _ in made.log_program.files] == [
        "read_log.py",
        "lib/__init__.py",
        "lib/agent/__init__.py",
        "lib/agent/log_parsers.py",
        "lib/agent/swe_constants.py",
    ]
    assert (made.reference, made.test_patch, made.runner) == (GOLD, TEST_PATCH, None)
    assert made.image.links == ()


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (v1_row(install_config=None), "install_config"),
        (v1_row(install_config="[" * 100_000), "install_config"),
        (
            v1_row(install_config={**CONFIG_V1, "log_parser": "parse_log_x"}),
            "install_config.log_parser",
        ),
        (v1_row(install_config={**CONFIG_V1, "test_cmd": None}), "install_config.test_cmd"),
        (v1_row(install_config={**CONFIG_V1, "python": 3.9}), "install_config"),
        (v1_row(FAIL_TO_PASS=7), "FAIL_TO_PASS"),
        (
            v2_row(install_config={"base_image_name": "c", "test_cmd": [], "log_parser": "words"}),
            "install_config.test_cmd",
        ),
        (v2_row(install_config={"test_cmd": "make", "log_parser": "a; b"}), "install_config.log_parser"),
        (v2_row(image_name=None), "image_name"),
        (v2_row(repo="toy/.."), "repo"),
        (v2_row(repo="toy"), "repo"),
    ],
)
def test_a_row_that_is_not_as_it_must_be(tmp_path: Path, row: dict[str, object], field: str) -> None:
    with pytest.raises(InputError) as error:
        load_swe_rebench(write_data(tmp_path, row))

    assert error.value.field == field


def test_months(tmp_path: Path) -> None:
    """A window takes the rows that were created in it, however the date is written."""
    path = write_data(tmp_path, v1_row(), v2_row())

    assert [one.instance_id for one in load_swe_rebench(path, Months.of("2025-02"))] == [V1]
    assert [one.instance_id for one in load_swe_rebench(path, Months.of("..2020-12"))] == [V2]
    with pytest.raises(InputError, match="no instances"):
        load_swe_rebench(path, Months.of("2026-01"))
    for odd in (None, 10**30):
        with pytest.raises(InputError, match="no date"):
            load_swe_rebench(write_data(tmp_path, v1_row(created_at=odd)), Months.of("2026-01"))


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("a [1.34 ms]", "a"),
        ("a [ 12 MS ] ", "a"),
        ("a (0.5s)", "a"),
        ("a (123ms)", "a"),
        ("a in 29.08 msec ran", "a ran"),
        ("a in 1 sec", "a"),
        ("a [x]", "a [x]"),
        ("a (1s) b", "a (1s) b"),
        ("a [1 ms] (2s)", "a [1 ms]"),
        ("min 3 seconds", "min 3 seconds"),
    ],
)
def test_times_in_names(name: str, plain: str) -> None:
    assert normalized(name) == plain


@pytest.mark.parametrize(
    ("parser", "stdout", "stderr", "expected"),
    [
        ("parse_log_ok", "a ... ok\n", "b ... FAIL\nc ... ok\n", {"a": "PASSED", "b": "FAILED", "c": "PASSED"}),
        ("words", "PASSED a [3 ms]\nFAILED a\n", "", {"a": "FAILED"}),
        ("words", "", "", {}),
    ],
)
def test_the_program_that_reads_logs(
    tmp_path: Path, parser: str, stdout: str, stderr: str, expected: dict[str, str]
) -> None:
    row = v2_row()
    row["install_config"] = {**CONFIG_V2, "log_parser": parser}
    program = task(tmp_path, row).log_program
    assert program is not None
    for path, text in program.files:
        (tmp_path / "box" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "box" / path).write_text(text)
    paths = [tmp_path / name for name in ("stdout.log", "stderr.log", "output.json")]
    paths[0].write_text(stdout)
    paths[1].write_text(stderr)

    subprocess.run([sys.executable, "-I", "-S", "-B", tmp_path / "box" / "read_log.py", *paths], check=True)

    found = json.loads(paths[2].read_text())["tests"]
    assert {one["name"]: one["status"] for one in found} == expected
    assert len(found) == len(expected)
