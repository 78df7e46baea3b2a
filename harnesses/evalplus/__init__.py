"""EvalPlus' benchmarks: HumanEval and MBPP with many times the tests, given as inputs."""

from __future__ import annotations

from .humanevalplus import HumanEvalPlus
from .mbppplus import MbppPlus

HARNESSES = (HumanEvalPlus(), MbppPlus())
