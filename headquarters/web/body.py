"""Takes the body of a request in, within a size and a time."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from starlette.requests import Request

from headquarters.web.problems import Refused


async def taken(request: Request, bytes_max: int, seconds: float) -> bytes:
    """The whole body; `Refused` (413, 408) where it is longer, or takes longer to come."""
    said = request.headers.get("content-length", "")
    if said.isdecimal() and int(said) > bytes_max:
        raise _too_long(bytes_max)
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > bytes_max:
                    raise _too_long(bytes_max)
    except TimeoutError as error:
        detail = f"The body did not come within {seconds:g} seconds."
        raise Refused(HTTPStatus.REQUEST_TIMEOUT, detail, "Send it again, at once.") from error
    return bytes(body)


def media_type(request: Request) -> str:
    """What the sender says the body is, without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _too_long(bytes_max: int) -> Refused:
    return Refused(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "The body is too long.",
        f"Send at most {bytes_max:,} bytes, and many documents in several requests.",
    )
