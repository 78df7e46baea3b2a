"""A service around a grader that answers as told, asked within the process."""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from boxscore.records import Instance, Outcome
from boxscore.service.app import make_app
from boxscore.service.settings import ServiceSettings
from tests.fake_graders import FakeGrader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

sys.path.insert(0, str(Path(__file__).parents[2]))  # tests name their helpers by `tests.service`

TOKEN = "a-token-of-a-test"
WAIT_S = 60


class TinyHarness:
    """A harness of two instances; an answer's code is what follows its first line."""

    name = "two"
    image = "python"

    def prompt(self, instance: Instance) -> list[dict[str, str]]:
        return [{"role": "user", "content": instance.prompt}]

    def extract(self, instance: Instance, sample: Any) -> str | None:
        return sample.text.partition("\n")[2] or None


INSTANCES = {name: Instance(instance_id=name, prompt=f"Solve {name}.", row={}) for name in ("two/a", "two/b")}


class Asked:
    """Asks a service: `grader` is the fake behind it, `app` the service, `client` an httpx client with the token."""

    def __init__(self, grader: FakeGrader, app: Any, client: httpx.AsyncClient) -> None:
        self.grader, self.app, self.client = grader, app, client

    @property
    def dispatcher(self) -> Any:
        return self.app.state.dispatcher

    async def post(self, path: str, content: Any, **options: Any) -> httpx.Response:
        return await self.client.post(path, json=content, **options)

    async def until(self, is_so: Callable[[], object]) -> None:
        while not is_so():  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.001)


@asynccontextmanager
async def opened(answer: Any, options: dict[str, Any], settings: dict[str, Any]) -> AsyncIterator[Asked]:
    grader = FakeGrader(answer, **options)
    await grader.open()
    app = make_app(grader, ServiceSettings(**{"token": TOKEN, **settings}))
    transport = httpx.ASGITransport(app)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080", headers=headers) as client:
        yield Asked(grader, app, client)
    await grader.close()


@pytest.fixture(name="ask")
def fixture_ask() -> Callable[..., Any]:
    """Run a coroutine function with a service that answers as told; give what it returns.

    `settings` are the service's, `benchmark` says whether it has one; other options are the fake grader's.
    """

    def ask(
        scene: Callable[[Asked], Coroutine[Any, Any, Any]],
        answer: Any = Outcome.PASSED,
        *,
        benchmark: bool = False,
        settings: dict[str, Any] | None = None,
        **options: Any,
    ) -> Any:
        if benchmark:
            options.update(instances=INSTANCES, harness=TinyHarness())

        async def main() -> Any:
            async with asyncio.timeout(WAIT_S), opened(answer, options, settings or {}) as asked:
                return await scene(asked)

        return asyncio.run(main())

    return ask


@pytest.fixture(name="post")
def fixture_post(ask: Any) -> Callable[..., httpx.Response]:
    def post(path: str, content: Any, answer: Any = Outcome.PASSED, **options: Any) -> httpx.Response:
        response: httpx.Response = ask(lambda asked: asked.post(path, content), answer, **options)
        return response

    return post
