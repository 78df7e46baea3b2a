"""The rules that turn statuses into a verdict."""

from __future__ import annotations

import msgspec
import pytest

from boxscore.images.records import InstanceImage
from boxscore.protocols.patch.logs import judge
from boxscore.protocols.patch.task import PatchTask, ResolutionRule
from boxscore.protocols.statuses import Status
from harnesses.swebench.rules import FAIL_ONLY, LIVE, V4, V5

P, F, E, S, X = Status.PASSED, Status.FAILED, Status.ERROR, Status.SKIPPED, Status.XFAIL
STRICT = ResolutionRule()
RULES = (STRICT, V4, V5, FAIL_ONLY, LIVE)


def task(
    rule: ResolutionRule, fail_to_pass: tuple[str, ...] = ("f",), pass_to_pass: tuple[str, ...] = ("p",)
) -> PatchTask:
    return PatchTask(
        image=InstanceImage(name="x"),
        fail_to_pass=fail_to_pass,
        pass_to_pass=pass_to_pass,
        commands=("true",),
        parser="pytest",
        rule=rule,
    )


@pytest.mark.parametrize(
    ("status", "rules"),
    [
        (P, RULES),
        (X, (V4, V5, FAIL_ONLY)),
        (S, (FAIL_ONLY,)),
        (E, (FAIL_ONLY,)),
        (None, (FAIL_ONLY,)),
        (F, ()),
    ],
)
def test_what_resolves_a_fail_to_pass(status: Status | None, rules: tuple[ResolutionRule, ...]) -> None:
    found = {"p": P} if status is None else {"p": P, "f": status}

    assert rules == tuple(rule for rule in RULES if judge(task(rule), found, "").resolved)


@pytest.mark.parametrize(
    ("status", "rules"),
    [
        (P, RULES),
        (X, (V4, V5, FAIL_ONLY)),
        (S, (V4, V5, FAIL_ONLY, LIVE)),
        (E, (FAIL_ONLY,)),
        (None, (FAIL_ONLY, LIVE)),
        (F, ()),
    ],
)
def test_what_keeps_a_pass_to_pass(status: Status | None, rules: tuple[ResolutionRule, ...]) -> None:
    found = {"f": P} if status is None else {"f": P, "p": status}

    assert rules == tuple(rule for rule in RULES if judge(task(rule), found, "").resolved)


@pytest.mark.parametrize("rule", RULES)
def test_without_required_tests_nothing_is_resolved(rule: ResolutionRule) -> None:
    judged = judge(task(rule, (), ()), {"f": P}, "")

    assert not judged.resolved


@pytest.mark.parametrize(
    ("log", "resolved"),
    [
        ("", False),
        ("npm ERR! missing script: test\n", False),
        ("Executed 0 of 0\n", False),
        ("  3 passing (2s)\n", True),
    ],
)
def test_a_suite_that_names_no_failure_must_have_run(log: str, resolved: bool) -> None:  # noqa: FBT001 - a parameter
    judged = judge(task(FAIL_ONLY), {}, log)

    assert judged.resolved is resolved
    assert judged.fail_to_pass == ((("f",), ()) if resolved else ((), ("f",)))
    assert judged.pass_to_pass == ((("p",), ()) if resolved else ((), ("p",)))


CUT = "t.py::a[log(photon"


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        ({f"{CUT} /x)]": P, f"{CUT} /y)]": X}, X),
        ({f"{CUT} /x)]": P, f"{CUT} /y)]": F}, "MISSING"),
        ({f"{CUT} /x)]": S, f"{CUT} /y)]": F}, F),
        ({CUT: F, f"{CUT} /x)]": P}, F),
        ({f"{CUT}{number}": P for number in range(1000)}, P),
        ({f"{CUT}{number}": P for number in range(1001)}, "MISSING"),
        ({"t.py::a[log(other)]": P}, "MISSING"),
        ({}, "MISSING"),
    ],
)
def test_v5_matches_a_truncated_id_by_prefix(statuses: dict[str, Status], status: str) -> None:
    judged = judge(task(V5, (CUT,), ()), statuses, "")

    assert {CUT: status} == judged.tests


def test_a_rule_may_forbid_that_others_pass() -> None:
    rule = ResolutionRule(no_others=True)

    assert judge(task(rule), {"f": P, "p": P, "x": F, "y": S}, "").resolved
    judged = judge(task(rule), {"f": P, "p": P, "x": P, "y": S}, "")
    assert (judged.resolved, judged.others) == (False, ("x",))
    assert judge(task(STRICT), {"f": P, "p": P, "x": P}, "").others == ()


@pytest.mark.parametrize(
    ("found", "spoilt"), [({}, ()), ({"q": S}, ()), ({"q": F}, ("q",)), ({"q": E}, ("q",)), ({"other": E}, ("other",))]
)
def test_what_is_not_required_may_spoil_it(found: dict[str, Status], spoilt: tuple[str, ...]) -> None:
    strict = msgspec.structs.replace(task(ResolutionRule(refused=(E,))), must_not_fail=("q",))

    judged = judge(strict, {"f": P, "p": P, **found}, "")

    assert judged.spoilt_by == spoilt
    assert judged.resolved is not bool(spoilt)
