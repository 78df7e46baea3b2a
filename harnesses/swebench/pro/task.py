"""From a row of SWE-bench Pro to the task of the patch protocol."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import msgspec

from boxscore import InstanceImage, Limits, LogProgram, PatchTask, ResolutionRule, UsageError, changed_paths

from ..dockerfile import run
from ..home import LINK_HOME, OPEN_HOME
from ..patches import of_files, without_binaries
from ..published import only_published
from .row import ProRow

if TYPE_CHECKING:
    from boxscore import Instance

    from ..patches import Section

TREE = "/app"
RULE = ResolutionRule(reads_exit_code=False)  # every required test PASSED; what is skipped or missing did not pass
# Room for a whole tree with its packages: `node_modules` cannot be a link to the instance's, since packages of the
# repository itself are links in it, which would lead to code without the patch.
LIMITS = Limits(
    cpu_s=4 * 3600.0,
    wall_s=3600.0,
    memory_bytes=16 << 30,
    processes=2048,
    disk_bytes=8 << 30,
    output_bytes=16 << 20,
)
RUN_SCRIPT = "/workspace/run_script.sh"
_FIXTURES = "/workspace/fixtures"


def swebench_pro_task(instance: Instance) -> PatchTask:
    """Say how an instance is graded.

    Raises UsageError where its test files do not follow from the row, or the digest of its image is not known.
    """
    row = msgspec.convert(instance.row, ProRow)
    return make_task(row, pinned=only_published(row.image, row.digest, "SWE-bench Pro"))


def make_task(row: ProRow, *, pinned: str) -> PatchTask:
    """Say how a row is graded in an image by digest. Raises UsageError where its test files do not follow from it."""
    checkout = row.checkout()
    if checkout is None:
        raise UsageError(f"{row.instance_id}: before_repo_set_cmd does not end with a checkout of test files")
    solution, files = checkout
    # What the checkout takes from the solution is in the patch of the tests, or in the reference's.
    restored = [*of_files(row.test_patch, files), *of_files(row.patch, files)]
    fixtures = [one.after for one in restored if one.binary]
    return PatchTask(
        image=_image(row, pinned, solution, fixtures),
        fail_to_pass=row.fail_to_pass,
        pass_to_pass=row.pass_to_pass,
        commands=("\n".join(_commands(row, fixtures)),),
        log_program=LogProgram(files=(("parser.py", row.parser),)),
        test_patch=_text(restored),
        rule=RULE,
        allowed=tuple(path for path in changed_paths(row.patch) if path not in files),
        reference=without_binaries(row.patch) or None,
        command_s=LIMITS.wall_s,
        limits=LIMITS,
    )


def _text(restored: list[Section]) -> str:
    """One patch of the test files that are text, each file once."""
    return "".join({one.after: one.text for one in reversed(restored) if not one.binary}.values())


def _commands(row: ProRow, fixtures: list[str]) -> tuple[str, ...]:
    # As the official program writes it: the names are not quoted.
    run_tests = f"bash {RUN_SCRIPT} {','.join(row.selected)}"
    copied = (f"cp -r {_FIXTURES}/. {TREE}/",) if fixtures else ()
    return (LINK_HOME, *row.exports, *copied, f"cd {TREE}", run_tests)


def _image(row: ProRow, pinned: str, solution: str, fixtures: list[str]) -> InstanceImage:
    steps = [f"git -C {TREE} reset -q --hard {row.base_commit}", f"git -C {TREE} checkout -q {row.base_commit}"]
    steps += [_fixture(solution, path) for path in fixtures]
    steps.append(OPEN_HOME)
    return InstanceImage(
        name=row.instance_id,
        tree=TREE,
        pinned=pinned,
        instance=f"COPY run_script.sh {RUN_SCRIPT}\n{run(*steps)}\n",
        files=(("run_script.sh", row.run_script.encode()),),
    )


def _fixture(solution: str, path: str) -> str:
    """Keep a binary file of the tests, which no patch in text can bring, before the history goes."""
    place, source = shlex.quote(f"{_FIXTURES}/{path}"), shlex.quote(f"{solution}:{path}")
    return f"mkdir -p $(dirname {place}) && git -C {TREE} show {source} > {place}"
