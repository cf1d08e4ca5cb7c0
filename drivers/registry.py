"""Every driver on one page: its name in the settings, its category, its settings and what makes it.

A driver's modules are imported when the settings name it, so that a lane starts without those it does not use.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from drivers.assembly import assembled, described
from drivers.device import Category, Driver, Sink
from drivers.devices import Devices
from drivers.entry import Entry, Model, keys
from drivers.outfit import Outfit
from drivers.supervisor import Waits
from drivers.transport.tap import hex_text

if TYPE_CHECKING:
    from drivers.printer.ways import Doors

__all__ = ["DRIVERS", "Entry", "assemble", "factory", "keys"]

# The ways to a printer.
Way = Literal["tcp", "usb", "serial"]


def _serial_scale(module: str, name: str) -> Model[Any]:
    """A scale that is asked over a serial line: they differ by their protocol only."""
    found = importlib.import_module(f"drivers.scale.{module}")
    make: Callable[..., Driver] = getattr(found, name)
    settings: type[msgspec.Struct] = getattr(found, f"{name}Settings")
    return Model(settings, lambda a, s, sink, o: make(a, s, sink, open_port=o.tap.serial), redact=hex_text)


def _escpos(way: Way) -> Model[Any]:
    from drivers.printer import describe
    from drivers.printer.escpos import EscPosPrinter
    from drivers.printer.settings import EscPosSerialSettings, EscPosSettings, EscPosUsbSettings
    from drivers.transport.usblp import open_usblp

    return Model(
        {"tcp": EscPosSettings, "usb": EscPosUsbSettings, "serial": EscPosSerialSettings}[way],
        lambda a, s, sink, o: EscPosPrinter(
            *(a, s, sink, o.data_folder),
            connect=o.tap.tcp,
            open_port=o.tap.serial,
            open_usb=o.tap.opener(open_usblp),
        ),
        redact=describe.redact,
    )


def _doors(outfit: Outfit) -> Doors:
    from drivers.printer.ways import Doors
    from drivers.transport.usblp import open_usblp

    return Doors(outfit.tap.tcp, outfit.tap.serial, outfit.tap.opener(open_usblp))


def _star(way: Way) -> Model[Any]:
    from drivers.printer import star_status
    from drivers.printer.star import StarPrinter
    from drivers.printer.star_settings import StarSerialSettings, StarSettings, StarUsbSettings

    return Model(
        {"tcp": StarSettings, "usb": StarUsbSettings, "serial": StarSerialSettings}[way],
        lambda a, s, sink, o: StarPrinter(a, s, sink, o.data_folder, doors=_doors(o)),
        redact=star_status.redact,
    )


def _zpl(way: Way) -> Model[Any]:
    from drivers.printer import zpl_status
    from drivers.printer.zpl import ZplPrinter
    from drivers.printer.zpl_settings import ZplSerialSettings, ZplSettings, ZplUsbSettings

    return Model(
        {"tcp": ZplSettings, "usb": ZplUsbSettings, "serial": ZplSerialSettings}[way],
        lambda a, s, sink, o: ZplPrinter(a, s, sink, o.data_folder, doors=_doors(o)),
        redact=zpl_status.redact,
    )


def _serial_scanner() -> Model[Any]:
    from drivers.scanner import serial_codec
    from drivers.scanner.serial_scanner import SerialScanner, SerialScannerSettings

    return Model(
        SerialScannerSettings,
        lambda a, s, sink, o: SerialScanner(a, s, sink, open_port=o.tap.serial),
        redact=serial_codec.redact,
    )


def _keyboard_wedge() -> Model[Any]:
    from drivers.scanner import key_decoder
    from drivers.scanner.keyboard_wedge import KeyboardWedge, KeyboardWedgeSettings, open_keyboard

    return Model(
        KeyboardWedgeSettings,
        lambda a, s, sink, o: KeyboardWedge(a, s, sink, open_node=o.tap.opener(open_keyboard)),
        redact=key_decoder.redact,
    )


def _hid_pos() -> Model[Any]:
    from drivers.scanner import hid_pos_codec
    from drivers.scanner.hid_pos import HidPosScanner, HidPosSettings
    from drivers.transport.hidraw import open_hidraw

    return Model(
        HidPosSettings,
        lambda a, s, sink, o: HidPosScanner(a, s, sink, open_node=o.tap.opener(open_hidraw)),
        redact=hid_pos_codec.redact,
    )


def _camera() -> Model[Any]:
    from drivers.scanner.camera import CameraScanner, CameraSettings

    return Model(CameraSettings, lambda a, s, sink, _: CameraScanner(a, s, sink))


def _dialog_06() -> Model[Any]:
    from drivers.scale import codec_dialog
    from drivers.scale.dialog import Dialog06, Dialog06Settings

    # Its bytes would give the key away.
    return Model(
        Dialog06Settings,
        lambda a, s, sink, o: Dialog06(a, s, sink, open_port=o.tap.serial),
        redact=codec_dialog.redact,
        mask=codec_dialog.mask,
    )


def _hid_scale() -> Model[Any]:
    from drivers.scale.hid import HidScale, HidScaleSettings
    from drivers.transport.hidraw import open_hidraw

    return Model(
        HidScaleSettings,
        lambda a, s, sink, o: HidScale(a, s, sink, open_node=o.tap.opener(open_hidraw)),
        redact=hex_text,
    )


def _zvt() -> Model[Any]:
    from drivers.payment import zvt_inspect
    from drivers.payment.zvt import ZvtSettings, ZvtTerminal

    return Model(
        ZvtSettings,
        lambda a, s, sink, o: ZvtTerminal(a, s, sink, connect=o.tap.tcp),
        redact=zvt_inspect.redact,
        mask=zvt_inspect.mask,
    )


def _zvt_serial() -> Model[Any]:
    from drivers.payment import zvt_inspect
    from drivers.payment.zvt_serial import ZvtSerialSettings, ZvtSerialTerminal

    return Model(
        ZvtSerialSettings,
        lambda a, s, sink, o: ZvtSerialTerminal(a, s, sink, open_port=o.tap.serial),
        redact=zvt_inspect.redact,
        mask=zvt_inspect.mask,
    )


def _nexo() -> Model[Any]:
    from drivers.payment import nexo_codec, nexo_tls
    from drivers.payment.nexo import NexoTerminal
    from drivers.payment.nexo_settings import NexoSettings

    return Model(
        NexoSettings,
        lambda a, s, sink, o: NexoTerminal(a, s, sink, o.data_folder, connect=o.tap.opener(nexo_tls.connect)),
        redact=nexo_codec.redact,
        mask=nexo_codec.mask,
    )


def _stand_alone() -> Model[Any]:
    from drivers.payment.stand_alone import StandAloneSettings, StandAloneTerminal

    return Model(StandAloneSettings, lambda a, s, sink, _: StandAloneTerminal(a, s, sink))


def _key_file() -> Model[Any]:
    from drivers.signature.key_file import KeyFile, KeyFileSettings

    return Model(KeyFileSettings, lambda a, s, sink, o: KeyFile(a, s, sink, o.data_folder))


def _signing_service() -> Model[Any]:
    from drivers.signature.service import SigningService, SigningServiceSettings

    return Model(SigningServiceSettings, lambda a, s, sink, o: SigningService(a, s, sink, connect=o.tap.tcp))


def _pcsc() -> Model[Any]:
    from drivers.nfc import apdu
    from drivers.nfc.pcsc import PcscReader, PcscSettings

    return Model(
        PcscSettings,
        lambda a, s, sink, o: PcscReader(a, s, sink, o.data_folder, saw=o.tap.saw),
        redact=apdu.redact,
        mask=apdu.mask,
    )


def _nfcpy() -> Model[Any]:
    from drivers.nfc import apdu
    from drivers.nfc.nfcpy_reader import NfcpyReader, NfcpySettings

    return Model(
        NfcpySettings,
        lambda a, s, sink, o: NfcpyReader(a, s, sink, o.data_folder, saw=o.tap.saw),
        redact=apdu.redact,
        mask=apdu.mask,
    )


def _printer_drawer() -> Model[Any]:
    from drivers.drawer.printer_drawer import PrinterDrawer, PrinterDrawerSettings

    return Model(PrinterDrawerSettings, PrinterDrawer, needs=(("printer", Category.RECEIPT_PRINTER),))


def _serial_drawer() -> Model[Any]:
    from drivers.drawer.serial_drawer import SerialDrawer, SerialDrawerSettings, redact

    return Model(
        SerialDrawerSettings, lambda a, s, sink, o: SerialDrawer(a, s, sink, open_port=o.tap.serial), redact=redact
    )


def _gpio_drawer() -> Model[Any]:
    from drivers.drawer.gpio_drawer import GpioDrawer, GpioDrawerSettings

    return Model(GpioDrawerSettings, lambda a, s, sink, _: GpioDrawer(a, s, sink))


def _line_display(make: Callable[..., Driver]) -> Model[Any]:
    from drivers.display.commands import redact
    from drivers.display.line_display import LineDisplaySettings

    return Model(
        LineDisplaySettings,
        lambda a, s, sink, o: make(a, s, sink, o, open_port=o.tap.serial),
        redact=redact,
        needs=(("printer", Category.RECEIPT_PRINTER),),
    )


def _cd5220() -> Model[Any]:
    from drivers.display.cd5220 import Cd5220

    return _line_display(Cd5220)


def _epson_dmd() -> Model[Any]:
    from drivers.display.epson_dmd import EpsonDmd

    return _line_display(EpsonDmd)


def _lcus_light() -> Model[Any]:
    from drivers.signal.codec_lcus import redact
    from drivers.signal.serial_light import SerialLight, SerialLightSettings

    return Model(
        SerialLightSettings, lambda a, s, sink, o: SerialLight(a, s, sink, open_port=o.tap.serial), redact=redact
    )


def _gpio_light() -> Model[Any]:
    from drivers.signal.gpio_light import GpioLight, GpioLightSettings

    return Model(GpioLightSettings, lambda a, s, sink, _: GpioLight(a, s, sink))


def _tactile_keypad() -> Model[Any]:
    from drivers.keypad.key_reader import redact
    from drivers.keypad.tactile_keypad import TactileKeypad, TactileKeypadSettings, open_keypad

    return Model(
        TactileKeypadSettings,
        lambda a, s, sink, o: TactileKeypad(a, s, sink, open_node=o.tap.opener(open_keypad)),
        redact=redact,
    )


def _headset_jack() -> Model[Any]:
    from drivers.keypad.headset_jack import HeadsetJack, HeadsetJackSettings, open_jack, redact

    return Model(
        HeadsetJackSettings,
        lambda a, s, sink, o: HeadsetJack(a, s, sink, open_node=o.tap.opener(open_jack)),
        redact=redact,
    )


DRIVERS: tuple[Entry, ...] = (
    Entry("serial_scanner", Category.SCANNER, _serial_scanner),
    Entry("keyboard_wedge", Category.SCANNER, _keyboard_wedge),
    Entry("hid_pos", Category.SCANNER, _hid_pos),
    Entry("camera", Category.SCANNER, _camera),
    Entry("mettler_8217", Category.SCALE, lambda: _serial_scale("mettler_8217", "Mettler8217")),
    Entry("mt_sics", Category.SCALE, lambda: _serial_scale("mt_sics", "MtSics")),
    Entry("nci", Category.SCALE, lambda: _serial_scale("nci", "Nci")),
    Entry("sma", Category.SCALE, lambda: _serial_scale("sma", "Sma")),
    Entry("adam", Category.SCALE, lambda: _serial_scale("adam", "Adam")),
    Entry("cas", Category.SCALE, lambda: _serial_scale("cas", "Cas")),
    Entry("cas_stream", Category.SCALE, lambda: _serial_scale("cas", "CasStream")),
    Entry("berkel", Category.SCALE, lambda: _serial_scale("berkel", "Berkel")),
    Entry("dialog_02", Category.SCALE, lambda: _serial_scale("dialog", "Dialog")),
    Entry("toledo_continuous", Category.SCALE, lambda: _serial_scale("toledo_continuous", "ToledoContinuous")),
    Entry("dialog_06", Category.SCALE, _dialog_06),
    Entry("hid_scale", Category.SCALE, _hid_scale),
    Entry("escpos", Category.RECEIPT_PRINTER, lambda: _escpos("tcp")),
    Entry("escpos_usb", Category.RECEIPT_PRINTER, lambda: _escpos("usb")),
    Entry("escpos_serial", Category.RECEIPT_PRINTER, lambda: _escpos("serial")),
    Entry("star", Category.RECEIPT_PRINTER, lambda: _star("tcp")),
    Entry("star_usb", Category.RECEIPT_PRINTER, lambda: _star("usb")),
    Entry("star_serial", Category.RECEIPT_PRINTER, lambda: _star("serial")),
    Entry("zpl", Category.LABEL_PRINTER, lambda: _zpl("tcp")),
    Entry("zpl_usb", Category.LABEL_PRINTER, lambda: _zpl("usb")),
    Entry("zpl_serial", Category.LABEL_PRINTER, lambda: _zpl("serial")),
    Entry("zvt", Category.PAYMENT_TERMINAL, _zvt),
    Entry("zvt_serial", Category.PAYMENT_TERMINAL, _zvt_serial),
    Entry("nexo", Category.PAYMENT_TERMINAL, _nexo),
    Entry("stand_alone", Category.PAYMENT_TERMINAL, _stand_alone),
    Entry("key_file", Category.SIGNATURE_UNIT, _key_file),
    Entry("signing_service", Category.SIGNATURE_UNIT, _signing_service),
    Entry("pcsc", Category.NFC_READER, _pcsc),
    Entry("nfcpy", Category.NFC_READER, _nfcpy),
    Entry("printer_drawer", Category.CASH_DRAWER, _printer_drawer),
    Entry("serial_drawer", Category.CASH_DRAWER, _serial_drawer),
    Entry("gpio_drawer", Category.CASH_DRAWER, _gpio_drawer),
    Entry("cd5220", Category.LINE_DISPLAY, _cd5220),
    Entry("epson_dmd", Category.LINE_DISPLAY, _epson_dmd),
    Entry("lcus_light", Category.LANE_LIGHT, _lcus_light),
    Entry("gpio_light", Category.LANE_LIGHT, _gpio_light),
    Entry("tactile_keypad", Category.KEYPAD, _tactile_keypad),
    Entry("headset_jack", Category.HEADSET_JACK, _headset_jack),
)


def factory(alias: str, settings: Mapping[str, object], data_folder: Path) -> tuple[Category, Callable[[Sink], Driver]]:
    """Check the settings of the device `alias`, and return its category and what makes its driver.

    `settings` is a table of the settings file: `driver` and the keys of that driver. Raises a permanent `DeviceError`
    that names `devices.<alias>.<key>` for an unknown driver, an unknown or missing key and a value out of bounds.
    """
    device = described(alias, settings, DRIVERS)
    return device.category, lambda sink: device.make(sink, Outfit(data_folder))


def assemble(
    tables: Mapping[str, Mapping[str, object]],
    sink: Sink,
    data_folder: Path,
    *,
    waits: Waits | None = None,
    recordings: Path | None = None,
) -> Devices:
    """Make the devices of a workstation from the tables `devices.<alias>` of its settings, not started yet.

    With `recordings` every conversation is recorded in that folder. Raises `DeviceError` as `factory` does, for a
    second device of a category that there is one of, and for a device that hangs on one that there is not.
    """
    return assembled(tables, DRIVERS, sink, data_folder, waits=waits, recordings=recordings)
