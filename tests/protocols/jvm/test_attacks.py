"""Attacks on projects in a real JVM, beside a test class that must fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore.protocols.attacks import Attack, Expect, attacks_for
from boxscore.protocols.jvm.protection import Suite, judge
from boxscore.protocols.project.attacks import sample_of
from boxscore.protocols.project.task import ProjectTask, decode_files, encode_files
from boxscore.records import Outcome, Trust

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boxscore.protocols.jvm.protection import Run
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
SUITE = Suite(files=(("demo/LedgerTest.java", TEST),), required=REQUIRED)
TASK = ProjectTask(
    files=((PATH, b""),), replaced=(PATH,), tests=(), required=REQUIRED, reference=encode_files({PATH: LEDGER})
)

OFFERED = {"extension", "filter", "interceptor", "listener", "parameters"}
ATTACKS = [  # those that need no compiler of the grader's own
    attack
    for attack in attacks_for("project")
    if attack.attack_class in {"early-exit", "reports", "results", "control"} or attack.name in OFFERED
]


def run_of(jvm: Jvm, files: Mapping[str, str]) -> Run:
    sources = {path.removeprefix(MAIN): text for path, text in files.items() if path.endswith(".java")}
    others = {path.removeprefix(RESOURCES): text for path, text in files.items() if not path.endswith(".java")}
    return jvm.beside(sources, others)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: f"{attack.attack_class}/{attack.name}")
def test_no_cheat_is_watched_and_honest_code_is(attack: Attack, jvm: Jvm) -> None:
    reference = run_of(jvm, decode_files(TASK.reference or "").files)

    judged = judge(SUITE, run_of(jvm, decode_files(sample_of(attack, TASK)).files), reference)

    honest = attack.expect is Expect.PASS
    assert (judged.outcome is Outcome.PASSED) == honest, judged
    assert (judged.trust is Trust.WATCHED) == honest, judged
