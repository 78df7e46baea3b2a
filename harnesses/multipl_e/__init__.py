"""MultiPL-E in JavaScript, Java, Go and C++."""

from __future__ import annotations

import boxscore

from .harness import MultiplE

# The rows of HumanEval as SandboxFusion publishes them beside its own reader of MultiPL-E.
PUBLISHED = (
    "https://raw.githubusercontent.com/bytedance/SandboxFusion/469de0845cb7d665bc68044d541aa3aa28c5b30a"
    "/sandbox/tests/datasets/samples/Multi-PLE"
)
CHECKSUMS = {
    "js": "5faa6c748fef5834526292b176ac6097b8feddc10002006fd49f12e4d193746f",
    "java": "6250789eb51e9f9463f750d3a228e13657cde5ca2a5fd2af0189161624a72482",
    "go": "3e8889bdb4d566185c1a5e0489626c68eb288d4fbeaf9bc9c6abab1fae56674f",
    "cpp": "a1a0796d028d53cd385cb295e906f57b721181a6152ebbec9fa4efaae126c82c",
}


def _source(language: str) -> boxscore.DataSource:
    file = f"humaneval-{language}.jsonl"
    return boxscore.DataSource(path=f"multipl_e/{file}", sha256=CHECKSUMS[language], url=f"{PUBLISHED}/{file}")


HARNESSES = tuple(MultiplE(language, _source(language)) for language in CHECKSUMS)
