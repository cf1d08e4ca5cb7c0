"""The peer of `drivers_idle`: a Python that has imported next to nothing, with one thread that polls one pty."""

from __future__ import annotations

import os
import select
import signal
import sys
import threading


def main(port: str, ready: str) -> None:
    """Poll `port` until SIGTERM; the file `ready` says that it is up."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    fd = os.open(port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    poll = select.poll()
    poll.register(fd, select.POLLIN)

    def loop() -> None:
        while True:
            poll.poll(1000)

    threading.Thread(target=loop, daemon=True).start()
    os.close(os.open(ready, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC))
    signal.sigwait({signal.SIGTERM})


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
