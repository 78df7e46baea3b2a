"""Web-Bench: web projects of twenty tasks that build on each other (Xu et al., 2025, arXiv 2505.07473).

`web-bench` grades all projects, `web-bench@calculator` one, `web-bench@standard` those about web standards. The data is
Apache-2.0 and is read from a clone of the benchmark's repository.
"""

from __future__ import annotations

from .harness import WebBench

HARNESS = WebBench()
