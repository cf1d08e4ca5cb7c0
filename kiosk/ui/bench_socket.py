"""The bench socket of a lane: lets a test or the demo touch its screen and read what it shows. Never on a real lane.

One request per line, one answer per line, both JSON. A request is carried out on the UI thread, a step per frame.
"""

from __future__ import annotations

import json
import logging
import os
import socketserver
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import CancelledError, Future
from pathlib import Path
from typing import Any

from kivy.clock import Clock

from kiosk.presenter.model import Item, Screen
from kiosk.ui.app import LaneApp
from kiosk.ui.bench_hand import Hand
from kiosk.ui.setup import SetupError

log = logging.getLogger(__name__)

LONGEST_WAIT_S = 120.0
# How long any other request may take on the UI thread.
REQUEST_S = 25.0
LONGEST_LINE = 65536

Answer = dict[str, Any]
Steps = Generator[None, None, Answer]


class _RefusedError(Exception):
    """The request cannot be carried out; says why and what to do."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


class BenchSocket:
    """Serves requests at a Unix socket only this user can open, until `stop`."""

    def __init__(self, path: Path, app: LaneApp) -> None:
        self._path, self._app, self._hand = path, app, Hand()
        self._running: set[Future[Answer]] = set()
        self._lock = threading.Lock()
        self._server: _Server | None = None
        self._requests: dict[str, Callable[[Answer], Steps]] = {
            "touch": self._touch,
            "press": self._press,
            "drag": self._drag,
            "screen": self._screen,
            "wait": self._wait,
            "screenshot": self._screenshot,
        }

    def start(self) -> None:
        """Listen. `SetupError` where the socket cannot be made."""
        try:
            if self._path.is_socket():
                self._path.unlink()
            self._server = _Server(self._path, self.handle)
        except OSError as error:
            raise SetupError(
                f"The bench socket {self._path} cannot be made: {error.strerror}.", "Change or remove [bench] socket."
            ) from error
        threading.Thread(target=self._server.serve_forever, name="bench", daemon=True).start()
        log.warning("bench.listening path=%s", self._path)

    def stop(self) -> None:
        """Stop listening; what is under way is answered with a refusal."""
        server, self._server = self._server, None
        if server is None:
            return
        server.shutdown()
        server.server_close()
        with self._lock:
            for answer in self._running:
                answer.cancel()
        self._path.unlink(missing_ok=True)

    def handle(self, line: bytes) -> Answer:
        """Carry out one request, on any thread but the UI's, and return its answer."""
        try:
            request = json.loads(line)
            steps = self._requests[request["do"]](request)
            limit_s = REQUEST_S + min(float(request.get("timeout_s") or 0), LONGEST_WAIT_S)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return _refusal(f"Not a request: {error!r}.", f"Send a JSON object with do = {', '.join(self._requests)}.")
        answer: Future[Answer] = Future()
        with self._lock:
            self._running.add(answer)
        Clock.schedule_once(lambda _dt: _step(steps, answer), 0)
        try:
            return answer.result(limit_s)
        except (CancelledError, TimeoutError):
            return _refusal(
                "The lane did not get to it.", "Is it stopping, or busy for longer than a request may take?"
            )
        finally:
            with self._lock:
                self._running.discard(answer)

    def _touch(self, request: Answer) -> Steps:
        yield from self._hand.tap(float(request["x"]), float(request["y"]))
        yield
        return {"ok": True}

    def _drag(self, request: Answer) -> Steps:
        (x, y), (to_x, to_y) = request["from"], request["to"]
        yield from self._hand.drag((float(x), float(y)), (float(to_x), float(to_y)))
        yield
        return {"ok": True}

    def _press(self, request: Answer) -> Steps:
        item_id = str(request["item"])
        stage = self._app.stage
        if stage.find(item_id) is None:
            raise _RefusedError(
                f"{_seen(stage.shown)} has no {item_id!r} to press.", "Wait for the screen that has it."
            )
        yield  # whatever was scrolled or added is laid out now
        while stage.seconds_until_pressable(item_id) > 0:
            yield
        widget = stage.find(item_id)
        if widget is None or not widget.tappable():
            raise _RefusedError(
                f"{item_id!r} on {_seen(stage.shown)} cannot be pressed now.", "Wait until it is enabled."
            )
        yield from self._hand.tap(widget.center_x, widget.center_y)
        yield
        return {"ok": True}

    def _screen(self, request: Answer) -> Steps:
        del request
        yield
        return {"ok": True, "screen": _as_json(self._app.stage.shown)}

    def _wait(self, request: Answer) -> Steps:
        deadline = time.monotonic() + min(float(request.get("timeout_s") or 10.0), LONGEST_WAIT_S)
        while not _matches(self._app.stage.shown, request):
            if time.monotonic() > deadline:
                wanted = {key: request[key] for key in ("screen", "item", "text") if request.get(key)}
                shown = self._app.stage.shown
                refusal = _refusal(f"Waited in vain for {wanted}; shown is {_seen(shown)}.", "See the answer's screen.")
                return {**refusal, "screen": _as_json(shown)}
            yield
        yield
        return {"ok": True, "screen": _as_json(self._app.stage.shown)}

    def _screenshot(self, request: Answer) -> Steps:
        path = Path(str(request["path"]))
        if not path.parent.is_dir():
            raise _RefusedError(f"There is no folder {path.parent}.", "Make it first.")
        yield
        self._app.stage.export_to_png(str(path))
        return {"ok": True}


