"""How fast bytes of devices become records: each codec beside a parse of the same bytes by hand."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import ndef

from drivers.nfc import ndef_message
from drivers.nfc.interface import NdefRecord
from drivers.payment import nexo_codec
from drivers.payment.zvt_codec import Framer as ZvtFramer
from drivers.payment.zvt_records import parse
from drivers.printer.status import Demultiplexer
from drivers.scale.codec_8217 import AnswerFramer
from drivers.scale.codec_mt_sics import MtSicsFramer
from drivers.scale.codec_nci import NciFramer
from drivers.scale.codec_sma import SmaFramer
from drivers.scale.reading import Unit
from drivers.scanner.hid_pos_codec import HidPosDecoder
from drivers.scanner.key_decoder import KeyDecoder, Typing
from drivers.scanner.keystrokes import packed, tap, typed
from drivers.scanner.layouts import by_name
from drivers.scanner.serial_codec import ScanFramer
from drivers.scanner.simulated_usb import HONEYWELL_DESCRIPTOR, _report
from drivers.transport.input_events import EventFramer
from tests.benchmarks import codecs_bare as bare
from tests.benchmarks.figures import Figure, Run, figure

FRAMES = 200
WARM_UP = 5
CODE = "]C1010950600013435210ABC123"
Read = Callable[[bytes], object]


@dataclass(frozen=True)
class Pair:
    """One codec and its peer, and `frame`, of which a sample reads FRAMES in a row."""

    name: str
    frame: bytes
    ours: Read
    peer: Read
    what: str = "the same bytes by hand: regular expression or struct, no checks"


def measure(*, runs: int, samples: int) -> Iterator[Figure]:
    """A figure for each codec: microseconds a frame, both sides by turns."""
    for pair in _pairs():
        found = [_run(pair, samples) for _ in range(runs)]
        yield figure(f"decode {pair.name}, {len(pair.frame)} bytes", "us a frame", pair.what, found)


def _run(pair: Pair, samples: int) -> Run:
    data = pair.frame * FRAMES
    ours, peer = [], []
    for number in range(WARM_UP + samples):
        taken = [_timed(read, data) for read in (pair.ours, pair.peer)]
        if number >= WARM_UP:
            ours.append(taken[0])
            peer.append(taken[1])
    return Run(ours, peer)


def _timed(read: Read, data: bytes) -> float:
    began = time.perf_counter_ns()
    read(data)
    return (time.perf_counter_ns() - began) / 1000 / FRAMES


def _pairs() -> Iterator[Pair]:
    yield Pair("8217", b"\x0201.250\r", lambda data: AnswerFramer(Unit.KILOGRAM).feed(data), bare.scale_8217)
    yield Pair("NCI", b"\n01.250KG\r\nS00\r\x03", lambda data: NciFramer().feed(data), bare.scale_nci)
    yield Pair("MT-SICS", b"S S      1.250 kg\r\n", lambda data: MtSicsFramer().feed(data), bare.scale_mt_sics)
    yield Pair("SMA", b"\n 1G       1.250kg \r", lambda data: SmaFramer().feed(data), bare.scale_sma)
    scan = CODE.encode() + b"\r"
    yield Pair("serial scanner", scan, lambda data: ScanFramer("scanner").feed(data), bare.scanner_serial)
    yield from _of_usb()
    yield Pair(
        "ESC/POS status", bytes.fromhex("16 14000000"), lambda data: Demultiplexer().feed(data), bare.printer_status
    )
    status = bytes.fromhex("040F1B 2700 04000000001000 0B000042 490978 870017 2912345678 0E2712")
    yield Pair("ZVT status", status, lambda data: [parse(apdu) for apdu in ZvtFramer().feed(data)], bare.zvt)  # type: ignore[arg-type] # no OutOfStep in it
    message = ndef_message.write(NdefRecord("urn:nfc:wkt:U", "", b"\x04shop.example/t?x=" + b"A" * 40))
    yield Pair("NDEF", message, _each(ndef_message.read, len(message)), _each(_ndef, len(message)), "ndeflib alone")
    answer = _nexo()
    yield Pair(
        "nexo", answer, _each(nexo_codec.decode, len(answer)), _each(json.loads, len(answer)), "json.loads alone"
    )


def _of_usb() -> Iterator[Pair]:
    report = _report(CODE[3:].encode(), CODE[:3], more=False)
    decoder, us = HidPosDecoder("scanner", HONEYWELL_DESCRIPTOR), by_name("us")
    yield Pair("HID POS", report, _each(decoder.feed, len(report)), bare.scanner_hid_pos)
    keys = packed(typed(us, CODE) + tap(28))

    def typed_in(data: bytes) -> list[object]:
        keyboard = KeyDecoder("scanner", Typing(us))
        return [keyboard.feed(event.kind, event.code, event.value) for event in EventFramer().feed(data)]

    yield Pair("keyboard wedge", keys, typed_in, lambda data: bare.scanner_wedge(data, us.levels[0], us.levels[1]))


def _each(read: Read, size: int) -> Read:
    """Read a row of frames of one size one by one."""
    return lambda data: [read(data[at : at + size]) for at in range(0, len(data), size)]


def _ndef(message: bytes) -> Any:
    return list(ndef.message_decoder(message))


def _nexo() -> bytes:
    header = {
        "MessageClass": "Service",
        "MessageCategory": "Payment",
        "MessageType": "Response",
        "ServiceID": "ABCDEFGHIJ",
    }
    body = {
        "Response": {"Result": "Success"},
        "PaymentResult": {"AmountsResp": {"Currency": "EUR", "AuthorizedAmount": 10.0}},
    }
    return json.dumps({"SaleToPOIResponse": {"MessageHeader": header, "PaymentResponse": body}}).encode()
