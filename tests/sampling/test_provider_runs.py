"""`boxscore run` with a provider's model, by the real litellm over HTTP: what it says, stores and costs."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from boxscore.cli.app import main
from boxscore.run.store import ATTEMPTS
from tests.models import openai_server as scripted
from tests.models.conftest import CANARY, key, litellm  # noqa: F401 - fixtures
from tests.models.openai_server import OpenAIServer, Reply
from tests.sampling.runs import FEW, right, tiny, wrong

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from boxscore import Instance
    from tests.models.openai_server import Request

pytestmark = [
    pytest.mark.usefixtures("litellm", "key", "local_backend"),
    pytest.mark.filterwarnings("ignore::UserWarning:pydantic"),
]
PRICE = f"{scripted.INPUT_USD * 1e6},{scripted.OUTPUT_USD * 1e6}"


def script(instances: Mapping[str, Instance], *, every: int = 2) -> Callable[[Request], Reply]:
    def answer(request: Request) -> Reply:
        instance = next(one for one in instances.values() if one.prompt.strip() in request.prompt)
        text = (wrong if request.number % every else right)(instance)
        return Reply(text=f"{text}\nanswer {request.number}")

    return answer


def boxscore_(server: OpenAIServer, out: Path, *options: str, bench: str = "tiny") -> int:
    """Run the command line in this process; its exit code."""
    command = ["run", bench, "-m", "openai/gpt-4o-mini", "--api-base", server.base, "--backend", "local"]
    with pytest.raises(SystemExit) as ended:
        main([*command, "--out", str(out), "--price", PRICE, *options])
    return int(ended.value.code or 0)


def few() -> tuple[str, ...]:
    return tuple(word for name in FEW for word in ("-i", name))


def shown_nowhere(folder: Path, *texts: str) -> bool:
    files = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    return not any(CANARY.encode() in data for data in files) and not any(CANARY in text for text in texts)


def test_from_questions_to_a_report(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Five samples of each instance, some of whose first answers are faults; the report has what the server billed."""
    faults = (scripted.rate_limited(0), Reply(choices=False), scripted.rate_limited(0))
    options = (*few(), *["-n", "5", "-k", "1,5", "--temperature", "0.8", "--max-tokens", "99", "--json"])
    with OpenAIServer(script(tiny()), first=faults) as server:
        code = boxscore_(server, tmp_path / "run", *options)
        asked = len(server.requests)
        again = boxscore_(server, tmp_path / "run", *options, "--quiet")
        told = capfd.readouterr()

    assert (code, again, len(server.requests)) == (0, 0, asked)
    first, second = (json.loads(text) for text in re.split(r"(?<=\n\})\n(?=\{)", told.out.strip()))
    assert first["pass_at_k"] == second["pass_at_k"]
    assert set(first["pass_at_k"]) == {"1", "5"}
    sampling = first["provenance"]["sampling"]
    assert sampling["model"] == "openai/gpt-4o-mini"
    assert (sampling["sampled"], sampling["answers"], sampling["calls"], sampling["retries"]) == (15, 15, 16, 1)
    assert sampling["cost_usd"] == pytest.approx(server.billed_usd, abs=1e-9)
    assert (sampling["input_tokens"], sampling["output_tokens"]) == (server.input_tokens, server.output_tokens)
    assert {request.body["temperature"] for request in server.requests} == {0.8}
    assert all(CANARY in request.authorization for request in server.requests)
    assert "at most about $" in told.err
    assert shown_nowhere(tmp_path / "run", told.out, told.err)


def test_a_dry_run_asks_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with OpenAIServer() as server:
        code = boxscore_(server, tmp_path / "run", "-n", "10", "--max-tokens", "100", "--dry-run")
        told = capfd.readouterr()

    assert (code, server.requests, told.out) == (0, [], "")
    assert "180 calls for 180 of 180 samples" in told.err
    assert "18,000 tokens out" in told.err
    assert not (tmp_path / "run").exists()


def test_a_run_whose_answers_are_there_needs_no_key_and_no_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with OpenAIServer(script(tiny())) as server:
        boxscore_(server, tmp_path / "run", *few(), "--quiet")
    monkeypatch.delenv("OPENAI_API_KEY")
    (tmp_path / "run" / ATTEMPTS).unlink()
    again = boxscore_(server, tmp_path / "run", *few(), "--quiet")
    one_more = boxscore_(server, tmp_path / "run", *few(), "-n", "2", "--quiet")

    assert (again, one_more) == (0, 2)
    assert "needs a key: set OPENAI_API_KEY" in capfd.readouterr().err
    assert len(server.requests) == 3


def test_a_key_that_is_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, after one question, and the key that the server's message quotes is not told."""
    with OpenAIServer(
        lambda _: scripted.error(401, f"Incorrect API key provided: {CANARY}", "invalid_api_key")
    ) as server:
        code = boxscore_(server, tmp_path / "run", "--concurrency", "1")
        told = capfd.readouterr()

    assert (code, len(server.requests)) == (2, 1)
    assert shown_nowhere(tmp_path / "run", told.out, told.err)


def test_a_budget_without_a_price(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    command = ["run", "tiny", "-m", "openai/of-nobody", "--backend", "local", "--max-cost", "1"]
    with OpenAIServer() as server, pytest.raises(SystemExit) as ended:
        main([*command, "--api-base", server.base, "--out", str(tmp_path / "run")])

    assert (ended.value.code, server.requests) == (2, [])
    assert "--price" in capfd.readouterr().err
