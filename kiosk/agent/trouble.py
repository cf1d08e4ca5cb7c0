"""Why there is no connection, in words that say what to do: from errors of the network, of TLS and of the broker."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong, and the remedy."""

    reason: str
    remedy: str


_NETWORK = "Check the network of the device, broker.host and broker.port, and that the broker runs."
_REGISTER = "Check broker.username and the password file or certificate against the broker's list of devices."
_RIGHTS = "Check the broker's access list: a device needs its own `up` and `down` branch and its store's catalog."

# MQTT 5.0, section 2.4: reason codes from 128 on are failures.
_CODES = {
    128: ("refuses", "Look at the broker's log."),
    130: ("takes this device for a faulty client", "Look at the broker's log, and report this."),
    132: ("does not speak MQTT 5", "Use a broker with MQTT 5, such as mosquitto 2."),
    133: ("does not accept this device's client id", _REGISTER),
    134: ("does not accept the user name or password", _REGISTER),
    135: ("says that this device is not authorised", _REGISTER),
    136: ("is not available", "Wait, or restart the broker."),
    137: ("is busy", "Wait; if this stays, give the broker more resources."),
    138: ("has banned this device", "Look at the broker's list of banned clients."),
    139: ("is shutting down", "Wait, or restart the broker."),
    141: ("heard nothing for too long", "Check the network for losses."),
    142: ("has seen another client with this device's name", "Find the copy of this device and enrol it anew."),
    144: ("does not accept a topic name", "Check tenant, store and workstation id in the settings."),
    149: ("finds a message too large", "Raise the broker's limit (mosquitto: max_packet_size)."),
    151: ("says that a quota is exceeded", "Raise the broker's limits for this device."),
    159: ("limits the rate of connections", "Wait; the device tries again by itself."),
}


def from_code(address: str, code: int) -> Trouble:
    """The broker refused a connection, a subscription or the session with an MQTT 5 reason code."""
    what, remedy = _CODES.get(code, (f"refuses with reason code {code}", "Look at the broker's log."))
    return Trouble(f"The broker at {address} {what}.", remedy)


def from_refused_publish(topic: str, code: int) -> Trouble:
    """The broker refused a message."""
    if code == 135:
        return Trouble(f"The broker does not let this device publish to {topic}.", _RIGHTS)
    what, remedy = _CODES.get(code, (f"refuses with reason code {code}", "Look at the broker's log."))
    return Trouble(f"The broker {what} (message to {topic}).", remedy)


def from_refused_subscription(topic: str, code: int) -> Trouble:
    """The broker refused a subscription."""
    if code == 135:
        return Trouble(f"The broker does not let this device read {topic}.", _RIGHTS)
    return from_code(topic, code)


def from_error(address: str, error: OSError) -> Trouble:
    """The connection failed below MQTT."""
    match error:
        case ssl.SSLCertVerificationError():
            return Trouble(
                f"The certificate of the broker at {address} is not trusted: {error.verify_message}.",
                "Set broker.ca_file to the authority that signed it, and broker.host to a name in the certificate;"
                " check the clock of the device.",
            )
        case ssl.SSLError():
            return Trouble(
                f"TLS with the broker at {address} failed: {error.reason or error}.",
                "Check that the port speaks TLS, and the certificate and key of this device.",
            )
        case socket.gaierror():
            return Trouble(
                f"The name of the broker in {address} is not known: {error.strerror}.",
                "Check broker.host, and the name service of the network.",
            )
        case ConnectionRefusedError():
            return Trouble(f"Nothing answers at {address}.", _NETWORK)
        case TimeoutError():
            return Trouble(f"{address} did not answer in time.", _NETWORK)
        case _:
            return Trouble(f"{address} cannot be reached: {error.strerror or error}.", _NETWORK)
