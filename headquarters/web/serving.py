"""`python -m headquarters web`: serves the web application until somebody ends it."""

from __future__ import annotations

import signal
import socket
import sys

import uvicorn

from headquarters.errors import HeadquartersError
from headquarters.notify import notify
from headquarters.web.app import application
from headquarters.web.limits import Limits

# A proxy in front waits longer than this, or it would send into a connection that is being closed.
KEEP_ALIVE_S = 65
STOP_S = 2


def serve_web(host: str, port: int, limits: Limits) -> None:
    """Serve on `host` and `port` (0: any free one) until SIGTERM or SIGINT; prints the address when ready.

    `HeadquartersError` where the address cannot be had.
    """
    listening = _listening(host, port)
    at, taken_port = listening.getsockname()[:2]
    config = uvicorn.Config(
        application(limits),
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=limits.at_once,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=STOP_S,
        lifespan="off",
    )
    sys.stdout.write(f"headquarters web ready: http://{_shown(at)}:{taken_port}\n")
    sys.stdout.flush()
    notify("READY=1")
    for number in (signal.SIGTERM, signal.SIGINT):
        # uvicorn ends on them by a handler of its own, and then raises them again, for this one.
        signal.signal(number, lambda *_: None)
    with listening:
        uvicorn.Server(config).run(sockets=[listening])
    notify("STOPPING=1")


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise HeadquartersError(
            f"{host}:{port} cannot be listened on: {error.strerror}.",
            "Give a free --port and a --host of this machine.",
        ) from error


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
