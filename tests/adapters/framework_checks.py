"""What the real frameworks make of the adapters: each check is run by a Python that has its framework.

python -m tests.adapters.framework_checks NAME
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from boxscore.adapters import engine
from boxscore.adapters.code_eval import metric_folder
from boxscore.adapters.lm_eval import use_code_eval

RIGHT, WRONG = "def add(a, b):\n    return a + b\n", "def add(a, b):\n    return a - b\n"
ASSERTS = "assert add(2, 3) == 5"


def check_evaluate() -> None:
    """`evaluate` loads the folder as a metric and gives what it computes."""
    import evaluate  # noqa: PLC0415 - only where it is

    metric = evaluate.load(str(metric_folder()))
    found, results = metric.compute(references=[ASSERTS], predictions=[[RIGHT, WRONG]], k=[1, 2])

    assert found == {"pass@1": 0.5, "pass@2": 1.0}, found
    assert [(number, row["passed"]) for number, row in results[0]] == [(0, True), (1, False)], results


def check_lm_eval() -> None:
    """The code of lm-eval's own tasks loads boxscore's metric, calls it at import and for each document."""
    os.environ.pop("HF_ALLOW_CODE_EVAL", None)
    use_code_eval()
    import lm_eval.tasks.humaneval.utils as humaneval  # noqa: PLC0415 - only where it is
    import lm_eval.tasks.mbpp.utils as mbpp  # noqa: PLC0415 - as above

    check = "def check(candidate):\n    assert candidate(2, 3) == 5\n\ncheck(add)"
    assert type(humaneval.compute_).__module__.startswith("evaluate_modules"), type(humaneval.compute_)
    assert humaneval.pass_at_k([check], [[RIGHT, WRONG]], k=[1, 2]) == {"pass@1": 0.5, "pass@2": 1.0}
    assert mbpp.pass_at_1(ASSERTS, [RIGHT]) == 1.0
    assert mbpp.pass_at_1([ASSERTS], [WRONG]) == 0.0


CHECKS = {
    "evaluate": check_evaluate,
    "lm_eval": check_lm_eval,
}

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        os.environ.update(HF_HOME=home, HF_HUB_OFFLINE="1", XDG_CACHE_HOME=str(Path(home) / "cache"))
        engine.configure(backend="local", workers=1)
        CHECKS[sys.argv[1]]()
        engine.close()
    print("ok")  # noqa: T201 - for who runs it
