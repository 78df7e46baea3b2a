"""The task that is made of a row of SWE-bench Pro."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore import Sample, SampleKind, UsageError
from boxscore.data.plugins import load_harness
from harnesses.swebench.patches import without_binaries
from harnesses.swebench.pro import load_swebench_pro, swebench_pro_task
from tests.harnesses.swebench.pro.pro_rows import (
    BASE,
    DIGEST,
    KEPT,
    MENDED,
    NAME,
    PARSER,
    RUN_SCRIPT,
    row,
    write_data,
)
from tests.harnesses.swebench.shop import GOLD

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore import PatchTask

NOTED = "diff --git a/logo.png b/logo.png\nindex 1..2 100644\nBinary files a/logo.png and b/logo.png differ\n"
GIT_BINARY = "diff --git a/logo.png b/logo.png\nindex 1..2 100644\nGIT binary patch\nliteral 1\nIcmZQz\n\n"


def task(folder: Path, **changes: object) -> PatchTask:
    return swebench_pro_task(load_swebench_pro(write_data(folder, row(**changes)))[0])


def test_a_task(tmp_path: Path) -> None:
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


def test_no_digest(tmp_path: Path) -> None:
    path = write_data(tmp_path, row(), digests={})

    with pytest.raises(UsageError, match="boxscore images digests"):
        swebench_pro_task(load_swebench_pro(path)[0])


@pytest.mark.parametrize("binary", [NOTED, GIT_BINARY])
def test_binary_files_of_a_candidate_are_left_out(binary: str) -> None:
    assert without_binaries(binary + GOLD) == GOLD
    assert without_binaries(GOLD + binary) == GOLD
    assert without_binaries(binary) == ""


def test_extract(tmp_path: Path) -> None:
    harness = load_harness("swe-bench-pro")
    (one,) = harness.load(write_data(tmp_path, row()))
    answer = f"Here:\n```diff\n{GOLD}```\n"

    def extracted(text: str, kind: SampleKind) -> str | None:
        return harness.extract(one, Sample(instance_id=NAME, sample_id="0", text=text, kind=kind))

    assert extracted(GOLD + NOTED, SampleKind.PATCH) == GOLD
    assert extracted(answer, SampleKind.ANSWER) == GOLD
    assert extracted(NOTED, SampleKind.PATCH) is None
    assert extracted("", SampleKind.PATCH) is None
