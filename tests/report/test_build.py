"""From results to a report: what is counted, what is left out, and that both are said."""

from __future__ import annotations

import random

import msgspec
import pytest

from boxscore.errors import UsageError
from boxscore.records import Outcome, Result, Trust
from boxscore.report.build import RunInfo, build_report, build_reports, model_folder
from boxscore.report.render import headline
from tests.report.runs import result, run

PASSED, WRONG, INTERNAL = Outcome.PASSED, Outcome.WRONG, Outcome.INTERNAL


def many(instance_id: str, *outcomes: Outcome) -> list[Result]:
    return [result(instance_id, outcome, str(number)) for number, outcome in enumerate(outcomes)]


def test_score_and_counts() -> None:
    report = build_report(run("a", "b", "c", "d"), [result(x, PASSED) for x in "abc"] + [result("d", WRONG)])

    assert (report.instances, report.samples, report.missing, report.invalid) == (4, 4, (), False)
    assert list(report.pass_at_k) == ["1"]
    assert (report.pass_at_k["1"].value, report.pass_at_k["1"].method) == (0.75, "wilson")


def test_internal_is_not_a_sample() -> None:
    results = [
        result("a", PASSED),
        result("a", INTERNAL, "1", reason="box lost"),
        result("b", INTERNAL),
        result("c", WRONG),
    ]
    report = build_report(run("a", "b", "c"), results)

    assert (report.samples, report.pass_at_k["1"].value) == (2, 0.5)
    assert (report.pass_at_k["1"].n, report.pass_at_k["1"].dropped) == (2, 1)
    assert [(one.instance_id, one.sample_id, one.reason) for one in report.excluded] == [
        ("a", "1", "box lost"),
        ("b", "0", ""),
    ]
    assert (report.excluded_samples, report.excluded_instances, report.excluded_share) == (2, 2, 0.5)
    assert (report.bracket.if_failed, report.bracket.if_passed) == pytest.approx((0.5 / 3, 2 / 3))


def kept_out(instance_id: str, sample_id: str = "0") -> Result:
    return result(instance_id, INTERNAL, sample_id, unresolvable=True, reason="the reference does not resolve here: x")


def test_unresolvable_instances_are_in_no_score_but_in_both_shares() -> None:
    results = [result("a", PASSED), result("b", WRONG), kept_out("c"), kept_out("c", "1"), result("c", WRONG, "2")]
    report = build_report(run("a", "b", "c", "d"), results)

    assert (report.pass_at_k["1"].value, report.pass_at_k["1"].n, report.pass_at_k["1"].dropped) == (0.5, 2, 1)
    assert [(one.instance_id, one.samples, one.reason) for one in report.unresolvable] == [
        ("c", 2, "the reference does not resolve here: x")
    ]
    assert report.unresolvable_samples == 2
    assert (report.resolved.solved, report.resolved.resolvable) == (1, 3)
    assert (report.resolved.of_all, report.resolved.of_resolvable) == pytest.approx((1 / 4, 1 / 3))


def test_what_is_kept_out_is_no_trouble_with_boxes() -> None:
    info = run("a", "b")
    info = msgspec.structs.replace(info, provenance=msgspec.structs.replace(info.provenance, samples=3))
    report = build_report(info, [result("a", PASSED), result("a", WRONG, "1"), kept_out("b")])

    assert (report.excluded, report.excluded_share, report.invalid, report.ungraded_samples) == ((), 0.0, False, 0)
    assert (report.bracket.if_failed, report.bracket.if_passed) == (0.5, 0.5)
    assert report.missing == ()


def test_a_sample_that_passes_shows_that_its_instance_can_be_resolved() -> None:
    report = build_report(run("a"), [result("a", PASSED), kept_out("a", "1"), kept_out("a", "2")])

    assert (report.unresolvable, report.unresolvable_samples, report.pass_at_k["1"].value) == ((), 0, 1.0)
    assert (report.excluded_samples, report.excluded_instances, report.invalid) == (2, 1, True)
    assert (report.bracket.if_failed, report.bracket.if_passed) == pytest.approx((1 / 3, 1.0))


def test_a_run_of_unresolvable_instances_is_invalid() -> None:
    report = build_report(run("a", "b", "c"), [result("a", PASSED), kept_out("b"), kept_out("c")])

    assert report.invalid_reason == "2 of 3 instances cannot be resolved here, not even by their references"


@pytest.mark.parametrize(("internal", "invalid"), [(5, False), (6, True)])
def test_invalid_above_share(internal: int, invalid: bool) -> None:  # noqa: FBT001 - a parameter of the test
    outcomes = [INTERNAL] * internal + [PASSED] * (100 - internal)
    report = build_report(run("a"), many("a", *outcomes))

    assert report.invalid is invalid
    assert (report.invalid_reason is not None) is invalid


def test_missing_instances() -> None:
    report = build_report(run("a", "b", "c"), [result("b", PASSED)])

    assert (report.missing, report.missing_instances) == (("a", "c"), 2)
    assert (report.pass_at_k["1"].value, report.pass_at_k["1"].n, report.pass_at_k["1"].dropped) == (1.0, 1, 0)


@pytest.mark.parametrize("ks", [(0,), (1, -1), ()])
def test_bad_k(ks: tuple[int, ...]) -> None:
    with pytest.raises(UsageError, match="k must be at least 1"):
        build_report(run("a", ks=ks), [])


def test_unknown_instance() -> None:
    with pytest.raises(UsageError, match="'z'"):
        build_report(run("a"), [result("z", PASSED)])


