"""Models of providers, by the real litellm, over HTTP: what is asked, what is asked again, and what it costs."""

from __future__ import annotations

import asyncio
import logging
import math
from typing import TYPE_CHECKING, Any

import pytest
from msgspec import structs

from boxscore.errors import ContextOverflow, ModelError, ModelUnusable, QuestionRefused, UsageError
from boxscore.models.contract import FREE, Answer, Price, Question, Sampling, ended_once, price_of
from boxscore.models.provider import Patience, ProviderModel
from boxscore.models.registry import check_model, open_model
from tests.models import openai_server as scripted
from tests.models.openai_server import OpenAIServer, Reply

if TYPE_CHECKING:
    from tests.models.openai_server import Request

pytestmark = [pytest.mark.usefixtures("litellm", "key"), pytest.mark.filterwarnings("ignore::UserWarning:pydantic")]

CHAT = Question(instance_id="i", number=0, messages=({"role": "user", "content": "2 + 2"},))
BASE = Question(instance_id="i", number=0, completion="def f():\n")
IMPATIENT = Patience(attempts=5, first_pause_s=0.01, longest_pause_s=0.02)
SERVER_PRICE = Price(input_usd=scripted.INPUT_USD * 1e6, output_usd=scripted.OUTPUT_USD * 1e6)


def ask(
    server: OpenAIServer,
    *questions: Question,
    name: str = "openai/gpt-4o-mini",
    patience: Patience = IMPATIENT,
    price: Price | None = None,
) -> list[Answer]:
    async def main() -> list[Answer]:
        model = open_model(name, api_base=server.base, price=price)
        assert isinstance(model, ProviderModel)
        model.patience = patience
        try:
            return await asyncio.gather(*(model.answer(question) for question in questions))
        finally:
            await model.close()

    return asyncio.run(asyncio.wait_for(main(), 120))


def samples(count: int, question: Question = CHAT) -> list[Question]:
    return [structs.replace(question, number=number) for number in range(count)]


def test_a_chat_is_asked_with_all_that_samples_it() -> None:
    """The request has messages, sampling and key; the answer the text, how it ended, tokens and the raw response."""
    sampling = Sampling(temperature=0.5, top_p=0.9, max_tokens=7, stop=("\nassert",), seed=40)
    with OpenAIServer(lambda _: Reply(text="four", finish_reason="length")) as server:
        answer = ask(server, structs.replace(CHAT, sampling=sampling, number=2))[0]

    assert server.requests[0].body == {
        "model": "gpt-4o-mini",
        "messages": [{"role": "user", "content": "2 + 2"}],
        "temperature": 0.5,
        "top_p": 0.9,
        "max_tokens": 7,
        "stop": ["\nassert"],
        "seed": 42,  # 40, for the sample number 2
    }
    assert (answer.text, answer.finish_reason, answer.calls) == ("four", "length", 1)
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (3, 1)


@pytest.mark.parametrize("name", ["openai/gpt-4o-mini", "openai/any-base", "text-completion-openai/davinci"])
def test_a_completion_is_never_asked_as_a_chat(name: str) -> None:
    """A base model goes on with the prompt, byte for byte, also under a name that litellm knows as a chat's."""
    with OpenAIServer("    return 1\n") as server:
        answer = ask(server, BASE, name=name)[0]

    assert (server.requests[0].path, server.requests[0].body["prompt"]) == ("/v1/completions", "def f():\n")
    assert answer.text == "    return 1\n"


AGAIN = {
    "429": scripted.rate_limited(),
    "429 with Retry-After": scripted.rate_limited(0.1),
    "429 with a date": scripted.rate_limited("Wed, 21 Oct 2015 07:28:00 GMT"),
    "500": scripted.failed(),
    "502 of a gateway": Reply(status=502, body=b"<html>"),
    "503": scripted.failed(503),
    "529": scripted.failed(529),
    "408": scripted.failed(408),
    "malformed JSON": Reply(body=b'{"id": "broken", "object": "chat.completion", "choices": [{"ind', billed=False),
    "no JSON": Reply(body=b"<html>a portal's page</html>", billed=False),
    "another JSON": Reply(body=b"[]", billed=False),
    "a failure as an answer": Reply(body=b'{"error": {"code": 502, "message": "upstream"}}', billed=False),
    "no choices": Reply(choices=False, usage={"prompt_tokens": 0, "completion_tokens": 0}),
    "reset": Reply(text="gone", cut=-1, billed=False),
    "reset on the way": Reply(text="gone", cut=20, billed=False),
}


