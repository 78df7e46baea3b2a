"""What the real frameworks make of the adapters: each check is run by a Python that has its framework.

python -m tests.adapters.framework_checks NAME
"""

from __future__ import annotations

import asyncio
import math
import os
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from boxscore import NoVerdict, Outcome
from boxscore.adapters import areal, engine, trl, verl
from boxscore.adapters.code_eval import metric_folder
from boxscore.adapters.lm_eval import use_code_eval
from tests.fake_graders import FakeSyncGrader

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


def check_trl() -> None:
    """TRL's trainer calls the reward functions and makes NaN, which it leaves out, of what was not judged."""
    import torch  # noqa: PLC0415 - only where it is
    from accelerate import PartialState  # noqa: PLC0415 - as above
    from trl import GRPOTrainer  # noqa: PLC0415 - as above

    PartialState()
    outcomes = {RIGHT: Outcome.PASSED, WRONG: Outcome.WRONG, "def add(a, b):\n    pass\n": Outcome.INTERNAL}
    engine.configure(grader=FakeSyncGrader(lambda call: outcomes[call.code.rstrip("\n") + "\n"]))
    loop = asyncio.new_event_loop()
    import threading  # noqa: PLC0415 - beside its use

    threading.Thread(target=loop.run_forever, daemon=True).start()
    trainer = SimpleNamespace(
        accelerator=SimpleNamespace(device="cpu", is_main_process=True),
        state=SimpleNamespace(global_step=0),
        environments=None,
        reward_funcs=[trl.code_reward, trl.async_code_reward],
        reward_processing_classes=[None, None],
        reward_func_names=["code_reward", "async_code_reward"],
        async_loop=loop,
        _log_completion_extra=lambda *_: None,
        _log_metric=lambda *_: None,
        args=SimpleNamespace(report_to=[]),
        control=None,
    )
    inputs = [{"prompt": "Add.", "tests": ASSERTS}] * len(outcomes)
    rewards = GRPOTrainer._calculate_rewards(
        trainer, inputs, ["Add."] * len(outcomes), list(outcomes), [[1]] * len(outcomes)
    )
    loop.call_soon_threadsafe(loop.stop)

    for column in range(2):
        first, second, third = rewards[:, column].tolist()
        assert (first, second) == (1.0, 0.0), rewards
        assert math.isnan(third), rewards
    assert torch.isnan(rewards).sum() == 2


def check_verl() -> None:
    """Verl finds the function by path and name, and NoVerdict comes through its call."""
    from omegaconf import OmegaConf  # noqa: PLC0415 - only where it is
    from verl.trainer.ppo.reward import get_custom_reward_fn  # noqa: PLC0415 - as above

    place = {"path": verl.__file__, "name": "compute_score", "reward_kwargs": {"detailed": True}}
    function: Any = get_custom_reward_fn(OmegaConf.create({"reward": {"custom_reward_function": place}}))
    asked = {"data_source": "mbpp", "ground_truth": ASSERTS, "extra_info": {"index": 1}}

    assert function(solution_str=RIGHT, **asked) == {"score": 1.0, "acc": 1.0, "outcome": "passed"}
    assert function(solution_str=WRONG, **asked)["score"] == 0.0
    engine.configure(grader=FakeSyncGrader(Outcome.INTERNAL))
    try:
        function(solution_str=RIGHT, **asked)
    except NoVerdict:
        return
    raise AssertionError("a score was made of what was not judged")


def check_areal() -> None:
    """AReaL's wrapper runs the function in its pool; what was not judged is raised at the end, and no 0."""
    from areal.api.reward_api import AsyncRewardWrapper  # noqa: PLC0415 - only where it is

    async def ask(completion: str) -> Any:
        return await AsyncRewardWrapper(areal.reward_fn, max_workers=workers)(
            "Add.", completion, [1], [2], tests=ASSERTS
        )

    workers = 1
    assert asyncio.run(ask(RIGHT)) == 1.0
    assert asyncio.run(ask(WRONG)) == 0.0
    engine.configure(grader=FakeSyncGrader(Outcome.INTERNAL))
    workers = 2  # another pool, which is forked with this configuration
    try:
        found = asyncio.run(ask(RIGHT))
    except NoVerdict:
        return
    raise AssertionError(f"{found} was made of what was not judged")


CHECKS = {
    "evaluate": check_evaluate,
    "lm_eval": check_lm_eval,
    "trl": check_trl,
    "verl": check_verl,
    "areal": check_areal,
}

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        os.environ.update(HF_HOME=home, HF_HUB_OFFLINE="1", XDG_CACHE_HOME=str(Path(home) / "cache"))
        engine.configure(backend="local", workers=1)
        CHECKS[sys.argv[1]]()
        engine.close()
    print("ok")  # noqa: T201 - for who runs it
