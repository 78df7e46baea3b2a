"""Attacks on web projects: the templates, and the samples that are made of them."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from boxscore import WebTask
from boxscore.data.plugins import load_harness
from boxscore.protocols.attacks import attacks_for
from boxscore.protocols.patch.admission import Refused
from boxscore.protocols.web.admitted import admitted
from boxscore.protocols.web.attacks import kind_of, trials, why_not
from boxscore.protocols.web.detail import GivenState, content_of, decode_sample
from boxscore.protocols.web.protocol import PROTOCOL
from boxscore.resources import folder

SUITE = attacks_for("web")
# What no sample may give, whatever it is for.
REFUSED = {
    *("absolute_path", "git_hooks", "leads_out_to_specs", "npmrc", "npmrc_in_a_folder"),
    *("programs_in_node_modules", "test_library_in_node_modules"),
}


@pytest.fixture(scope="module")
def tasks() -> dict[str, WebTask]:
    harness = load_harness("tiny-web")
    found: dict[str, WebTask] = {}
    for one in harness.load(folder("instances") / "tiny_web" / "instances.jsonl"):
        task = harness.task(one)
        assert isinstance(task, WebTask)
        found[kind_of(task)] = PROTOCOL.under_attack(task)
    return found


def tree_of(code: str) -> dict[str, bytes]:
    given = decode_sample(code)
    assert isinstance(given, GivenState)
    return {path: content_of(file) for path, file in given.files.items()}


def by_name(task: WebTask) -> dict[str, str]:
    return {f"{trial.attack.attack_class}/{trial.attack.name}": trial.code for trial in trials(task)}


@pytest.mark.parametrize("kind", ["pages", "built", "server"])
def test_samples_are_admitted_unless_they_must_not_be(kind: str, tasks: dict[str, WebTask]) -> None:
    for name, code in by_name(tasks[kind]).items():
        found = admitted(tasks[kind], code)
        assert isinstance(found, Refused) == (name.partition("/")[2] in REFUSED), (name, found)
        for placeholder in (b"__TEXTS__", b"__SPECS__", b"__SERVER__", b"__PORT__", b"__FIRST_SPEC__", b"#+ "):
            assert not any(placeholder in data for data in tree_of(code).values()), name


def test_what_cannot_be_attacked_says_why(tasks: dict[str, WebTask]) -> None:
    task = replace(tasks["pages"], reference=None)

    assert why_not(tasks["pages"]) == ""
    assert "no reference" in PROTOCOL.why_not_attacked(task)
