"""Versions of dependencies: what a maximal migration asks for, judged by what Maven resolved."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boxscore.protocols.migration.model import EffectiveModel
    from boxscore.protocols.migration.resolved import Artefact

VERSION_CHARACTERS = 200

LEADING = re.compile(r"(\d+)(.*)\Z", re.DOTALL)

NOTHING_MORE = re.compile(r"(?:[.-]+(?:0+(?!\d))?)*")
"""Zeros and separators, which make a version no later."""

BEFORE_RELEASE = re.compile(r"(?:alpha|beta|milestone|rc|cr|snapshot|(?:a|b|m)(?=\d))", re.IGNORECASE)
"""What marks a version as one before the release of its number; `a`, `b` and `m` do only with a number behind them."""


def version_at_least(version: str, wanted: str) -> bool:
    """Whether a version is at least the major version of the one that is wanted, in Maven's own order of versions.

    A version before the first release of that major version, such as `5.0.0-M1`, is not; nor is one that does not
    begin with a number, which Maven has below all numbers.
    """
    found, asked = LEADING.match(version[:VERSION_CHARACTERS]), LEADING.match(wanted)
    if found is None or asked is None or len(version) > VERSION_CHARACTERS:
        return asked is None
    if int(found[1]) != int(asked[1]):
        return int(found[1]) > int(asked[1])
    return BEFORE_RELEASE.match(NOTHING_MORE.sub("", found[2], count=1)) is None


def dependency_faults(
    base: EffectiveModel,
    now: EffectiveModel,
    artefacts: Mapping[str, Sequence[Artefact]],
    table: Sequence[tuple[str, str]],
) -> tuple[str, ...]:
    """Say which dependencies are older than a maximal migration asks for; none if all are new enough.

    `artefacts` has what Maven resolved for each module, by its folder, `table` the wanted versions, (group:artifact,
    version). Judged are the direct dependencies of `now`, and those of `base` that are still there however they come.
    """
    wanted = dict(table)
    faults = []
    for folder in now.folders:
        versions = _versions(folder, base, now, artefacts.get(folder, ()))
        where = folder or "the root module"
        for name, found in sorted(versions.items()):
            old = sorted(version for version in found if name in wanted and not version_at_least(version, wanted[name]))
            if old:
                faults.append(f"{where} has {name} {old[0][:100]}, which is older than {wanted[name]}")
    return tuple(faults)


def _versions(
    folder: str, base: EffectiveModel, now: EffectiveModel, resolved: Sequence[Artefact]
) -> dict[str, set[str]]:
    """The versions of what is judged in a module: those resolved, and where there is none, those declared."""
    versions: dict[str, set[str]] = {}
    for one in resolved:
        versions.setdefault(one.name, set()).add(one.version)
    before, after = base.at(folder), now.at(folder)
    direct = () if after is None else after.dependencies
    judged = {one.name for one in direct} | {one.name for one in (() if before is None else before.dependencies)}
    declared = {one.name: {one.version} for one in direct if one.version}
    return declared | {name: found for name, found in versions.items() if name in judged}
