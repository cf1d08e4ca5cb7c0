"""The codecs of scales under fuzzing."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from drivers.scale.judging import is_empty, problem_of, sellable_grams
from drivers.scale.reading import Reading, Refused, Unit, redact
from tests.drivers.fuzz.shared import hex_in, of
from tests.drivers.fuzz.target import Again, Fed, Target, calling, describing, redacting, stream, whole

KG = Unit.KILOGRAM
SHOWN = Reading(Decimal("1.234"), KG, stable=True)


def scale(module: str, framer: str, *frames: bytes, line: bytes = b"", shared: str = "") -> Target:
    """A scale of a serial line; `line` goes before the good frame where garbage may be the begin of its line."""
    codec = f"scale.{module}"
    make, describe = of(codec, framer), of(codec, "describe")
    check = stream(
        lambda: make(KG),
        *(describing(describe), redacting(redact), calling(lambda frame: _judged(make(None), frame))),
        # A driver begins anew before it asks again.
        again=Again(line + frames[0], lambda framer: framer.reset()),  # type: ignore[attr-defined] # of scales' framers
    )
    return Target((*frames, *(hex_in(shared) if shared else ())), check)


def _judged(framer: Any, frame: bytes) -> None:
    """All that is made of a reading."""
    for answer in framer.feed(frame):
        if isinstance(answer, (Reading, Refused)):
            sellable_grams(answer)
            problem_of(answer)
        if isinstance(answer, Reading):
            is_empty(answer)
    _ = framer.noise
    framer.reset()


def _tared(module: str) -> Callable[[bytes], object]:
    """The order for a preset tare, after whatever a scale shows."""
    framer, preset_tare = of(f"scale.{module}", _FRAMERS[module]), of(f"scale.{module}", "preset_tare")

    def tare(frame: bytes) -> None:
        for answer in framer(None).feed(frame):
            if isinstance(answer, Reading):
                order = preset_tare(sum(frame[:64]), answer, KG)
                assert order is None or 4 <= len(order) <= 40

    return tare


def _toledo(frame: bytes) -> bytes:
    """With the checksum that makes the low seven bits of all add up to 0."""
    return frame + bytes((-sum(byte & 0x7F for byte in frame) & 0x7F,))


_FRAMERS = {"codec_8217": "AnswerFramer", "codec_mt_sics": "MtSicsFramer", "codec_sma": "SmaFramer"}


def _hid() -> Target:
    framer, learned = of("scale.codec_hid", "HidFramer"), of("scale.codec_hid", "DATA_REPORT_DESCRIPTOR")

    def read(descriptor: bytes, *reports: bytes) -> None:
        one: Fed = framer()
        if one.learn(descriptor):  # type: ignore[attr-defined] # of HID framers
            for report in reports:
                _judged(one, report)

    good = bytes.fromhex("03 04 02 00 14 00")
    reports = (good, bytes.fromhex("03 04 0B FF 34 19"), bytes.fromhex("03 05 03 FD E2 04"))
    looks = (
        calling(lambda frame: read(learned, frame), lambda frame: read(frame, *reports)),
        describing(of("scale.codec_hid", "describe_report")),
    )
    return Target((*reports, learned), whole(*looks))


def _tares() -> Target:
    return Target(
        (
            b"\x0201.250\r",
            b"\x02002.50\r",
            b"S S     100.00 g\r\n",
            b"\n 1G       1.250kg \r",
            b"S S 99999999.999999 oz\r",
        ),
        whole(calling(*(_tared(module) for module in _FRAMERS))),
    )


# A line each: the first frame must be a good one.
CODECS: dict[str, Callable[[], Target]] = {
    # DIVA manual p. 39, 44, 45.
    "scale_8217": lambda: scale(
        *(
            "codec_8217",
            "AnswerFramer",
            b"\x0201.250\r",
            b"\x0200.500N\r",
            b"\x02002.50\r",
            b"\x02?A\r",
            b"\x02?\x50\r",
        ),
        *(b"\x02E\rhello", b"\x02 1.250\r\x02?D\r"),
    ),
    # Mettler-Toledo AL-IC operating instructions p. 72, JS series p. 30.
    "scale_mt_sics": lambda: scale(
        *(
            "codec_mt_sics",
            "MtSicsFramer",
            b"S S     100.00 g\r\n",
            b"S D     100.00 g\r\n",
            b"S I\r\nES\r\n",
            b"S +\r\n",
        ),
        *(
            b"Z A\r\n",
            b"TA A     50.00 g\r\n",
            b'I4 A "0123456789"\r\n',
            b"S S Error 10b\r\n",
            b"S S     -0.500 kg\r\n",
        ),
        line=b"\r\n",
    ),
    # DIVA manual p. 34-37, NCI 6702 manual p. 14.
    "scale_nci": lambda: scale(
        *(
            "codec_nci",
            "NciFramer",
            b"\n01.250KG\r\nS00\r\x03",
            b"\n00.000LB\n\rS00\r\x03",
            b"\nS10\r\x03",
            b"\n?\r\x03",
        ),
        *(b"\n1LB 02.5OZ\r\nS00\r\x03", b"\n  -0.005kg\r\n01p4\r\x03", b"\n^^^^^^\r\n02\r\x03"),
    ),
    # Sartorius PR 5220 manual p. 130, PR 5211 p. 51-56.
    "scale_sma": lambda: scale(
        *("codec_sma", "SmaFramer", b"\n 1G       1.250kg \r", b"\nZ1G       0.000kg \r", b"\n 1NM    -12.5 lb \r"),
        *(b"\nO1G  ----------kg \r", b"\n?\r", b"\n!\r"),
    ),
    # Adam CPWplus manual p. 16.
    "scale_adam": lambda: scale(
        *(
            "codec_adam",
            "AdamFramer",
            b"  1.234kg\r\n",
            b"  1.234kg",
            b"+  0.0500 kg\r\n",
            b"GW:-12.5 lb\r\n",
            b"N 5 g",
        ),
        line=b"\r\n",
    ),
    # CAS PD-II manual p. 23: ACK, then a weight; in motion, below zero, beyond the range; NAK.
    "scale_cas": lambda: scale(
        *("codec_cas", "CasFramer", b"\x06\x01\x02S 01.234kg\x65\x03\x04", b"\x06\x01\x02U 01.234kg\x63\x03\x04"),
        *(b"\x06\x01\x02S-00.050kg\x6b\x03\x04", b"\x06\x01\x02SFFFFFFFkg\x19\x03\x04", b"\x15"),
    ),
    # CAS CI-600D manual p. 74.
    "scale_cas_stream": lambda: scale(
        *("codec_cas_stream", "CasStreamFramer", b"\r\nST,GS,1\x01,   1.234 kg\r\n", b"US,NT,1\x00,-  0.050 kg\r\n"),
        *(b"OL,GS,1\x00,   9.999 kg\r\n", b"\x02ST,GS,+  0.00 lb\r", b"ST,GS,1\x11,   1.234 kg\r\n"),
        shared="scale/cas_pd2.json",
    ),
    # Ohaus Aviator 5000 service manual p. 37: ACK, an answer, CR after it came back whole; zero; no data.
    "scale_berkel": lambda: scale(
        *(
            "codec_berkel",
            "BerkelFramer",
            b"\x06\x02\x2901250\x1f\x03\r",
            b"\x06\x02\x2a00250\x1d\x03\r",
            b"\x18\x15\x00",
        ),
        *(b"\x06\x02\x3900000\x09\x03\r", b"\x02Z\x00\x00\x00\x00\x00\x03Z", b"\x06\x02\x2b\x00\x00125\x1d\x03\x06"),
    ),
    # DIVA service manual p. 54-55.
    "scale_dialog": lambda: scale(
        *("codec_dialog", "DialogFramer", b"\x06\x0202\x1b3\x1b01250\x1b000199\x1b000249\x03", b"\x15\x0209\x1b20\x03"),
        *(
            b"\x06\x0202\x1b1\x1b00250\x1b00199\x1b000049\x03",
            b"\x0211\x1b2A7\x03",
            b"\x0211\x1b1\x03",
            b"\x0209\x1b32\x03",
        ),
    ),
    # Toledo E1560 manual p. 6-5.
    "scale_toledo_continuous": lambda: scale(
        *("codec_toledo_continuous", "ToledoFramer", _toledo(b"\x02\x2d\x30\x20001234000000\r")),
        *(_toledo(b"\x02\x2d\x3a\x20   050    0\r"), _toledo(b"\x02\x2c\x20\x20001234000000\r") * 3),
    ),
    "scale_hid": _hid,
    "scale_tares": _tares,
}
