"""Names that people give benchmarks which are called otherwise here."""

from __future__ import annotations

import pytest

from boxscore.data.plugins import load_harness
from boxscore.errors import UsageError


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("humaneval-plus", "humanevalplus"),
        ("HumanEval+", "humanevalplus"),
        ("mbpp+", "mbppplus"),
        ("SWE-bench_Lite", "swe-bench-lite"),
        ("swebench-verified", "swe-bench-verified"),
        ("bigcodebench-hard", "bigcodebench@hard"),
        ("EvoEval_tool-use", "evoeval@tool_use"),
        ("multiple-js", "multipl-e-js"),
        ("humaneval-js", "multipl-e-js"),
        ("MultiPL-E", "multipl-e-cpp, multipl-e-go, multipl-e-java, multipl-e-js"),
        ("naturalcodebench", "naturalcodebench-java, naturalcodebench-python"),
        ("swe-lite", "swe-bench-lite"),
    ],
)
def test_other_spellings_lead_to_the_benchmark(written: str, meant: str) -> None:
    with pytest.raises(UsageError) as refused:
        load_harness(written)

    assert f"there is no benchmark {written!r}: did you mean {meant}? `boxscore list` has all" == str(refused.value)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("princeton-nlp/SWE-bench_Verified", ": did you mean the benchmark swe-bench-verified?"),
        ("bigcode/bigcodebench-hard", ": did you mean the benchmark bigcodebench@hard?"),
        ("livecodebench/code_generation_lite", ": did you mean the benchmark livecodebench?"),
        ("folder/humanevl.py", ""),
        ("folder/else", ""),
    ],
)
def test_published_data_sets_are_known_by_their_names(written: str, meant: str) -> None:
    with pytest.raises(UsageError) as refused:
        load_harness(written)

    assert str(refused.value) == f"there is no harness file {written}{meant}"
