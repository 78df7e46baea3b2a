"""A whole benchmark of functions: rows of JSON lines beside it, each with a question, a reference and tests."""

from __future__ import annotations

from pathlib import Path

import boxscore


class Toy(boxscore.FunctionHarness):
    """The harness of toy."""

    name = "toy"
    title = "toy: two functions on numbers"
    source = boxscore.DataSource(path=str(Path(__file__).with_name("toy.jsonl")))


HARNESS = Toy()
