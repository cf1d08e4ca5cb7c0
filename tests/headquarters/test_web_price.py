"""`POST /v1/price`: web shops are answered by the engine of the lanes, and every error says what to do."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from headquarters.__main__ import main
from headquarters.web.app import application
from headquarters.web.limits import Limits
from headquarters.web.problems import ProblemDocument
from kiosk.domain.pricing.answering import encoded, priced
from kiosk.domain.pricing.schema import NAMES, Name, schema_file

ROOT = Path(__file__).parents[2]
EXAMPLE = (ROOT / "kiosk" / "domain" / "pricing" / "examples" / "cheapest_free.json").read_bytes()
BAD = EXAMPLE.replace(b"289", b"2.89")
JSON = {"content-type": "application/json"}
LINES = {"content-type": "application/x-ndjson"}


class Web:
    """Asks the application, without a network."""

    def __init__(self, limits: Limits) -> None:
        self._application = application(limits)

    def get(self, path: str) -> httpx.Response:
        return asyncio.run(self._ask("GET", path))

    def post(self, path: str, *, content: Any, headers: dict[str, str]) -> httpx.Response:
        return asyncio.run(self._ask("POST", path, content, headers))

    async def _ask(
        self, method: str, path: str, content: Any = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        transport = httpx.ASGITransport(self._application)
        async with httpx.AsyncClient(transport=transport, base_url="http://headquarters") as client:
            return await client.request(method, path, content=content, headers=headers)


@pytest.fixture
def web() -> Web:
    return Web(Limits(document_bytes=10_000, bulk_bytes=20_000))


async def in_chunks(body: bytes, size: int) -> AsyncIterator[bytes]:
    for at in range(0, len(body), size):
        yield body[at : at + size]


async def never() -> AsyncIterator[bytes]:
    yield b"{"
    await asyncio.Event().wait()


def problem(answer: Any, status: int) -> ProblemDocument:
    """The problem that was answered; every one names a remedy."""
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    found = msgspec.json.decode(answer.content, type=ProblemDocument)
    assert found.status == status
    assert found.remedy
    return found


def one_line(document: bytes) -> bytes:
    return json.dumps(json.loads(document)).encode() + b"\n"


def test_a_web_shop_gets_what_a_lane_gets(web: Web) -> None:
    answer = web.post("/v1/price", content=EXAMPLE, headers={"content-type": "application/json; charset=utf-8"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.content == encoded(priced(EXAMPLE)[1])


def test_a_bad_document_is_told_where_and_what_to_do(web: Web) -> None:
    found = problem(web.post("/v1/price", content=BAD, headers=JSON), 422)
    assert found.detail.startswith("$.lines[0].unit_price_minor")
    assert "minor units" in found.remedy
    assert [one.path for one in found.errors] == ["$.lines[0].unit_price_minor"]


def test_what_is_no_json_is_refused(web: Web) -> None:
    assert "no JSON" in problem(web.post("/v1/price", content=b"{", headers=JSON), 422).detail


def test_many_documents_are_answered_line_by_line(web: Web) -> None:
    body = one_line(EXAMPLE) + b"\n" + one_line(BAD) + one_line(EXAMPLE)
    answer = web.post("/v1/price", content=body, headers=LINES)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/x-ndjson"
    first, second, third = answer.content.splitlines()
    assert first == third == encoded(priced(EXAMPLE)[1])
    assert json.loads(second)["error"]["line"] == 3


@pytest.mark.parametrize("headers", [JSON, LINES])
@pytest.mark.parametrize("chunks", [1, 7])
def test_a_body_that_is_too_long_is_refused(web: Web, headers: dict[str, str], chunks: int) -> None:
    body = b" " * 20_001
    sent: Any = body if chunks == 1 else in_chunks(body, len(body) // chunks)
    assert "too long" in problem(web.post("/v1/price", content=sent, headers=headers), 413).detail


@pytest.mark.parametrize("headers", [{}, {"content-type": "text/plain"}])
def test_another_content_type_is_refused(web: Web, headers: dict[str, str]) -> None:
    assert "application/json" in problem(web.post("/v1/price", content=EXAMPLE, headers=headers), 415).remedy


def test_what_is_not_served_is_a_problem_too(web: Web) -> None:
    assert "/v1/prize" in problem(web.get("/v1/prize"), 404).detail
    wrong_method = web.get("/v1/price")
    problem(wrong_method, 405)
    assert wrong_method.headers["allow"] == "POST"


@pytest.mark.parametrize("name", NAMES)
def test_the_schemas_are_served(web: Web, name: Name) -> None:
    answer = web.get(f"/v1/price/schema/{name}")
    assert answer.headers["content-type"] == "application/schema+json"
    assert answer.content == schema_file(name)


def test_a_probe_is_answered(web: Web) -> None:
    assert web.get("/healthz").text == "ok\n"


def test_a_body_that_never_ends_is_given_up() -> None:
    answer = Web(Limits(body_s=0.01)).post("/v1/price", content=never(), headers=JSON)
    assert "did not come" in problem(answer, 408).detail


@pytest.mark.processes
def test_the_service_prices_and_ends_on_sigterm() -> None:
    command = [sys.executable, "-m", "headquarters", "web", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, env=os.environ | {"PYTHONUNBUFFERED": "1"}) as web:
        try:
            assert web.stdout
            ready = web.stdout.readline().decode().split()
            assert ready[:3] == ["headquarters", "web", "ready:"]
            answer = httpx.post(f"{ready[3]}/v1/price", content=EXAMPLE, headers=JSON, timeout=30)
            assert answer.content == encoded(priced(EXAMPLE)[1])
            assert "server" not in answer.headers
        finally:
            web.send_signal(signal.SIGTERM)
        assert web.wait(timeout=30) == 0


def test_an_address_that_is_taken_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["web", "--port", str(taken.getsockname()[1])]) == 2
    assert "cannot be listened on" in capsys.readouterr().err
