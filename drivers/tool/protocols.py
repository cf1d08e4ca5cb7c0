"""Every protocol that `decode` knows, by name; its codec is named as text and loaded when it is asked for.

So `decode --protocol zvt` needs no font of a printer, and this page imports no driver. `describe(frame)` of a codec
takes any bytes, returns a JSON-able record, and never raises.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from drivers.tool.errors import UsageError

Describe = Callable[[bytes], Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Protocol:
    """One protocol. `describe` is "module:function"; of several with "|" between them the first that reads it counts.

    `unit` says how a scale's answer names its unit: "wire" as a word, "places" by the number of its digits only, so
    that it is a guess, "" for what is no scale. `text` is set where a frame is text, which may stand in a line as it
    is.
    """

    name: str
    about: str
    describe: str
    aliases: tuple[str, ...] = ()
    unit: Literal["", "wire", "places"] = ""
    text: bool = False

    def load(self) -> Describe:
        """Import the codec and return its function."""
        codecs = [_function(named) for named in self.describe.split("|")]
        return codecs[0] if len(codecs) == 1 else lambda frame: _first_that_reads(codecs, frame)


def _function(named: str) -> Describe:
    module, _, function = named.partition(":")
    return cast("Describe", getattr(importlib.import_module(module), function))


def _first_that_reads(codecs: Sequence[Describe], frame: bytes) -> Mapping[str, object]:
    records = [describe(frame) for describe in codecs]
    return next((record for record in records if "error" not in record), records[0])


_SCALES = (
    Protocol(
        "toledo-8217",
        "Mettler-Toledo 8217: weights and status bytes",
        "drivers.scale.codec_8217:describe",
        ("mettler-8217", "8217"),
        unit="places",
    ),
    Protocol("mt-sics", "Mettler-Toledo SICS, level 0 and 1", "drivers.scale.codec_mt_sics:describe", unit="wire"),
    Protocol(
        "nci",
        "NCI SCP-01, its ECR variant and the 6702",
        "drivers.scale.codec_nci:describe",
        ("ecr", "nci-ecr"),
        unit="wire",
    ),
    Protocol("sma", "SMA level 1", "drivers.scale.codec_sma:describe", unit="wire"),
    Protocol("adam", "Adam Equipment", "drivers.scale.codec_adam:describe", unit="wire"),
    Protocol(
        "hid-scale",
        "USB HID scale, its six-byte report",
        "drivers.scale.codec_hid:describe_report",
        ("dymo",),
        unit="wire",
    ),
)

_OTHER_SCALES = (
    Protocol(
        "cas",
        "CAS set to ECR type 6 (PD-II, AP-1), or its lines that come unasked",
        "drivers.scale.codec_cas:describe|drivers.scale.codec_cas_stream:describe",
        unit="wire",
    ),
    Protocol("cas-stream", "CAS lines that come unasked", "drivers.scale.codec_cas_stream:describe", unit="wire"),
    Protocol("berkel", "Berkel (EPOS 1, ICL)", "drivers.scale.codec_berkel:describe", ("avery-berkel",), unit="wire"),
    Protocol(
        "checkout-dialog",
        "Checkout Dialog 02, 04 and 06",
        "drivers.scale.codec_dialog:describe",
        ("dialog-02", "dialog-04", "dialog-06"),
        unit="wire",
    ),
    Protocol("toledo-continuous", "Toledo Continuous", "drivers.scale.codec_toledo_continuous:describe", unit="wire"),
)

_SCANNERS = (
    Protocol("serial-scan", "scanner on a serial line", "drivers.scanner.serial_codec:describe", ("serial-scanner",)),
    Protocol("ssi", "Zebra SSI packets", "drivers.scanner.ssi_codec:describe"),
    Protocol("hid-pos", "HID POS scanner, Honeywell layout", "drivers.scanner.hid_pos_codec:describe", ("hid",)),
    Protocol("keys", "events of a keyboard wedge", "drivers.scanner.key_decoder:describe", ("keyboard-wedge",)),
)

_PAYMENT = (
    Protocol("zvt", "ZVT messages, both ways", "drivers.payment.zvt_inspect:describe"),
    Protocol("zvt-serial", "ZVT blocks of a serial line, both ways", "drivers.payment.zvt_inspect:describe"),
    Protocol("nexo", "nexo (Adyen Terminal API) in JSON", "drivers.payment.nexo_codec:describe", text=True),
)

_PRINTERS = (
    Protocol("escpos-status", "replies of an ESC/POS printer", "drivers.printer.describe:describe", ("escpos",)),
    Protocol(
        "escpos-receipt",
        "what is sent to an ESC/POS printer, as it stands on the paper",
        "drivers.printer.describe_receipt:describe",
        ("receipt", "escpos-commands"),
    ),
    Protocol("zpl-status", "answers of a ZPL label printer", "drivers.printer.zpl_status:describe", ("zpl",)),
    Protocol("star-status", "replies of a Star printer", "drivers.printer.star_status:describe", ("star",)),
    Protocol(
        "line-display", "commands of a line display", "drivers.display.commands:describe", ("cd5220", "epson-dmd")
    ),
    Protocol("drawer", "pulse bytes of a serial drawer", "drivers.drawer.serial_drawer:describe", ("serial-drawer",)),
)

_OTHERS = (
    Protocol("relay-light", "relays of a lane light (LCUS)", "drivers.signal.codec_lcus:describe", ("lcus",)),
    Protocol("headset-jack", "events of a headset jack", "drivers.keypad.headset_jack:describe"),
    Protocol("keypad", "events of a tactile keypad", "drivers.keypad.key_reader:describe"),
)

_NFC = (
    Protocol("apdu", "commands to a card and its answers", "drivers.nfc.apdu:describe"),
    Protocol("ndef", "an NDEF message of a tag", "drivers.nfc.describe:describe_ndef"),
    Protocol("ntag424", "the URL of an NTAG 424 DNA (SUN)", "drivers.nfc.describe:describe_signed", text=True),
)

PROTOCOLS: tuple[Protocol, ...] = (
    *_SCALES,
    *_OTHER_SCALES,
    *_SCANNERS,
    *_PAYMENT,
    *_PRINTERS,
    *_NFC,
    *_OTHERS,
)


def protocol(name: str) -> Protocol:
    """Return the protocol of that name or alias; `UsageError` that lists all names where there is none.

    Case is ignored, and so are `-`, `_` and spaces.
    """
    known = {_bare(called): found for found in PROTOCOLS for called in (found.name, *found.aliases)}
    found = known.get(_bare(name))
    if found is not None:
        return found
    near = difflib.get_close_matches(_bare(name), known, n=1)
    guess = f"Did you mean {known[near[0]].name}? " if near else ""
    names = ", ".join(one.name for one in PROTOCOLS)
    raise UsageError(f"There is no protocol {name!r}.", f"{guess}There are: {names}.")


def _bare(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "").replace(" ", "")