@pytest.mark.parametrize(
    ("question", "fault"),
    [
        *(pytest.param(CHAT, fault, id=f"chat, {name}") for name, fault in AGAIN.items()),
        *(
            pytest.param(BASE, AGAIN[name], id=f"completion, {name}")
            for name in ("429", "malformed JSON", "no choices")
        ),
    ],
)
def test_asked_again(fault: Reply, question: Question) -> None:
    """What goes away by itself is asked again, by us alone: one request an attempt, and billed as the server does."""
    with OpenAIServer("fine", first=[fault]) as server:
        answer = ask(server, question, price=SERVER_PRICE)[0]

    assert (answer.text, len(server.requests)) == ("fine", 2)
    assert answer.cost_usd == pytest.approx(server.billed_usd)


TOO_LONG = "This model's maximum context length is 128 tokens. Please reduce the length of the messages."
NEVER = {
    "context": (
        scripted.error(400, "This model's maximum context length is 128 tokens", "context_length_exceeded"),
        ContextOverflow,
    ),
    "too large": (scripted.error(413, "Request too large for model", None), ContextOverflow),
    "refused": (scripted.error(400, "'temperature' does not support 7", "unsupported_value"), QuestionRefused),
    "unprocessable": (scripted.error(422, "no such field", None), QuestionRefused),
    "wrong key": (scripted.error(401, "Incorrect API key provided", "invalid_api_key"), ModelUnusable),
    "forbidden": (scripted.error(403, "You may not sample from this model", "model_forbidden"), ModelUnusable),
    "unknown model": (scripted.error(404, "The model does not exist", "model_not_found"), ModelUnusable),
    "no money": (scripted.error(429, "You exceeded your current quota", "insufficient_quota"), ModelUnusable),
}


@pytest.mark.parametrize(
    ("question", "fault", "kind"),
    [
        *(pytest.param(CHAT, *case, id=f"chat, {name}") for name, case in NEVER.items()),
        *(pytest.param(BASE, *NEVER[name], id=f"completion, {name}") for name in ("context", "too large", "wrong key")),
    ],
)
def test_never_asked_again(fault: Reply, kind: type[ModelError], question: Question) -> None:
    """What question, key or account are to blame for is told at once, by the class that says what it ends."""
    with OpenAIServer(first=[fault]) as server, pytest.raises(ModelError) as caught:
        ask(server, question)

    assert (type(caught.value), len(server.requests)) == (kind, 1)
    assert "litellm" not in str(caught.value)


def test_attempts_are_bounded_and_what_they_cost_is_told() -> None:
    """A provider that only fails is asked so many times; the error says what the unusable answers were billed."""
    with (
        OpenAIServer(lambda _: Reply(choices=False)) as server,
        pytest.raises(ModelError, match="asked 5 times") as no,
    ):
        ask(server, CHAT, price=SERVER_PRICE)

    assert len(server.requests) == no.value.calls == 5
    assert no.value.cost_usd == pytest.approx(server.billed_usd)
    assert no.value.input_tokens == server.input_tokens


@pytest.mark.parametrize("answers", [0, 1])
def test_a_model_that_has_never_answered_is_given_up(answers: int) -> None:
    """Five questions in vain end the run, as for a server that is not there; not where it once answered."""
    kinds: list[str] = []

    async def main(base: str) -> None:
        model = open_model("openai/gpt-4o-mini", api_base=base)
        assert isinstance(model, ProviderModel)
        model.patience = structs.replace(IMPATIENT, attempts=1)
        for question in samples(answers + 6):
            try:
                kinds.append(type(await model.answer(question)).__name__)
            except ModelError as error:
                kinds.append(type(error).__name__)
        await model.close()

    with OpenAIServer(lambda request: "fine" if request.number < answers else scripted.failed()) as server:
        asyncio.run(asyncio.wait_for(main(server.base), 120))

    unusable = 0 if answers else 2
    assert kinds == ["Answer"] * answers + ["ModelError"] * (6 - unusable) + ["ModelUnusable"] * unusable


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # of calls that litellm had not begun
@pytest.mark.filterwarnings("ignore:coroutine:RuntimeWarning")
def test_an_answer_that_stalls_or_trickles_is_given_up() -> None:
    """The time an attempt may take is that of the whole answer, not of its next byte."""
    trickle = Reply(text="word " * 200, pause_s=0.5, piece=1, billed=False)
    with OpenAIServer("fine", first=[Reply(text="late", wait_s=600, billed=False), trickle]) as server:
        answer = ask(server, CHAT, patience=structs.replace(IMPATIENT, attempt_s=2.0, attempts=30))[0]

    assert answer.text == "fine"
    assert len(server.requests) >= 3


