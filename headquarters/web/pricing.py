"""`POST /v1/price`: a pricing document in, its result out; many of them as JSON lines; and the schemas of both."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from headquarters.web.body import media_type, taken
from headquarters.web.limits import Limits
from headquarters.web.problems import Refused
from kiosk.domain.pricing.answering import answer, encoded, priced
from kiosk.domain.pricing.faults import DocumentError
from kiosk.domain.pricing.schema import NAMES, Name, schema_file

JSON = "application/json"
JSON_LINES = "application/x-ndjson"
SCHEMA = "application/schema+json"


def routes(limits: Limits) -> list[Route]:
    """The routes of pricing."""
    return [
        Route("/v1/price", _priced(limits), methods=["POST"]),
        *(Route(f"/v1/price/schema/{name}", _schema(name), methods=["GET"]) for name in NAMES),
    ]


def _priced(limits: Limits) -> Callable[[Request], Awaitable[Response]]:
    async def priced_request(request: Request) -> Response:
        match media_type(request):
            case "application/json":
                body = await taken(request, limits.document_bytes, limits.body_s)
                return Response(await run_in_threadpool(_one, body), media_type=JSON)
            case "application/x-ndjson":
                lines = (await taken(request, limits.bulk_bytes, limits.body_s)).split(b"\n")
                return StreamingResponse(_many(lines), media_type=JSON_LINES)
            case other:
                raise Refused(
                    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                    f"{other or 'Nothing'} is no content type of a pricing document.",
                    f"Send {JSON}, or {JSON_LINES} for many documents, one a line.",
                )

    return priced_request


def _one(body: bytes) -> bytes:
    try:
        return encoded(priced(body)[1])
    except DocumentError as error:
        raise Refused(
            HTTPStatus.UNPROCESSABLE_ENTITY, f"{error.path}: {error.message}", error.remedy, error.problems
        ) from error


async def _many(lines: Sequence[bytes]) -> AsyncIterator[bytes]:
    """An answer for each line that holds something; a bad one is answered with its error, and holds up no other."""
    for number, line in enumerate(lines, start=1):
        if stripped := line.strip():
            yield (await run_in_threadpool(answer, number, stripped)).text + b"\n"


def _schema(name: Name) -> Callable[[Request], Awaitable[Response]]:
    async def schema_request(_request: Request) -> Response:
        return Response(schema_file(name), media_type=SCHEMA)

    return schema_request
