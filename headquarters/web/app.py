"""The web application of headquarters: its routes put together, and how errors are answered."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from headquarters.web import pricing
from headquarters.web.limits import Limits
from headquarters.web.problems import Refused, not_routed, refused


def application(limits: Limits) -> Starlette:
    """The application; whoever adds a part hands its routes in here."""
    return Starlette(
        routes=[Route("/healthz", _healthy, methods=["GET"]), *pricing.routes(limits)],
        exception_handlers={Refused: refused, HTTPException: not_routed},
    )


async def _healthy(_request: Request) -> Response:
    return PlainTextResponse("ok\n")
