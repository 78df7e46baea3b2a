"""litellm, imported once for all tests of providers, and a key that must be found nowhere."""

from __future__ import annotations

import asyncio
import importlib.util
import warnings
from typing import Any

import pytest

from boxscore.models import provider
from boxscore.models.contract import Question
from boxscore.models.registry import open_model
from tests.models.openai_server import OpenAIServer

CANARY = "sk-canary-7f3a9c51d2e84b60"


@pytest.fixture(scope="session")
def litellm() -> Any:
    """Give litellm itself, having answered once, since only that imports the rest of it; skip without the extra."""
    if importlib.util.find_spec("litellm") is None:
        pytest.skip("needs the extra `models`")

    async def ask_once(base: str) -> None:
        model = open_model("openai/gpt-4o-mini", api_base=base)
        try:
            for completion in (None, "def f():"):
                messages = () if completion else ({"role": "user", "content": "?"},)
                await model.answer(Question(instance_id="i", number=0, messages=messages, completion=completion))
        finally:
            await model.close()

    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch, OpenAIServer() as server:
        warnings.simplefilter("ignore")  # its own affair
        patch.setenv("OPENAI_API_KEY", CANARY)
        asyncio.run(ask_once(server.base))
        return provider.litellm()


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    return CANARY
