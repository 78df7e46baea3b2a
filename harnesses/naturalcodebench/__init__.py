"""NaturalCodeBench: problems of real users, 70 in Python and 70 in Java (Zhang et al., 2024, arXiv 2405.04520).

`naturalcodebench-python@zh` is the same problems asked in Chinese. The data has no licence and does not come with
boxscore.
"""

from __future__ import annotations

from .harness import NaturalCodeBench

HARNESSES = (NaturalCodeBench("python"), NaturalCodeBench("java"))
