"""Looks at web projects: how much time they have on a busy machine."""

from __future__ import annotations

from msgspec.structs import replace

from boxscore.checks import MAX_SECONDS
from boxscore.protocols.web.observer import given_longer
from boxscore.protocols.web.task import WebCommand
from tests.protocols.web.toy import BUILT

PREPARE, BUILD = WebCommand(argv=("prepare",), wall_s=10.0), WebCommand(argv=("build",), wall_s=40.0)
TASK = replace(BUILT, prepare=PREPARE, build=BUILD)


def test_all_wall_clock_limits_are_multiplied() -> None:
    longer = given_longer(TASK, 3.0)

    assert (longer.prepare, longer.build) == (replace(PREPARE, wall_s=30.0), replace(BUILD, wall_s=120.0))
    assert longer.serve == replace(TASK.serve, wall_s=3.0 * TASK.serve.wall_s)
    for before, after in ((TASK.limits, longer.limits), (TASK.browser_limits, longer.browser_limits)):
        assert after == replace(before, wall_s=3.0 * before.wall_s)
    assert longer.settings == replace(TASK.settings, test_s=90.0, expect_s=15.0)


def test_no_limit_is_longer_than_any_may_be() -> None:
    endless = replace(TASK, limits=replace(TASK.limits, wall_s=MAX_SECONDS))

    assert given_longer(endless, 2.0).limits.wall_s == MAX_SECONDS
