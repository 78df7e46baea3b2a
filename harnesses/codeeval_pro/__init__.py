"""CodeEval-Pro's benchmarks: HumanEval and MBPP with a second problem for each that calls on the first's solution.

Yu et al., 2024 (arXiv:2412.21199), repository CodeEval-Pro/CodeEval-Pro at 36f292e; MIT, with material of HumanEval
(MIT) and MBPP (CC BY 4.0).
"""

from __future__ import annotations

import boxscore

from .functions import HUMANEVAL, MBPPPLUS, BaseTests, ProFunctions, humaneval_tests, mbpp_tests
from .scripts import ProScripts

REPOSITORY = "https://raw.githubusercontent.com/CodeEval-Pro/CodeEval-Pro/36f292eafc597b38535fbc8b4aafea8e5c654e3c"

HARNESSES = (
    ProFunctions(
        "humaneval-pro",
        "HumanEval Pro: 164 functions that call the solutions of HumanEval's",
        boxscore.DataSource(
            path="codeeval_pro/humaneval_pro.json",
            sha256="d67ad94366d8182804d8cb59de558d211072493b13a6c23ddda42a2e1367dc7a",
            url=f"{REPOSITORY}/dataset/humaneval_pro.json",
        ),
        prefix="HumanEvalPro",
        example_line=1,
        base=BaseTests(source=HUMANEVAL, tests=humaneval_tests),
        untested=frozenset((41,)),
    ),
    ProFunctions(
        "mbpp-pro",
        "MBPP Pro: 378 functions that call the solutions of MBPP's",
        boxscore.DataSource(
            path="codeeval_pro/mbpp_pro.json",
            sha256="bb2edf4f2da393403083977e94cb4e4bbbe68fcb85495dfdf500885a945e8b3b",
            url=f"{REPOSITORY}/dataset/mbpp_pro.json",
        ),
        prefix="MbppPro",
        example_line=0,
        base=BaseTests(source=MBPPPLUS, tests=mbpp_tests),
        untested=frozenset((50, 260, 289)),
    ),
    ProScripts(
        "bigcodebench-lite-pro",
        "BigCodeBench-Lite Pro: 57 functions that call the solutions of BigCodeBench's",
        boxscore.DataSource(
            path="codeeval_pro/bigcodebench_lite_pro.json",
            sha256="1a9e818a7ecece6346f47673276bfc47ab2bb34efd8cda26e0b819eb13bb6ec3",
            url=f"{REPOSITORY}/dataset/bigcodebench_lite_pro.json",
        ),
        prefix="BigCodeBench",
        example_line=0,
        base=None,
    ),
)
