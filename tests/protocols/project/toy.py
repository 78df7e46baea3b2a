"""A toy project: a counter, half of which is left to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore import Batch, Candidate, Limits, ProjectTask, Trust, encode_files

if TYPE_CHECKING:
    from boxscore.protocols.contract import BatchGrader
    from boxscore.records import Result

COUNTER, STEP = "src/main/java/toy/Counter.java", "src/main/java/toy/Step.java"
TEST = "src/test/java/toy/CounterTest.java"
SKELETON = """package toy;

public class Counter {
    private int count;

    public int add(Step step) {
        // TODO
        return -1;
    }
}
"""
SOLUTION = SKELETON.replace(
    "        // TODO\n        return -1;", "        count += step.size();\n        return count;"
)
STEPS = "package toy;\n\npublic record Step(int size) {}\n"
TESTS = """package toy;

import static org.junit.jupiter.api.Assertions.*;

import java.util.Properties;
import org.junit.jupiter.api.*;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CounterTest {
    private Counter counter;

    @BeforeEach
    void begin() {
        counter = new Counter();
    }

    @Test
    void adds() {
        assertEquals(2, counter.add(new Step(2)));
        assertEquals(5, counter.add(new Step(3)));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 7, 12})
    void begins(int size) {
        assertEquals(size, counter.add(new Step(size)));
    }

    @Nested
    class Resources {
        @Test
        void are_there() throws Exception {
            Properties read = new Properties();
            read.load(CounterTest.class.getResourceAsStream("/toy.properties"));
            assertEquals("right", read.getProperty("answer"));
            assertTrue(new java.io.File("src/main/resources/own.txt").isFile());
        }
    }
}
"""
REQUIRED = ("toy.CounterTest#adds", "toy.CounterTest#begins", "toy.CounterTest$Resources#are_there")
REFERENCE = encode_files({COUNTER: SOLUTION})
TASK = ProjectTask(
    files=(
        (COUNTER, SKELETON.encode()),
        (STEP, STEPS.encode()),
        ("src/main/resources/own.txt", b"1"),
    ),
    replaced=(COUNTER, STEP),
    tests=((TEST, TESTS.encode()), ("src/test/resources/toy.properties", b"answer=right\n")),
    required=REQUIRED,
    reference=REFERENCE,
    limits=Limits(cpu_s=60.0, wall_s=300.0, memory_bytes=1 << 30, processes=256, disk_bytes=64 << 20),
)


def batch(*codes: str, task: ProjectTask = TASK, **fields: object) -> Batch:
    candidates = tuple(Candidate(sample_id=str(number), code=code) for number, code in enumerate(codes))
    made = Batch(instance_id="toy/counter", task=task, trust=Trust.CLAIM, candidates=candidates)
    return replace(made, **fields)


def graded(grader: BatchGrader, *codes: str, task: ProjectTask = TASK) -> list[Result]:
    return sorted(grader.grade(batch(*codes, task=task)), key=lambda result: int(result.sample_id))
