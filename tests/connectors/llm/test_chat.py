"""Every behaviour of a vendor, through the real litellm and the real OpenAI client, against an endpoint on loopback."""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any
from unittest.mock import Mock

import httpx
import pytest

from connectors.base import Origin, Permanent, Result, Retryable, Review
from connectors.llm import bounded
from connectors.llm.call import Call, CallFailed, Reply, Trouble
from connectors.llm.chat import Chat, for_vendors, is_strict
from connectors.llm.settings import ModelSettings
from connectors.llm.task import AiTask
from connectors.scripted import Behaviour, ScriptedServer
from tests.support.books import Books, request

KEY = "sk-test-1234567890abcdef"
DOCUMENT = "Polar Cleaning, invoice A-118, total 2.310,50 EUR"
SCHEMA = {
    "type": "object",
    "properties": {"number": {"type": "string"}, "total": {"type": "number"}, "currency": {"enum": ["EUR", "USD"]}},
    "required": ["number", "total", "currency"],
    "additionalProperties": False,
}
GOOD = json.dumps({"number": "A-118", "total": 2310.5, "currency": "EUR"})
SCRIPTS: dict[str, list[Any]] = {
    "good": [Behaviour(GOOD, logprob=-0.02)],
    "plain": [GOOD],
    "fenced": [f"```json\n{GOOD}\n```"],
    "rate-limit": [Behaviour(status=429, retry_after=9)],
    "server-error": [500],
    "unavailable": [503],
    "unauthorized": [Behaviour(status=401, message=f"Incorrect API key provided: {KEY}")],
    "forbidden": [403],
    "missing": [404],
    "bad-request": [400],
    "too-long": [
        Behaviour(status=400, message="This model's maximum context length is 8 tokens. context_length_exceeded")
    ],
    "slow": [Behaviour(stall=True)],
    "hang-up": [Behaviour(hang_up=True)],
    "endless": [Behaviour(drip=True)],
    "truncated": [Behaviour(GOOD[:20], finish="length")],
    "bad-json": ["the total is 2310.50 EUR"],
    "bad-enum": [GOOD.replace("EUR", "GBP")],
    "refusal": [Behaviour(refusal="I cannot do that.")],
    "wrong-tool": [Behaviour(tool="pay_everything")],
    "mends": ["no json", GOOD],
    "recovers": [429, GOOD],
    "free-class": ['{"currency": "EUR"}'],
}


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedServer]:
    from connectors.llm.library import litellm

    litellm()  # seconds, once for all tests of this file
    with ScriptedServer(SCRIPTS) as running:
        yield running


def chat(server: ScriptedServer, name: str, **settings: Any) -> Chat:
    given: dict[str, Any] = {"api_base": server.url, "free": True, "structured": True, "logprobs": True, **settings}
    return Chat(f"openai/{name}", ModelSettings(**given))


def ask(server: ScriptedServer, name: str, seconds: float = 5.0, **settings: Any) -> Reply:
    messages = [{"role": "user", "content": DOCUMENT}]
    return chat(server, name, **settings).ask(Call(messages, SCHEMA, DOCUMENT, seconds, lambda _: KEY))


def failure(server: ScriptedServer, name: str, seconds: float = 5.0, **settings: Any) -> CallFailed:
    with pytest.raises(CallFailed) as caught:
        ask(server, name, seconds, **settings)
    return caught.value


def test_an_answer_comes_with_tokens_cost_and_probabilities(server: ScriptedServer) -> None:
    prices = {"free": False, "input_per_million": Decimal(1), "output_per_million": Decimal(10)}
    reply = ask(server, "good", **prices)
    assert reply.text == GOOD
    assert (reply.tokens_in, reply.tokens_out, reply.finish) == (100, 20, "stop")
    assert reply.cost == Decimal("0.0003")
    assert reply.origin == Origin("good", "chatcmpl-scripted", "stop")
    assert b"".join(token.text for token in reply.tokens).decode() == GOOD
    assert {token.logprob for token in reply.tokens} == {-0.02}


