"""The least that can be done with the bytes of a device, by hand: no checks but those that make a parse at all."""

from __future__ import annotations

import re
import struct
from decimal import Decimal

_8217 = re.compile(rb"\x02 *([0-9.]+)(N?)\r")
_NCI = re.compile(rb"\n([0-9.]+)(KG|LB)\r\nS?(..)\r\x03")
_SICS = re.compile(rb"S ([SD]) +([-0-9.]+) (\w+)\r\n")
_SMA = re.compile(rb"\n(.)(.)(.)(.)(.)(.{10})(...)\r")
_EVENT = struct.Struct("@llHHi")


def scale_8217(data: bytes) -> list[object]:
    """Weights and whether they are net."""
    return [(Decimal(digits.decode()), bool(net)) for digits, net in _8217.findall(data)]


def scale_nci(data: bytes) -> list[object]:
    """Weights, units, status bytes."""
    return [(Decimal(digits.decode()), unit, status[0] & 1) for digits, unit, status in _NCI.findall(data)]


def scale_mt_sics(data: bytes) -> list[object]:
    """Weights, units, whether stable."""
    return [(Decimal(digits.decode()), unit, state == b"S") for state, digits, unit in _SICS.findall(data)]


def scale_sma(data: bytes) -> list[object]:
    """Weights, units, whether in motion."""
    return [(Decimal(found[5].strip().decode()), found[6].strip(), found[3] == b"M") for found in _SMA.findall(data)]


def scanner_serial(data: bytes) -> list[object]:
    """Codes as text, their AIM identifiers cut off."""
    lines = [line.decode() for line in data.split(b"\r") if line]
    return [(line[3:], line[:3]) if line[:1] == "]" else (line, "") for line in lines]


def scanner_hid_pos(data: bytes) -> list[object]:
    """Reports of 64 bytes in the one layout of Honeywell."""
    reports = (data[at : at + 64] for at in range(0, len(data), 64))
    return [(report[5 : 5 + report[1]].decode(), report[2:5]) for report in reports]


def scanner_wedge(data: bytes, plain: dict[int, str], shifted: dict[int, str]) -> list[object]:
    """Presses of keys, Shift held or not, up to Enter."""
    codes: list[object] = []
    text, shift = "", False
    for _, _, kind, code, value in _EVENT.iter_unpack(data):
        if kind != 1:
            continue
        if code in (42, 54):
            shift = value != 0
        elif value == 1 and code == 28:
            codes.append(text)
            text = ""
        elif value == 1:
            text += (shifted if shift else plain).get(code, "")
    return codes


def printer_status(data: bytes) -> list[object]:
    """Bytes by their fixed bits; four in a row where the first says so."""
    found: list[object] = []
    at = 0
    while at < len(data):
        size = 4 if data[at] & 0x93 == 0x10 else 1
        found.append(data[at : at + size])
        at += size
    return found


def zvt(data: bytes) -> list[object]:
    """Messages by their lengths; amount and trace of a status at their fixed places."""
    found: list[object] = []
    at = 0
    while at + 3 <= len(data):
        size = data[at + 2]
        body = data[at + 3 : at + 3 + size]
        if data[at : at + 2] == b"\x04\x0f":
            found.append((body[1], int(body[3:9].hex()), int(body[10:13].hex())))
        at += 3 + size
    return found