def test_parts() -> None:
    base_only = {"base": PASSED, "plus": WRONG}
    results = [
        result("a", PASSED, parts={"base": PASSED, "plus": PASSED}),
        result("b", WRONG, parts=base_only),
        result("c", Outcome.SYNTAX),
        result("d", WRONG, parts={"base": WRONG, "plus": PASSED}),
    ]
    report = build_report(run("a", "b", "c", "d", parts=("base", "plus")), results)

    assert report.parts["base"]["1"].value == 0.5
    assert report.parts["plus"] == report.pass_at_k
    assert report.pass_at_k["1"].value == 0.25


def test_a_part_may_fail_where_the_last_passes() -> None:
    results = [
        result("a", PASSED, parts={"base": WRONG, "derived": PASSED}),
        result("b", PASSED),
        result("c", WRONG, parts={"base": PASSED, "derived": WRONG}),
        result("d", WRONG),
    ]
    report = build_report(run("a", "b", "c", "d", parts=("base", "derived")), results)

    assert report.parts["base"]["1"].value == 0.5
    assert report.parts["derived"]["1"].value == 0.5

    none = build_report(run("a", parts=("base", "derived")), results[:1])
    assert none.parts["base"]["1"].value == 0.0


def test_tampered_passes_no_part() -> None:
    forged = result("a", Outcome.TAMPERED, parts={"base": PASSED, "plus": PASSED})
    report = build_report(run("a", parts=("base", "plus")), [forged])

    assert report.parts["base"]["1"].value == report.parts["plus"]["1"].value == 0.0


def test_weakest_trust() -> None:
    report = build_report(run("a", "b"), [result("a", PASSED), result("b", PASSED, trust=Trust.WATCHED)])

    assert report.trust is Trust.WATCHED
    assert report.trust_samples == {"oracle": 1, "watched": 1}
    assert headline(report).endswith("trust oracle (1), watched (1)")


def test_refused_samples_are_of_no_level() -> None:
    refused = [
        result(name, outcome, trust=Trust.WATCHED)
        for name, outcome in (("a", Outcome.NO_CODE), ("b", Outcome.PATCH_REJECTED), ("c", Outcome.SYNTAX))
    ]
    info = run("a", "b", "c", "d")

    mixed = build_report(info, [*refused, result("d", PASSED, trust=Trust.BLIND)])

    assert (mixed.trust, mixed.trust_samples) == (Trust.BLIND, {"blind": 1})
    assert (build_report(info, refused).trust, build_report(info, refused).trust_samples) == (Trust.ORACLE, {})


def test_timing() -> None:
    results = [result("a", PASSED, str(i), cpu_s=float(i), wall_s=2.0 * i) for i in range(1, 22)]
    results += [result("a", PASSED, "x"), result("a", INTERNAL, "y", wall_s=999.0, cpu_s=999.0)]
    random.Random(0).shuffle(results)
    report = build_report(run("a"), results)

    assert (report.timing.cpu_s.n, report.timing.cpu_s.median, report.timing.cpu_s.p95) == (21, 11.0, 20.0)
    assert report.timing.wall_s.max == 42.0
    assert [one.sample_id for one in report.slowest] == [str(i) for i in range(21, 11, -1)]


def test_missing_ones_count_where_that_is_the_practice() -> None:
    info = run(*"abcde", submitted=frozenset("abc"), counts_missing=True)

    report = build_report(info, [result("a", PASSED), result("b", WRONG)])  # c is not graded yet

    assert (report.pass_at_k["1"].value, report.pass_at_k["1"].n) == (0.25, 4)
    assert (report.pass_at_k_submitted["1"].value, report.pass_at_k_submitted["1"].n) == (0.5, 2)
    assert (report.resolved.of_all, report.resolved.of_submitted) == pytest.approx((1 / 5, 1 / 3))
    assert (report.bracket.if_failed, report.bracket.if_passed) == (0.25, 0.25)


def several(**models: str) -> tuple[RunInfo, list[Result]]:
    outcomes = {"P": PASSED, "W": WRONG, "I": INTERNAL}
    given = {
        (name, f"{model}/0"): (model, outcomes[letter])
        for model, word in models.items()
        for name, letter in zip("ab", word, strict=False)
    }
    info = run(
        "a",
        "b",
        models={name: model for name, (model, _) in given.items()},
        submitted=frozenset("ab"),
        counts_missing=True,
    )
    return info, [result(name, outcome, sample) for (name, sample), (_, outcome) in given.items()]


def test_models_are_not_pooled() -> None:
    whole, each = build_reports(*several(one="PP", two="W", three="PW"))

    assert {one.model: one.pass_at_k["1"].value for one in each} == {"one": 1.0, "two": 0.0, "three": 0.5}
    assert {one.model: one.resolved.submitted for one in whole.models} == {"one": 2, "two": 1, "three": 2}
    assert (whole.pass_at_k["1"].value, whole.pass_at_k["1"].reason) == (
        None,
        "3 models: each has a score of its own",
    )
    assert (whole.samples, whole.outcomes) == (5, {"wrong": 2, "passed": 3})


@pytest.mark.parametrize("model", ["lab/model", "..", "", "a" * 300, "ä", ".hidden", "A b"])
def test_folders_of_models(model: str) -> None:
    name = model_folder(model)

    assert "/" not in name
    assert not name.startswith(".")
    assert 0 < len(name) < 100
    assert name not in {model_folder(f"{model}_"), model_folder("plain"), model_folder(name)}
    assert model_folder("gpt-5.2_x") == "gpt-5.2_x"