def test_retry_after_holds_back_everybody() -> None:
    """After a refusal with Retry-After nobody asks before, and the wait is part of the answer."""

    async def main(base: str) -> list[Answer]:
        model = open_model("openai/gpt-4o-mini", api_base=base)
        try:
            first = asyncio.ensure_future(model.answer(CHAT))
            while not server.requests:  # noqa: ASYNC110 - no event tells of it
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.3)
            return await asyncio.gather(first, *(model.answer(question) for question in samples(3)[1:]))
        finally:
            await model.close()

    with OpenAIServer(lambda request: scripted.rate_limited(2) if request.number == 0 else "fine") as server:
        answers = asyncio.run(asyncio.wait_for(main(server.base), 120))

    first, *others = [request.at for request in server.requests]
    assert min(others) - first >= 1.99
    assert len(others) == 3
    assert [answer.text for answer in answers] == ["fine"] * 3


def test_refusals_for_the_rate_are_no_attempts() -> None:
    """Questions that are too many at once are all answered in the end, however often they were refused."""
    limited = scripted.rate_limited()

    def script(request: Request) -> Reply | str:
        return limited if request.at_once > 3 else Reply(text="fine", wait_s=0.02)

    with OpenAIServer(script) as server:
        answers = ask(server, *samples(12), patience=structs.replace(IMPATIENT, attempts=1))

    assert {answer.text for answer in answers} == {"fine"}
    assert len(server.bills) == 12


def test_prices_are_those_of_litellms_tables(litellm: Any) -> None:
    """Cost is by the table's prices, that of cached tokens too, and the model's price is known beforehand."""
    listed = litellm.model_cost["gpt-4o-mini"]
    with OpenAIServer(lambda _: Reply(text="one two", cached_tokens=2)) as server:
        answer = ask(server, CHAT)[0]

    wanted = listed["input_cost_per_token"] + 2 * listed["cache_read_input_token_cost"]
    assert answer.cost_usd == pytest.approx(wanted + 2 * listed["output_cost_per_token"])
    model = ProviderModel("openai/gpt-4o-mini")
    assert price_of(model) == Price(input_usd=0.15, output_usd=0.6, cached_usd=0.075)


def test_an_unknown_price_is_not_zero() -> None:
    """A model that the tables do not have costs nobody knows what; --price says it."""
    with OpenAIServer("one two") as server:
        unknown = ask(server, CHAT, name="openai/our-own")[0]
        known = ask(server, CHAT, name="openai/our-own", price=Price(input_usd=10, output_usd=100))[0]

    assert unknown.cost_usd is None
    assert known.cost_usd == pytest.approx((3 * 10 + 2 * 100) / 1e6)
    assert price_of(open_model("openai/our-own")) is None
    assert price_of(open_model("openai/our-own", price=FREE)) == FREE


