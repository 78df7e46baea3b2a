"""Attacks on projects: the templates, and the samples that are made of them."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from boxscore.protocols.attacks import attacks_for
from boxscore.protocols.java_source import parse_java
from boxscore.protocols.project.attacks import sample_of, trials, why_not
from boxscore.protocols.project.task import ProjectTask, admitted, decode_files, encode_files

PATH = "src/main/java/demo/Sum.java"
SOURCE = """package demo;
import java.util.List;
public class Sum {
    private final int start;
    public Sum(int start) { this.start = start; }
    public int of(int[] numbers) { int sum = start; for (int one : numbers) sum += one; return sum; }
    public boolean isEmpty() { return start == 0; }
    public int[] numbers() { return new int[] {start}; }
    public <T> List<T> none() { return List.of(); }
    public void print() { System.out.println(start); }
    interface Shape { double area(); default String name() { return "shape"; } }
}
"""
TASK = ProjectTask(
    files=((PATH, b"package demo; public class Sum {}"),),
    replaced=(PATH,),
    tests=(("src/test/java/demo/SumTest.java", b"package demo; class SumTest {}"),),
    required=("demo.SumTest#sums",),
    reference=encode_files({PATH: SOURCE}),
)


def test_each_template_is_java_in_its_place() -> None:
    for attack in attacks_for("project"):
        for path, text in decode_files(sample_of(attack, TASK)).files.items():
            if "\\u0070ackage" in text:  # which is Java, though this parser does not read it
                continue
            assert not path.endswith(".java") or not parse_java(text.encode()).has_error, f"{attack.name}: {path}"
            assert "__" not in text.replace("__proc__", ""), f"{attack.name}: {path}"


def test_honest_controls_are_the_reference() -> None:
    codes = {trial.attack.name: trial.code for trial in trials(TASK)}

    assert decode_files(codes["reference"]) == decode_files(TASK.reference or "")
    assert "return sum" in codes["reference_and_noise"]
    assert "return sum" not in codes["nothing_done"]


def test_files_beside_those_that_may_be_given_are_refused() -> None:
    codes = {trial.attack.name: trial.code for trial in trials(TASK) if trial.attack.attack_class == "class-path"}

    assert len(codes) >= 5
    for name, code in codes.items():
        assert "may not give" in getattr(admitted(TASK, code), "reason", ""), name


@pytest.mark.parametrize(
    ("reference", "why"),
    [(None, "no reference"), (encode_files({PATH: "interface A {}"}), "no class"), (TASK.reference, "")],
)
def test_a_task_is_attacked_that_has_a_reference_with_a_class(reference: str | None, why: str) -> None:
    found = why_not(replace(TASK, reference=reference))

    assert why in found
    assert bool(why) == bool(found)
