"""What `boxscore validate` prints of patches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.cli.output import print_lines, print_table
from boxscore.protocols.patch.observe import Lists

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.protocols.patch.observe import PatchLists


def print_patches(found: Sequence[PatchLists]) -> None:
    """Print a line for each instance, or all the tests of a single one."""
    if len(found) == 1:
        for name in ("fail_to_pass", "pass_to_pass", "flaky"):
            tests = getattr(found[0], name)
            print_lines([f"{name.upper()} {len(tests)}", *(f"  {test}" for test in tests)])
        return
    print_table(
        ("instance", "FAIL_TO_PASS", "PASS_TO_PASS", "flaky", "lost", "new", "canaries"),
        [
            (
                one.instance_id,
                *(str(len(getattr(one, name))) for name in Lists.__struct_fields__),
                str(one.canaries) if one.canaries is not None else f"none: {one.canaries_reason}",
            )
            for one in found
        ],
    )
