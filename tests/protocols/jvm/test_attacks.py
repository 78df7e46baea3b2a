"""Attacks on projects in a real JVM, on a class whose tests have something to hide."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore.protocols.attacks import Attack, Expect, attacks_for
from boxscore.protocols.jvm.layer import Known, Suite
from boxscore.protocols.jvm.protection import Protection
from boxscore.protocols.project.attacks import sample_of
from boxscore.protocols.project.files import decode_files, encode_files
from boxscore.protocols.project.task import ProjectTask
from boxscore.records import Outcome, Trust

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from boxscore.protocols.jvm.layer import Judged, Runs
    from tests.protocols.jvm.conftest import Jvm

pytestmark = [pytest.mark.bubblewrap, pytest.mark.slow]  # two or three virtual machines and compilations each

MAIN, RESOURCES, PATH = "src/main/java/", "src/main/resources/", "src/main/java/demo/Ledger.java"
LEDGER = """package demo;
import java.util.*;
public class Ledger {
    private final List<String> names = new ArrayList<>();
    private long sum;
    public void add(String name, long amount) { names.add(name); sum += amount * 37 + names.size(); }
    public long sum() { return sum; }
    public String report() {
        StringBuilder text = new StringBuilder();
        for (String name : names) text.append(name.toUpperCase()).append(names.size() * 91).append(';');
        return text.toString();
    }
}
"""
TEST = """package demo;
import static org.junit.jupiter.api.Assertions.*;
import org.junit.jupiter.api.*;
class LedgerTest {
    private Ledger ledger;
    @BeforeEach void fill() { ledger = new Ledger(); ledger.add("zoe", 1234); ledger.add("adam", 4321); }
    @Test void sums() { assertEquals(205538L, ledger.sum()); }
    @Test void reports() { String expected = "ZOE182;ADAM182;"; assertEquals(expected, ledger.report(), "the report"); }
}
"""
REQUIRED = ("demo.LedgerTest#sums", "demo.LedgerTest#reports")
SUITE = Suite(name="ledger", files=(("demo/LedgerTest.java", TEST),), required=REQUIRED)
TASK = ProjectTask(
    files=((PATH, b""),), replaced=(PATH,), tests=(), required=REQUIRED, reference=encode_files({PATH: LEDGER})
)

OFFERED = {"extension", "filter", "interceptor", "listener", "parameters"}
ATTACKS = [  # those that need no compiler of the grader's own
    attack
    for attack in attacks_for("project")
    if attack.attack_class in {"early-exit", "reports", "results", "control"} or attack.name in OFFERED
]


def runs_of(jvm: Jvm, files: Mapping[str, str]) -> Runs:
    """Both ways to run a sample; also one that a grader would not have compiled."""
    sources = {path.removeprefix(MAIN): text for path, text in files.items() if path.endswith(".java")}
    others = {path.removeprefix(RESOURCES): text for path, text in files.items() if not path.endswith(".java")}
    return jvm.runs(sources, others)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where what was learned is kept."""
    return tmp_path_factory.mktemp("cache")


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: f"{attack.attack_class}/{attack.name}")
def test_no_cheat_passes_and_honest_code_does(attack: Attack, jvm: Jvm, folder: Path) -> None:
    """With nothing but the runner and its layers between them and a verdict: no admission, no check of names."""
    reference = runs_of(jvm, decode_files(TASK.reference or "").files)
    known = Protection(folder, "here").known(SUITE, Known(reference=reference))
    sample = runs_of(jvm, decode_files(sample_of(attack, TASK)).files)

    judged: Judged = known.judge(known.look(sample), sample, samples=1)

    honest = attack.expect is Expect.PASS
    assert (judged.outcome is Outcome.PASSED) == honest, judged
    assert (judged.trust is Trust.BLIND) == honest, judged
