"""Runs that may be killed: a process that has imported all, and for each line on its standard input forks one.

    python -m tests.sampling.killed_runs FOLDER BASE SAMPLES

Each child makes the same run of `tiny` with a model at BASE, asked without litellm, which takes seconds to import; the
process id of each is printed, and then how it ended. Code is graded at once, without boxes.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

from boxscore.interrupt import Stop
from boxscore.models.contract import Answer, Price, Question, Sampling, Usage
from boxscore.run.request import Request
from boxscore.sampling.plan import plan_sampling
from boxscore.sampling.request import SamplingRequest
from boxscore.sampling.run import run_sampling
from boxscore.session import session
from tests.models.openai_server import INPUT_USD, OUTPUT_USD
from tests.sampling.conftest import InstantPool

MAX_TOKENS = 400


class HttpModel:
    """Asks a server that speaks OpenAI's protocol, and tells it which sample each question is for."""

    name = "http"

    def __init__(self, base: str) -> None:
        self.base = base
        self.price = Price(input_usd=INPUT_USD * 1e6, output_usd=OUTPUT_USD * 1e6)

    async def answer(self, question: Question) -> Answer:
        return await asyncio.to_thread(self._ask, question)

    async def close(self) -> None:
        """Nothing is open."""

    def _ask(self, question: Question) -> Answer:
        place = urlsplit(self.base)
        body = {"messages": question.messages, "user": f"{question.instance_id} {question.number}"}
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
        try:
            connection.request("POST", f"{place.path}/chat/completions", json.dumps(body))
            found = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        used = found["usage"]
        usage = Usage(input_tokens=used["prompt_tokens"], output_tokens=used["completion_tokens"])
        cost = usage.input_tokens * INPUT_USD + usage.output_tokens * OUTPUT_USD
        return Answer(text=found["choices"][0]["message"]["content"], usage=usage, cost_usd=cost)


def make_run(folder: Path, base: str, samples: int) -> None:
    request = SamplingRequest(
        grading=Request(benchmark="tiny", backend="local", out=folder, workers=1),
        model="http",
        samples_each=samples,
        sampling=Sampling(max_tokens=MAX_TOKENS),
        concurrency=4,
    )
    run_sampling(plan_sampling(request, HttpModel(base)), stop=Stop())


def main() -> None:
    session.Pool = InstantPool  # type: ignore[assignment, attr-defined]
    folder, base, samples = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    for _ in sys.stdin:
        child = os.fork()
        if not child:
            try:
                make_run(folder, base, samples)
            finally:
                os._exit(1 if sys.exc_info()[0] else 0)
        print(child, flush=True)  # noqa: T201 - for the test that reads it
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)  # noqa: T201 - as above


if __name__ == "__main__":
    main()