def test_a_vendor_without_probabilities_gives_none(server: ScriptedServer) -> None:
    assert ask(server, "plain").tokens == ()


def test_the_vendor_is_asked_for_json_by_schema_with_a_bound_and_without_tools(server: ScriptedServer) -> None:
    ask(server, "good", max_tokens=77)
    sent = server.requests[-1]
    assert sent["response_format"]["json_schema"]["schema"] == SCHEMA
    assert sent["response_format"]["json_schema"]["strict"] is True
    assert sent["max_tokens"] == 77
    assert sent["temperature"] == 0
    assert "tools" not in sent


@pytest.mark.parametrize(
    ("name", "trouble"),
    [
        ("rate-limit", Trouble.TRANSPORT),
        ("server-error", Trouble.TRANSPORT),
        ("unavailable", Trouble.TRANSPORT),
        ("hang-up", Trouble.TRANSPORT),
        ("unauthorized", Trouble.MODEL),
        ("forbidden", Trouble.MODEL),
        ("missing", Trouble.MODEL),
        ("bad-request", Trouble.MODEL),
        ("too-long", Trouble.MODEL),
    ],
)
def test_each_failure_means_what_the_cascade_needs_to_know(server: ScriptedServer, name: str, trouble: Trouble) -> None:
    before = len(server.requests)
    assert failure(server, name).trouble is trouble
    assert len(server.requests) == before + 1, "retries are the route's business, not a library's"


def test_the_vendors_wish_to_wait_is_kept(server: ScriptedServer) -> None:
    assert failure(server, "rate-limit").after_seconds == 9


def test_nobody_at_the_address_is_tried_again_and_cost_nothing(server: ScriptedServer) -> None:
    problem = failure(server, "good", api_base="http://127.0.0.1:9/v1")
    assert problem.trouble is Trouble.TRANSPORT
    assert not problem.may_be_billed


@pytest.mark.parametrize("name", ["server-error", "rate-limit", "unauthorized"])
def test_what_the_vendor_turned_down_cost_nothing(server: ScriptedServer, name: str) -> None:
    assert not failure(server, name).may_be_billed


def test_a_slow_model_is_given_up_in_time_and_may_have_cost_something(server: ScriptedServer) -> None:
    problem = failure(server, "slow", seconds=0.3)
    assert problem.trouble is Trouble.TRANSPORT
    assert problem.may_be_billed


