"""What printers say, and what is printed, under fuzzing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

from tests.drivers.fuzz.shared import of, parts_of
from tests.drivers.fuzz.target import Again, BrokenPromiseError, Target, calling, describing, redacting, stream, whole

# DLE EOT answers, an automatic status, GS r, GS ( H, XOFF and XON (Epson ESC/POS reference).
REPLIES = tuple(
    bytes.fromhex(hexed)
    for hexed in (
        "16",
        "1E",
        "72",
        "1A",
        "14000000",
        "18000C0F",
        "1C20000F",
        "00",
        "03",
        "37223030303100",
        "1311",
        "1412000000",
    )
)


def _escpos_status() -> Target:
    demultiplexer, fresh = of("printer.status", "Demultiplexer"), of("printer.status", "PrinterStatus")
    real_time, automatic = of("printer.status", "after_real_time"), of("printer.status", "after_automatic")
    conditions = of("printer.conditions", "conditions")

    def judged(frame: bytes) -> None:
        status = fresh()
        for number, byte in enumerate(frame):
            status = real_time(status, number % 5, byte)
        conditions(automatic(status, frame[:4]))

    check = stream(
        demultiplexer,
        *(describing(of("printer.describe", "describe")), redacting(of("printer.describe", "redact")), calling(judged)),
        # What has begun may take the first answer in: the driver asks again.
        again=Again(b"\x16\x16"),
    )
    return Target((*REPLIES, b"".join(REPLIES)), check)


def _paper() -> Target:
    read, text_of = of("printer.paper", "read"), of("printer.paper", "text_of")
    splitter = of("printer.commands", "Splitter")

    seeds = (
        b"\x1b@\x1ba\x01\x1bE\x01Checklane\x1bE\x00\nMilk 1.09\n\x1dV\x42\x03",
        b"\x1dv0\x00\x02\x00\x02\x00\xff\x00\xff\x00\x1b*\x21\x02\x00abcdef\n",
        b"\x1d(k\x03\x00\x31\x43\x04\x1d(k\x08\x00\x31\x50\x30hello\x1d(k\x03\x00\x31\x51\x30",
        b"\x1dk\x49\x06{B1234\x1dk\x02400638133393\x00\x1bp\x00\x19\x19\x10\x14\x01\x00\x01",
        b"\x1d(L\x0b\x000p0\x01\x011\x08\x00\x01\x00\xff\x1d(L\x02\x0002\x1b!\x30big\n\x1bt\x10\x80\x1d(k\x05\x000P0ab",
    )
    looks = (describing(of("printer.describe_receipt", "describe")), calling(lambda frame: text_of(read(frame))))

    def check(frame: bytes, pieces: Sequence[bytes]) -> None:
        ways = []
        for parts in ([frame], pieces):
            cutter = splitter()
            commands = [command for part in parts for command in cutter.feed(part)]
            if b"".join(command.raw for command in commands) + cutter.pending != frame:
                raise BrokenPromiseError("bytes are lost")
            # Where a run of text is divided is up to the pieces.
            ways.append([(name, b"".join(one.data for one in run)) for name, run in groupby(commands, _kind)])
        if ways[0] != ways[1]:
            raise BrokenPromiseError("other pieces give other records")
        for look in looks:
            look(frame)

    return Target((*seeds, *parts_of("escpos/*.bin"), *parts_of("escpos/rpe/*epson*.bin")), check)


def _kind(command: Any) -> bytes:
    return bytes(command.name)


def _status(module: str, again: Again | None, *replies: bytes) -> Target:
    """Replies of a printer, taken apart by the `Framer` of its module."""
    looks = (describing(of(module, "describe")), redacting(of(module, "redact")))
    return Target(replies, stream(of(module, "Framer"), *looks, again=again))


def _star_paper() -> Target:
    seeds = (
        b"\x1b@\x1b\x1dt\x04Milk \xd5\n\x1bE1.09\x1bF\n\x1bi\x01\x01b\n\x1bd\x03",
        b"\x1bb\x03\x02\x02\x504006381333931\x1e\x1b\x1dyD1\x00\x02\x00hi\x1b\x1dyP\x1b\x07\x0a\x14\x07\x1a\x1c",
        b"\x1b\x1dS\x01\x02\x00\x02\x00\x00\xff\x00\xff\x00\x1bk\x02\x00\xff\x00\n\x1bX\x02\x00abcdef\n",
    )
    read = of("printer.star_paper", "read")
    return Target((*seeds, *parts_of("escpos/rpe/*star*.bin")), whole(calling(read)))


def _zpl() -> Target:
    """What a program of labels prints, and the codes in it."""
    seeds = (
        b"^XA^CI28^PW600^LL400^FO20,20^A0N,30,30^FB560,2,0,L^FDMilk \xe2\x82\xac 1.09^FS^XZ",
        b"^XA^FO20,80^BY2^BEN,80,Y,N^FD4006381333931^FS^FO1,1^BCN,80^FD>:A>5123^FS^FH_^FD_5E_41^FS^PQ2^XZ~HS",
    )
    return Target(seeds, whole(calling(of("printer.zpl_reader", "labels"), of("printer.zpl_reader", "commands"))))


# "STAR Line Mode Command Specifications", appendix 2: a good one, out of paper, with what a network adds, cut off.
_STAR = tuple(
    bytes.fromhex(hexed)
    for hexed in (
        "230600000000000000",
        "230628000008000200",
        "238600000000000000000401020304",
        "0f020000000000",
        "2306",
    )
)
_ZPL = b"\x02030,0,0,1245,000,0,0,0,000,0,0,0\x03\r\n\x02000,0,0,0,0,2,4,0,00000000,1,000\x03\r\n\x021234,0\x03\r\n"

CODECS: dict[str, Callable[[], Target]] = {
    "printer_escpos_status": _escpos_status,
    "printer_paper": _paper,
    # A status that has begun, with what a network adds, may take the next ones in.
    "printer_star_status": lambda: _status("printer.star_status", Again(_STAR[0] * 80), *_STAR, b"\x11\x13" + _STAR[0]),
    "printer_star_paper": _star_paper,
    "printer_zpl_status": lambda: _status(
        "printer.zpl_status",
        Again(_ZPL),
        *(_ZPL, b"\x02ZD421-203dpi,V93.21.15Z,8,8176KB\x03\r\n", _ZPL[:50], b"\x02\x03"),
    ),
    "printer_zpl_reader": _zpl,
}