def _step(steps: Steps, answer: Future[Answer]) -> None:
    """One step of a request, on the UI thread; the next one in the next frame."""
    if answer.cancelled():
        steps.close()
        return
    try:
        next(steps)
    except StopIteration as end:
        _settle(answer, end.value)
    except _RefusedError as refused:
        _settle(answer, _refusal(str(refused), refused.remedy))
    except (KeyError, ValueError, TypeError) as error:
        _settle(answer, _refusal(f"Not a request: {error!r}.", "See kiosk/ui/README.md for what each request takes."))
    else:
        Clock.schedule_once(lambda _dt: _step(steps, answer), 0)


def _settle(answer: Future[Answer], value: Answer) -> None:
    if answer.set_running_or_notify_cancel():
        answer.set_result(value)


def _refusal(message: str, remedy: str) -> Answer:
    return {"ok": False, "error": message, "remedy": remedy}


def _seen(screen: Screen | None) -> str:
    return f"screen {screen.top.name!r}" if screen else "an empty screen"


def _as_json(screen: Screen | None) -> Answer | None:
    if screen is None:
        return None
    items = [_item_as_json(item) for item in screen.items]
    return {"name": screen.name, "language": screen.language, "items": items, "overlay": _as_json(screen.overlay)}


def _item_as_json(item: Item) -> Answer:
    texts = {"id": item.id, "role": item.role.value, "text": item.text, "detail": item.detail, "amount": item.amount}
    flags = {"enabled": item.enabled, "selected": item.selected, "pressable": item.action is not None}
    return {**texts, **flags, "tone": item.tone.value, "picture": item.picture}


def _matches(screen: Screen | None, request: Answer) -> bool:
    if screen is None or request.get("screen") not in {None, screen.top.name}:
        return False
    items = [item for item in screen.top.items if request.get("item") in {None, item.id}]
    text = request.get("text")
    return bool(items) and (text is None or any(text in f"{i.text}\n{i.detail}\n{i.amount}" for i in items))


class _Handler(socketserver.StreamRequestHandler):
    """One connection: a request, its answer, the next request."""

    server: _Server

    def handle(self) -> None:
        """Until the other side hangs up."""
        try:
            while line := self.rfile.readline(LONGEST_LINE):
                self.wfile.write(json.dumps(self.server.answer(line), ensure_ascii=False).encode() + b"\n")
        except OSError as error:
            log.info("bench.hung_up reason=%s", error)


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """A thread per connection, none of which keeps the process alive."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, path: Path, answer: Callable[[bytes], Answer]) -> None:
        self.answer = answer
        super().__init__(str(path), _Handler)

    def server_bind(self) -> None:
        """Bind so that nobody else could ever connect: Linux takes the file's mode from the socket."""
        os.fchmod(self.socket.fileno(), 0o600)
        super().server_bind()
