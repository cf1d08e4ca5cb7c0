"""Errors over HTTP, as RFC 9457 describes them: `application/problem+json` with a message and a remedy."""

from __future__ import annotations

from http import HTTPStatus

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from kiosk.domain.pricing.faults import Problem

MEDIA_TYPE = "application/problem+json"


class ProblemDocument(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of an error: `detail` says what is wrong, `remedy` what to do, `errors` where in the document."""

    title: str
    status: int
    detail: str
    remedy: str
    errors: tuple[Problem, ...] = ()


class Refused(Exception):  # noqa: N818 - what it is to the one who asked
    """A request that is answered with a problem."""

    def __init__(self, status: HTTPStatus, detail: str, remedy: str, errors: tuple[Problem, ...] = ()) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.remedy = remedy
        self.errors = errors


def refused(_request: Request, error: Exception) -> Response:
    """The answer to what was `Refused`."""
    if not isinstance(error, Refused):
        raise error
    return problem(error.status, error.detail, error.remedy, error.errors)


def not_routed(request: Request, error: Exception) -> Response:
    """The answer to a path or a method that there is not."""
    if not isinstance(error, HTTPException):
        raise error
    detail = f"{request.method} {request.url.path} is not served."
    answer = problem(HTTPStatus(error.status_code), detail, "See headquarters/web/README.md for what is.")
    answer.headers.update(error.headers or {})
    return answer


def problem(status: HTTPStatus, detail: str, remedy: str, errors: tuple[Problem, ...] = ()) -> Response:
    """One problem as an answer."""
    body = ProblemDocument(title=status.phrase, status=status, detail=detail, remedy=remedy, errors=errors)
    return Response(msgspec.json.encode(body), status, media_type=MEDIA_TYPE)