def test_a_model_without_a_listed_price_has_none(litellm: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tables of litellm know models without prices, and take them for free: boxscore does not."""
    listed = litellm.model_cost["gpt-4o-mini"]
    for wrong in (None, -1, math.inf):
        monkeypatch.setitem(litellm.model_cost, "gpt-4o-mini", {**listed, "output_cost_per_token": wrong})
        assert price_of(open_model("openai/gpt-4o-mini")) is None


WRONG = {
    "none": {},
    "negative": {"prompt_tokens": -5, "completion_tokens": -1, "total_tokens": -6},
    "huge": {"prompt_tokens": 10**30, "completion_tokens": 1, "total_tokens": 1},
    "zero": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
    "more cached than there are": {
        "prompt_tokens": 5,
        "completion_tokens": 1,
        "total_tokens": 6,
        "prompt_tokens_details": {"cached_tokens": 500},
    },
}


@pytest.mark.parametrize("usage", WRONG.values(), ids=WRONG)
def test_wrong_usage_loses_no_answer_and_costs_no_negative_sum(usage: dict[str, Any]) -> None:
    """Tokens that were not counted, or cannot be, are counted here, so that a budget of dollars still bites."""
    with OpenAIServer(lambda _: Reply(text="four", usage=usage, billed=False)) as server:
        answer = ask(server, CHAT)[0]

    assert (answer.text, len(server.requests)) == ("four", 1)
    assert answer.usage.estimated is ("prompt_tokens_details" not in usage)
    assert 0 <= answer.usage.cached_tokens <= answer.usage.input_tokens < 100
    assert answer.cost_usd is not None
    assert 0 < answer.cost_usd < 1e-4
    assert math.isfinite(answer.cost_usd)


def test_an_empty_answer_is_one() -> None:
    """A model that used up its tokens thinking said nothing: asking again would sample anew."""
    body = (
        b'{"id": "1", "object": "chat.completion", "created": 1, "model": "m", "usage": {"prompt_tokens": 1,'
        b' "completion_tokens": 9, "total_tokens": 10}, "choices": [{"index": 0, "finish_reason": "length",'
        b' "message": {"role": "assistant", "content": null, "reasoning_content": "hm"}}]}'
    )
    with OpenAIServer(lambda _: Reply(body=body)) as server:
        answer = ask(server, CHAT)[0]

    assert (answer.text, answer.reasoning, answer.finish_reason) == ("", "hm", "length")
    assert answer.usage.output_tokens == 9
    assert len(server.requests) == 1


def test_a_key_is_found_nowhere(key: str, caplog: pytest.LogCaptureFixture) -> None:
    """A provider that quotes the key, whole or in part, has it in no answer, error or log."""
    quotes = [
        scripted.failed(),
        scripted.error(500, f"upstream refused Authorization: Bearer {key}", None),
        scripted.error(503, f"key {key[:9]}************{key[-4:]} is over its limit", None),
    ]
    found: list[str] = []

    async def main(base: str) -> None:
        model = open_model("openai/gpt-4o-mini", api_base=base.replace("//", f"//user:{key}@"))
        assert isinstance(model, ProviderModel)
        model.patience = IMPATIENT
        try:
            answer = await model.answer(CHAT)
            found.extend([repr(answer), model.name, model.base])
            with pytest.raises(ModelUnusable) as caught:
                await model.answer(structs.replace(CHAT, number=1))
            found.extend([str(caught.value), repr(caught.value), *caught.value.lines()])
        finally:
            await model.close()

    script = [
        *quotes,
        Reply(text=f"print('{key}')"),
        scripted.error(401, f"Incorrect API key provided: {key[:7]}***{key[-4:]}", "invalid_api_key"),
    ]
    caplog.set_level(logging.DEBUG)
    with OpenAIServer(first=script) as server:
        asyncio.run(asyncio.wait_for(main(server.base), 120))

    assert len(server.requests) == 5
    for text in (*found, caplog.text):
        assert key not in text
        assert key[:9] not in text
        assert "user:" not in text
    assert "print(" in found[0]


@pytest.mark.parametrize(("name", "variable"), [("openai/gpt-4o-mini", "OPENAI"), ("anthropic/claude-x", "ANTHROPIC")])
def test_a_missing_key_is_found_before_anybody_is_asked(
    monkeypatch: pytest.MonkeyPatch, name: str, variable: str
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(ModelUnusable, match=f"needs a key: set {variable}_API_KEY"):
        check_model(open_model(name))


@pytest.mark.parametrize("name", ["nobody/knows", "gpt-that-never-was", "openai"])
def test_unknown_names_are_told_when_they_are_opened(name: str) -> None:
    with pytest.raises(UsageError, match="no model '"):
        open_model(name)


@pytest.mark.parametrize("variable", ["OPENAI_BASE_URL", "OPENAI_API_BASE"])
def test_a_server_that_the_environment_names_is_the_models_base(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """Else what one server answered would be given for another's answer from the cache."""

    async def main() -> str:
        model = open_model("openai/gpt-4o-mini")
        try:
            await model.answer(CHAT)
            return model.base
        finally:
            await model.close()

    with OpenAIServer() as server:
        monkeypatch.setenv(variable, server.base)
        assert asyncio.run(asyncio.wait_for(main(), 120)) == server.base
        assert len(server.requests) == 1


def test_event_loops_follow_each_other() -> None:
    """Connections belong to the loop that opened them: the next one, and a second model beside, have their own."""

    async def two(base: str) -> list[str]:
        models = [open_model("openai/gpt-4o-mini", api_base=base) for _ in range(2)]
        said = [(await models[0].answer(CHAT)).text]
        said.append((await models[1].answer(CHAT)).text)
        await models[0].close()
        said.append((await models[1].answer(CHAT)).text)
        await models[1].close()
        await models[1].close()
        return said

    with OpenAIServer("fine") as server:
        said = [*asyncio.run(two(server.base)), *asyncio.run(two(server.base))]

    assert said == ["fine"] * 6


def test_an_interrupted_run_waits_for_no_further_attempt() -> None:
    with (
        OpenAIServer(lambda _: scripted.rate_limited(200)) as server,
        ended_once(lambda: bool(server.requests)),
        pytest.raises(ModelError, match="interrupted"),
    ):
        ask(server, CHAT)

    assert len(server.requests) == 1


@pytest.mark.parametrize("base", ["http://127.0.0.1:1/v1", "http://no-such-host.invalid/v1"])
def test_a_server_that_takes_no_connections_is_found_before_it_is_asked(base: str) -> None:
    with pytest.raises(ModelUnusable, match="openai/x cannot be asked: http://"):
        check_model(open_model("openai/x", api_base=base))
    with OpenAIServer() as server:
        check_model(open_model("openai/x", api_base=server.base))

    assert server.requests == []
