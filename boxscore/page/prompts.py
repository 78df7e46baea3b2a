"""What a benchmark asks for an instance, where its data is on this machine as it was when the run was made.

Nothing is fetched, and nothing of an instance is shown but its messages: no test, no reference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.data.plugin_calls import prompt_messages
from boxscore.errors import BoxscoreError
from boxscore.run.recorded import recorded_benchmark
from boxscore.score.cheating import kind_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boxscore.provenance import Provenance
    from boxscore.run.prepare import Benchmark


class Prompts:
    """The messages of a run's instances; none where they cannot be had here. The data is read when first asked for."""

    def __init__(self, provenance: Provenance) -> None:
        self._provenance = provenance
        self._instances: dict[str, tuple[Benchmark, int]] | None = None

    def __call__(self, instance_id: str) -> Sequence[Mapping[str, str]]:
        """The messages that ask for an instance."""
        if self._instances is None:
            self._instances = self._load()
        found = self._instances.get(instance_id)
        if found is None or kind_of(instance_id) is not None:
            return ()
        benchmark, place = found
        try:
            return tuple(prompt_messages(benchmark.harness, benchmark.every[place]))
        except BoxscoreError:  # a page without a prompt is better than none
            return ()

    def _load(self) -> dict[str, tuple[Benchmark, int]]:
        benchmark = recorded_benchmark(self._provenance)
        if benchmark is None:
            return {}
        return {one.instance_id: (benchmark, place) for place, one in enumerate(benchmark.every)}
