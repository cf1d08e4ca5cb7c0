"""The peer of the agent: a process that is connected to the broker and does nothing else."""

from __future__ import annotations

import sys

from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion


def main(port: str) -> None:
    """Stay connected until SIGTERM."""
    client = Client(CallbackAPIVersion.VERSION2, "bare", protocol=MQTTv5)
    client.connect("127.0.0.1", int(port), keepalive=60)
    client.loop_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
