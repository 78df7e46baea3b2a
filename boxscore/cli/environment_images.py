"""`boxscore images`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.cli.exit_codes import OK, UNMET
from boxscore.cli.output import print_json, print_table, say
from boxscore.images import environments
from boxscore.images.build import BuildOptions

if TYPE_CHECKING:
    from collections.abc import Sequence


def build_command(names: Sequence[str], *, force: bool, json: bool) -> int:
    """Build what is missing."""
    return _print(environments.build(names, options=BuildOptions.from_environment(force=force), say=say), json=json)


def check_command(names: Sequence[str], *, json: bool) -> int:
    """Describe the images; exit with 1 if one is missing or holds privileged files."""
    return _print(environments.check(names), json=json)


def clean_command(*, everything: bool, json: bool) -> int:
    """Remove images that are not wanted any more."""
    removed = environments.clean(everything=everything, say=say)
    if json:
        print_json(removed)
    else:
        say(f"removed {len(removed)}: {', '.join(removed)}" if removed else "nothing to remove")
    return OK


def _print(found: Sequence[environments.ImageInfo], *, json: bool) -> int:
    if json:
        print_json(found)
    else:
        rows = [
            (one.name, one.reference, "yes" if one.present else "no", one.digest or "-", _size(one.size_bytes))
            for one in found
        ]
        print_table(("image", "reference", "here", "digest", "size"), rows)
    return OK if all(one.present and not one.privileged for one in found) else UNMET


def _size(size: int | None) -> str:
    return "-" if size is None else f"{size / 1e6:.0f} MB"
