"""A run as trackers of experiments keep it: numbers by name, and what they depend on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from boxscore.models.secrets import redacted
from boxscore.report.build import model_folder
from boxscore.report.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from boxscore.exports.run import Destination, ExportedRun
    from boxscore.report.records import Report
    from boxscore.score.statistics import Estimate

_NO_KEY = re.compile(r"[^A-Za-z0-9_./ -]")
_KEY_CHARACTERS, _VALUE_CHARACTERS = 200, 500  # that every server takes
_SAMPLING = (
    *("model", "base", "samples_each", "variant", "template_digest", "temperature", "top_p", "max_tokens", "seed"),
    "agent",
)
_PROVENANCE = (
    *("run_id", "benchmark", "title", "data_sha256", "data_published", "backend", "runtime", "strict", "image"),
    *("image_digest", "on", "grading_version", "started", "finished"),
)


def metrics(report: Report) -> dict[str, float]:
    """The numbers of a report: each score with its interval, counts of outcomes, times. What is not known is not there.

    Names are made of ASCII letters, digits, `_`, `.`, `-`, blanks and `/`, which every tracker takes.
    """
    found = dict(_scores(report))
    found["samples"], found["instances"] = float(report.samples), float(report.instances)
    found["internal"], found["missing_instances"] = float(report.excluded_samples), float(report.missing_instances)
    found["invalid"] = float(report.invalid)
    found.update({f"outcomes/{name}": float(count) for name, count in report.outcomes.items()})
    for name, spread in (("cpu_s", report.timing.cpu_s), ("wall_s", report.timing.wall_s)):
        known = {"median": spread.median, "p95": spread.p95, "max": spread.max}
        found.update({f"{name}/{what}": value for what, value in known.items() if value is not None})
    bracket = {"pass_at_1/if_internal_failed": report.bracket.if_failed}
    bracket["pass_at_1/if_internal_passed"] = report.bracket.if_passed
    found.update({name: value for name, value in bracket.items() if value is not None})
    return {_key(name): value for name, value in found.items()}


def logged(run: ExportedRun, report: Report) -> dict[str, float]:
    """The numbers of a model's report; with what its answers came to, where the run has no other model."""
    return metrics(report) | ({} if len(run.reports) > 1 else spent(run))


def run_name(run: ExportedRun, model: str, place: Destination) -> str:
    """What a tracker calls a run: as the run's directory, with the model where there are several."""
    return f"{place.run_name}-{model_folder(model)}" if len(run.reports) > 1 else place.run_name


def spent(run: ExportedRun) -> dict[str, float]:
    """What the model's answers came to, for a run that asked for them."""
    record = run.record.provenance.sampling
    if record is None:
        return {}
    values = {"cost_usd": record.cost_usd, "input_tokens": record.input_tokens, "output_tokens": record.output_tokens}
    return {name: float(value) for name, value in values.items() if value is not None}


def parameters(run: ExportedRun, report: Report, model: str) -> dict[str, str]:
    """What the numbers depend on, without keys and addresses that hold any."""
    provenance = run.record.provenance
    found: dict[str, object] = {name: getattr(provenance, name) for name in _PROVENANCE}
    found |= {f"limits/{name}": value for name, value in msgspec.structs.asdict(provenance.limits).items()}
    sampling = provenance.sampling
    if sampling is not None:
        found |= {f"sampling/{name}": getattr(sampling, name) for name in _SAMPLING}
        found |= {f"agent/{name}": value for name, value in sampling.agent_options.items()}
        found |= {f"agent_limits/{name}": value for name, value in sampling.limits.items()}
    found |= {"model": model, "trust": report.trust.value, "confidence": report.confidence}
    found |= {f"version/{name}": version for name, version in provenance.versions.items()}
    return {
        _key(name): printable(redacted(str(value)), _VALUE_CHARACTERS)
        for name, value in found.items()
        if value not in (None, "")
    }


def _key(name: str) -> str:
    return _NO_KEY.sub("_", name)[:_KEY_CHARACTERS]


def _scores(report: Report) -> Iterator[tuple[str, float]]:
    for k, score in report.pass_at_k.items():
        yield from _estimate(f"pass_at_{k}", score)
    for part, scores in report.parts.items():
        for k, score in scores.items():
            yield from _estimate(f"{part}/pass_at_{k}", score)


def _estimate(name: str, score: Estimate) -> Iterator[tuple[str, float]]:
    values: Mapping[str, float | None] = {
        name: score.value,
        f"{name}/low": score.low,
        f"{name}/high": score.high,
        f"{name}/standard_error": score.standard_error,
    }
    yield from ((one, value) for one, value in values.items() if value is not None)
