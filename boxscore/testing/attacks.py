"""The attack suite for a harness or a protocol that does not ship with boxscore."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.cache import cache_folder
from boxscore.data.harness_check import load_all
from boxscore.data.plugin_calls import make_task
from boxscore.errors import UsageError
from boxscore.protocols.contract import Opening
from boxscore.run.attacks import run_attacks
from boxscore.run.gate import grader_factory

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from boxscore.boxes.contract import Backend
    from boxscore.harness import Harness
    from boxscore.protocols.attacks import Attack
    from boxscore.protocols.contract import GraderFactory
    from boxscore.records import Limits
    from boxscore.run.attacks import AttackReport


def attack_suite(  # noqa: PLR0913 - options, by keyword
    benchmark: Harness | str | Path,
    *,
    data: Path | None = None,
    instance_id: str | None = None,
    backend: Backend | str = "auto",
    open_grader: GraderFactory | None = None,
    attacks: Iterable[Attack] | None = None,
    limits: Limits | None = None,
    fast: bool = False,
) -> AttackReport:
    """Try to forge passes on one instance of a benchmark; `report.held` says whether all was as it must be.

    Args:
        benchmark: A harness, the name of one, or the path of a harness file.
        data: A data folder or file in place of the cache.
        instance_id: The instance to attack; the first that has a reference if None.
        backend: Where boxes are made: a backend, or auto, docker or local.
        open_grader: Opens the grader of a protocol of your own in place of ours; `backend` then does not matter.
        attacks: Attacks of your own in place of the suite.
        limits: What each attack may use.
        fast: Leave out attacks that end only by a limit, but for one of each class.

    Raises:
        UsageError: There is no such instance, it has no reference, or its protocol has no attacks.
        SandboxUnavailable: No sandbox works here.
    """
    harness, instances = load_all(benchmark, data)
    chosen = next(
        (one for one in instances if one.instance_id == instance_id or (instance_id is None and one.reference)), None
    )
    if chosen is None:
        raise UsageError(f"{harness.name} has no instance {instance_id or 'with a reference'}")
    task = make_task(harness, chosen)
    opening = None
    if open_grader is None:
        opening = _opening(harness, backend)
        open_grader = grader_factory(opening.backend, opening.image)
    return run_attacks(
        open_grader,
        chosen,
        task,
        harness.trust,
        opening=opening,
        fast=fast,
        attacks=attacks,
        limits=limits,
    )


def _opening(harness: Harness, backend: Backend | str) -> Opening:
    from boxscore.run.prepare import choose_backend, image_of  # noqa: PLC0415 - opens boxes
    from boxscore.run.request import Request  # noqa: PLC0415 - opens boxes

    request = Request(benchmark=harness.name, backend=backend if isinstance(backend, str) else backend.name)
    opened = choose_backend(request) if isinstance(backend, str) else backend
    return Opening(backend=opened, image=image_of(request, harness, opened), cache=cache_folder())
