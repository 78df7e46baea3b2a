"""The task that is made of a row of SWE-bench Pro."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore import Sample, SampleKind
from boxscore.data.plugins import load_harness
from harnesses.swebench.pro import load_swebench_pro, swebench_pro_task
from tests.harnesses.swebench.pro.pro_rows import (
    BASE,
    DIGEST,
    KEPT,
    MENDED,
    NAME,
    PARSER,
    RUN_SCRIPT,
    SOLUTION,
    row,
    write_data,
)
from tests.harnesses.swebench.shop import GOLD, TEST_PATCH

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore import PatchTask

NOTED = "diff --git a/logo.png b/logo.png\nindex 1..2 100644\nBinary files a/logo.png and b/logo.png differ\n"


def task(folder: Path, **changes: object) -> PatchTask:
    return swebench_pro_task(load_swebench_pro(write_data(folder, row(**changes)))[0])


def test_a_task(tmp_path: Path) -> None:
    """The row's script is run in its published image, and its parser reads what is printed."""
    made = task(tmp_path)

    assert (made.fail_to_pass, made.pass_to_pass) == ((MENDED,), (KEPT,))
    assert made.commands[0].endswith("cd /app\nbash /workspace/run_script.sh tests/test_price.py")
    assert made.log_program is not None
    assert made.log_program.files == (("parser.py", PARSER),)
    assert (made.reference, made.runner, made.command_s) == (GOLD, None, 3600.0)
    assert made.image.pinned == f"jefzda/sweap-images@{DIGEST}"
    assert made.image.files == (("run_script.sh", RUN_SCRIPT.encode()),)
    assert f"reset -q --hard {BASE}" in made.image.instance
    assert PARSER not in made.image.instance


def test_only_files_of_the_checkout_are_tests(tmp_path: Path) -> None:
    assert task(tmp_path).test_patch == TEST_PATCH


def test_a_test_file_that_the_reference_brings(tmp_path: Path) -> None:
    command = f"git checkout {SOLUTION} -- tests/test_price.py shop/price.py"
    made = task(tmp_path, before_repo_set_cmd=command)

    assert set(made.test_patch.split("diff --git ")) == {
        "",
        *(one.removeprefix("diff --git ") for one in (GOLD, TEST_PATCH)),
    }
    assert made.allowed == ()


def test_binary_test_files(tmp_path: Path) -> None:
    command = f"git checkout {SOLUTION} -- tests/test_price.py logo.png"
    made = task(tmp_path, test_patch=TEST_PATCH + NOTED, before_repo_set_cmd=command)

    assert made.test_patch == TEST_PATCH
    assert f"show {SOLUTION}:logo.png > /workspace/fixtures/logo.png" in made.image.instance
    assert "\ncp -r /workspace/fixtures/. /app/\n" in made.commands[0]


def test_extract(tmp_path: Path) -> None:
    """Predictions, references and chat answers alike."""
    harness = load_harness("swe-bench-pro")
    (one,) = harness.load(write_data(tmp_path, row()))
    answer = f"Here:\n```diff\n{GOLD}```\n"

    def extracted(text: str, kind: SampleKind) -> str | None:
        return harness.extract(one, Sample(instance_id=NAME, sample_id="0", text=text, kind=kind))

    assert extracted(GOLD + NOTED, SampleKind.PATCH) == GOLD
    assert extracted(answer, SampleKind.ANSWER) == GOLD
    assert extracted(NOTED, SampleKind.PATCH) is None
    assert extracted("", SampleKind.PATCH) is None