def test_an_answer_without_any_choice_is_a_failure_on_the_way(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    import litellm

    async def nothing(**_: Any) -> Any:
        return litellm.ModelResponse(choices=[])

    monkeypatch.setattr(litellm, "acompletion", nothing)
    problem = failure(server, "good")
    assert (problem.trouble, problem.may_be_billed) == (Trouble.TRANSPORT, True)


def test_an_answer_without_end_is_broken_off(server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "MAX_BYTES", 1_000_000)
    problem = failure(server, "endless", seconds=20)
    assert problem.trouble is Trouble.TRANSPORT
    assert problem.may_be_billed


def test_work_that_is_late_is_left_behind() -> None:
    ended: list[str] = []

    async def never() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("broken off")

    async def seven() -> int:
        return 7

    async def wrong() -> int:
        return 1 // 0

    async def late_by_itself() -> None:
        raise TimeoutError("the vendor's")

    with pytest.raises(bounded.TookTooLong):
        bounded.within(0.05, never)
    assert ended == ["broken off"]
    assert bounded.within(5, seven) == 7
    with pytest.raises(ZeroDivisionError):
        bounded.within(5, wrong)
    with pytest.raises(TimeoutError, match="vendor"):
        bounded.within(5, late_by_itself)


def test_very_many_calls_wait_in_one_loop() -> None:
    crowd, came, everybody = 200, [0], asyncio.Event()

    async def meet() -> int:
        came[0] += 1
        if came[0] == crowd:
            everybody.set()
        await everybody.wait()
        return came[0]

    with ThreadPoolExecutor(crowd) as pool:
        assert list(pool.map(lambda _: bounded.within(60, meet), range(crowd))) == [crowd] * crowd


def test_no_client_holds_more_than_a_few_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    most, under_way, clients = [0], [0], set()

    async def send(self: httpx.AsyncClient, request: httpx.Request, **_: Any) -> httpx.Response:
        clients.add(self)
        under_way[0] += 1
        most[0] = max(most[0], under_way[0])
        await asyncio.sleep(0.05)
        under_way[0] -= 1
        return httpx.Response(200, request=request)

    trusted = Mock(wraps=ssl.create_default_context)
    monkeypatch.setattr(ssl, "create_default_context", trusted)
    client = bounded.bounded_client()
    monkeypatch.setattr(httpx.AsyncClient, "send", send)

    async def crowd(count: int) -> None:
        await asyncio.gather(*(client.send(httpx.Request("GET", "http://m/")) for _ in range(count)))

    bounded.within(20, lambda: crowd(60))
    assert (most[0], len(clients)) == (60, 3)
    bounded.within(20, lambda: crowd(20))
    assert len(clients) == 3, "those that are there are used again"
    assert trusted.call_count == 1, "a context of its own costs each client 30 ms and most of a megabyte"


def test_a_timeout_and_no_retries_are_passed_with_every_call(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = sys.modules["litellm"]
    passed: list[dict[str, Any]] = []

    async def completion(**options: Any) -> Any:
        passed.append(options)
        raise ConnectionError

    monkeypatch.setattr(library, "acompletion", completion)
    for settings in ({}, {"timeout_seconds": 3.0}, {"structured": None, "logprobs": None, "temperature": None}):
        failure(server, "good", **settings)
    assert [options["timeout"] for options in passed] == [5.0, 3.0, 5.0]
    assert {(options["num_retries"], options["max_retries"]) for options in passed} == {(0, 0)}
    assert all(options["max_tokens"] > 0 for options in passed)


def test_no_key_stands_in_an_error(server: ScriptedServer) -> None:
    text = str(failure(server, "unauthorized", api_key_secret="VENDOR"))
    assert KEY not in text
    assert "1234567890" not in text


def test_the_key_is_that_of_the_named_secret(server: ScriptedServer) -> None:
    asked: list[str] = []

    def secret(name: str) -> str:
        asked.append(name)
        return KEY

    call = Call([{"role": "user", "content": "x"}], SCHEMA, "x", 5, secret)
    chat(server, "plain", api_key_secret="VENDOR").ask(call)
    assert asked == ["VENDOR"]


def test_a_price_that_nobody_knows_is_an_error_and_not_zero(server: ScriptedServer) -> None:
    with pytest.raises(Permanent, match="No price is known for model 'openai/plain'"):
        chat(server, "plain", free=False).reserve([])


def test_a_price_of_the_vendors_list_is_used() -> None:
    reserved = Chat("gpt-4o-mini", ModelSettings(max_tokens=1000)).reserve([{"role": "user", "content": "x" * 1000}])
    assert Decimal("0.0006") < reserved < Decimal("0.002")


def test_the_reserve_is_never_less_than_the_cost(server: ScriptedServer) -> None:
    prices = {"free": False, "input_per_million": Decimal(1), "output_per_million": Decimal(10), "max_tokens": 20}
    model = chat(server, "good", **prices)
    messages = [{"role": "user", "content": DOCUMENT}]
    reply = model.ask(Call(messages, SCHEMA, DOCUMENT, 5, lambda _: ""))
    assert reply.cost is not None
    assert model.reserve(messages) >= reply.cost


def test_a_schema_goes_out_without_our_own_words() -> None:
    schema = {"properties": {"a": {"type": "string", "x-grounded": False}}, "x-note": 1}
    assert for_vendors(schema) == {"properties": {"a": {"type": "string"}}}


@pytest.mark.parametrize(
    ("schema", "strict"),
    [
        (SCHEMA, True),
        ({**SCHEMA, "additionalProperties": True}, False),
        ({**SCHEMA, "required": ["total"]}, False),
        ({"type": "object", "properties": {"a": {"type": "array", "items": {"properties": {"b": {}}}}}}, False),
    ],
)
def test_strict_decoding_is_asked_for_only_where_vendors_take_it(schema: Any, strict: bool) -> None:
    assert is_strict(schema) is strict


# The same behaviours, as the AI task sees them from end to end.


def run(server: ScriptedServer, *names: str, books: Books | None = None, **changes: Any) -> Result | Review:
    table = {f"scripted/{name}": {"api_base": server.url, "structured": True, "logprobs": True} for name in names}
    inputs = {
        "prompt": "Read the invoice.",
        "input": DOCUMENT,
        "schema": SCHEMA,
        "models": list(table),
        "minConfidence": 0.8,
        "onExhausted": "reviewers",
        **changes,
    }
    return AiTask.of(table)(request(inputs, books, timeout_seconds=changes.pop("seconds", 5.0)))


@pytest.mark.parametrize("name", ["good", "fenced"])
def test_a_good_answer_is_taken(server: ScriptedServer, name: str) -> None:
    outcome = run(server, name, minConfidence=0.6)
    assert isinstance(outcome, Result)
    assert outcome.response["result"] == json.loads(GOOD)
    assert outcome.response["confidence"] >= 0.6


@pytest.mark.parametrize(
    ("name", "fault", "calls"),
    [
        ("bad-json", "json: The answer is not JSON", 2),
        ("bad-enum", "schema: currency: expected one of", 2),
        ("truncated", "length: the answer was cut off", 2),
        ("wrong-tool", "tool: wanted to call pay_everything", 2),
        ("refusal", "refusal: the model refused: I cannot do that.", 1),
        ("unauthorized", "rejected: AuthenticationError", 1),
        ("too-long", "rejected: ContextWindowExceededError", 1),
        ("bad-request", "rejected: BadRequestError", 1),
    ],
)
def test_every_bad_answer_ends_with_a_person_and_never_as_a_result(
    server: ScriptedServer, name: str, fault: str, calls: int
) -> None:
    books = Books()
    outcome = run(server, name, books=books)
    assert isinstance(outcome, Review)
    assert len(books.rows) == calls
    assert books.rows[0].faults[0].startswith(fault)
    assert all(KEY not in text for row in books.rows for text in row.faults)


@pytest.mark.parametrize("name", ["rate-limit", "server-error", "unavailable", "hang-up"])
def test_what_fails_on_the_way_is_tried_again_later(server: ScriptedServer, name: str) -> None:
    books = Books()
    with pytest.raises(Retryable):
        run(server, name, books=books)
    assert books.rows[0].state == "failed"


def test_a_cascade_goes_through_all_vendors_to_the_one_that_works(server: ScriptedServer) -> None:
    books = Books()
    outcome = run(server, "refusal", "bad-enum", "good", books=books)
    assert isinstance(outcome, Result)
    assert outcome.response["model"] == "scripted/good"
    assert [row.model for row in books.rows] == [
        "scripted/refusal",
        "scripted/bad-enum",
        "scripted/bad-enum",
        "scripted/good",
    ]
    assert {row.ai_kind for row in books.rows} == {"scripted"}


def test_a_class_without_anything_to_measure_goes_to_a_person(server: ScriptedServer) -> None:
    schema = {"type": "object", "properties": {"currency": {"enum": ["EUR", "USD"]}}, "required": ["currency"]}
    books = Books()
    outcome = run(server, "free-class", books=books, schema=schema)
    assert isinstance(outcome, Review)
    assert books.rows[0].faults == ("confidence: it cannot be measured, and 0.80 is asked for",)
