"""`python -m drivers decode`: one frame a line in, one record a line out, in order, whatever comes in."""

from __future__ import annotations

import ast
import functools
import io
import json
import operator
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from drivers.__main__ import main
from drivers.tool.decode import frame_of, records
from drivers.tool.protocols import PROTOCOLS, Protocol, protocol
from tests.drivers.tool_bench import ROOT, buffered, tool
from tests.drivers.witness import PATIENCE_S

Decoded = Callable[..., list[dict[str, object]]]

KILOGRAMS = "02 30 31 2e 32 33 34 0d"
CARD = "4444333322221111"


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Decoded:
    """Run lines through the command; returns its records."""

    def run(name: str, lines: list[str], *more: str) -> list[dict[str, object]]:
        text = "".join(f"{line}\n" for line in lines)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        assert main(["decode", "--protocol", name, *more]) == 0
        said = capsys.readouterr()
        assert said.err == ""
        return [json.loads(line) for line in said.out.splitlines()]

    return run


def ids(found: Protocol) -> str:
    return found.name


@pytest.mark.parametrize("chosen", PROTOCOLS, ids=ids)
@hypothesis_settings(max_examples=60)
@given(frame=st.binary(max_size=300))
def test_any_bytes_come_out_as_one_record_of_json(chosen: Protocol, frame: bytes) -> None:
    [record] = records([frame.hex().encode() or b"00"], chosen, chosen.load(), "")
    assert json.loads(json.dumps(record)) == record


def bytes_to_words(path: Path) -> list[str]:
    """Public functions `describe...(frame: bytes)` of a module; what else they take has its value."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        and node.name.startswith("describe")
        and [ast.unparse(one.annotation) for one in node.args.args[:1] if one.annotation] == ["bytes"]
        and len(node.args.defaults) == len(node.args.args) - 1
    ]


def test_every_codec_that_describes_its_frames_is_in_the_table() -> None:
    modules = [path for path in (ROOT / "drivers").rglob("*.py") if path.parent.name != "tool"]
    there = {
        f"{'.'.join(path.relative_to(ROOT).with_suffix('').parts)}:{name}"
        for path in modules
        for name in bytes_to_words(path)
    }
    assert there == {named for found in PROTOCOLS for named in found.describe.split("|")}


def test_no_two_protocols_share_a_name() -> None:
    names = [name for found in PROTOCOLS for name in (found.name, *found.aliases)]
    assert len({name.replace("-", "").lower() for name in names}) == len(names)
    assert all(protocol(name.upper().replace("-", "_")).name == protocol(name).name for name in names)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        *(("toledo-8217", "toledo-8217"), ("Mettler_8217", "toledo-8217"), ("8217", "toledo-8217")),
        *(("MT_SICS", "mt-sics"), ("nci-ecr", "nci"), ("ecr", "nci"), ("dymo", "hid-scale"), ("hid", "hid-pos")),
        *(("escpos", "escpos-status"), ("zvt_serial", "zvt-serial")),
    ],
)
def test_a_protocol_goes_by_many_names(name: str, meant: str) -> None:
    assert protocol(name).name == meant


def test_an_unknown_protocol_names_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["decode", "--protocol", "mtsix"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "Did you mean mt-sics?" in said.err
    assert all(found.name in said.err for found in PROTOCOLS)


def test_all_protocols_can_be_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["decode", "--list"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in listed] == [found.name for found in PROTOCOLS]


@pytest.mark.parametrize(
    "line",
    [
        *("02410d", "02 41 0D", "0x02 0x41 0xd", "0X02410D", "02:41:0d", "02-41-0d", "02, 41, 0d", "02\t41\t0d"),
        *("\\x02\\x41\\x0d", "02 41 0d # in motion"),
    ],
)
def test_digits_are_read_in_every_usual_way(line: str) -> None:
    assert frame_of(line, text_too=False) == b"\x02A\r"


@pytest.mark.parametrize("line", ["0", "02 4", "zz", "02 41 0g", "0x", "²²", "٠٢", "{}", "https://a.b/?c=d"])
def test_what_is_no_hexadecimal_is_told_from_it(line: str) -> None:
    assert frame_of(line, text_too=False) is None


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["frame", "junk", "empty", "comment"]),
            st.text(st.characters(codec="utf-8", exclude_characters="\n\r#"), max_size=12),
        ),
        max_size=30,
    )
)
def test_each_line_with_a_frame_gives_one_record_in_its_place(lines: list[tuple[str, str]]) -> None:
    made = {"frame": KILOGRAMS, "junk": "?{}", "empty": "  ", "comment": "#{}"}
    chosen = protocol("8217")
    text = [made[kind].format(extra).encode() for kind, extra in lines]
    wanted = ["weight" if kind == "frame" else "error" for kind, _ in lines if kind != "comment"]
    assert [next(iter(record)) for record in records(text, chosen, chosen.load(), "")] == wanted


@pytest.mark.parametrize("ending", ["", "0d", "0d0a"])
def test_a_line_that_lost_its_end_on_the_way_is_read_all_the_same(decoded: Decoded, ending: str) -> None:
    (record,) = decoded("mt-sics", [b"S S     100.00 g".hex() + ending])
    assert (record.get("weight"), record.get("line_end_added", False)) == ("100.00", not ending)


def test_what_is_no_frame_is_an_error_and_the_next_one_is_read(decoded: Decoded) -> None:
    first, second, third = decoded("8217", ["02 30 31", "no digits", KILOGRAMS])
    assert "error" in first
    assert "error" in second
    assert third == {"weight": "1.234", "unit": "kg", "stable": True, "net": False, "unit_guessed": True}


def test_a_file_is_read_as_standard_input_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "frames.txt"
    file.write_bytes(b"\xef\xbb\xbf# weights\r\n\r\n" + KILOGRAMS.encode() + b"\r\n\xff\xfe\r\n02 3f 41 0d")
    assert main(["decode", "-p", "8217", str(file)]) == 0
    empty, first, broken, last = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (first["weight"], last["in_motion"]) == ("1.234", True)
    assert "error" in empty
    assert "error" in broken
    assert main(["decode", "-p", "8217", str(tmp_path / "none")]) == 1
    assert "cannot be read" in capsys.readouterr().err


def checked(body: bytes) -> bytes:
    """A CAS answer with its exclusive or."""
    return b"\x01\x02" + body + bytes([functools.reduce(operator.xor, body)]) + b"\x03\x04"


@pytest.mark.parametrize(
    ("name", "frame", "meaning"),
    [
        ("toledo-8217", b"\x0201.234N\r", {"weight": "1.234", "unit": "kg", "stable": True, "net": True}),
        ("toledo-8217", b"\x02?D\r", {"weight": None, "under_zero": True}),
        ("toledo-8217", b"\x02?B\r", {"weight": None, "over_capacity": True}),
        ("nci", b"\n00.500LB\r\nS00\r\x03", {"weight": "0.500", "unit": "lb", "stable": True}),
        ("nci-ecr", b"\n00.000LB\n\rS00\r\x03", {"weight": "0.000", "unit": "lb"}),
        ("nci", b"\nS10\r\x03", {"weight": None, "in_motion": True, "stable": False}),
        ("mt-sics", b"S D     100.00 g\r\n", {"weight": "100.00", "unit": "g", "stable": False, "in_motion": True}),
        ("sma", b"\n 1GM      1.234lb \r", {"weight": "1.234", "unit": "lb", "in_motion": True}),
        ("adam", b"  1.234kg\r\n", {"weight": "1.234", "unit": "kg"}),
        ("cas", checked(b"S 01.234kg"), {"weight": "1.234", "unit": "kg", "stable": True}),
        ("cas", checked(b"S 01.234kg").replace(b"3", b"4"), {"error": "checksum"}),
        ("cas-stream", b"US,NT,1@,   1.234 kg\r\n", {"weight": "1.234", "net": True, "in_motion": True}),
        ("dialog-02", b"\x0202\x1b3\x1b01234\x1b000100\x1b000123\x03", {"weight": "1.234", "unit": "kg"}),
        ("toledo-continuous", b"\x02\x2c\x30\x20001234000000\r", {"weight": "12.34", "unit": "kg"}),
        ("dymo", bytes.fromhex("03040bff3419"), {"weight": "645.2", "unit": "oz", "stable": True}),
        ("hid-scale", bytes.fromhex("030502001400"), {"weight": "-20", "unit": "g", "under_zero": True}),
        ("zvt", bytes.fromhex("06010704000000001000"), {"message": "authorisation", "amount_minor": 1000}),
        ("zvt-serial", bytes.fromhex("10020601070400000000101000" + "10036291"), {"amount_minor": 1000}),
        ("zvt-serial", b"\x06", {"message": "ACK"}),
        ("serial-scan", b"]E04006381333931\r", {"aim": "]E0", "characters": 13}),
        ("hid", b"\x02\x03]E0400" + bytes(56), {"aim": "]E0", "data_bytes": 3}),
        ("apdu", bytes.fromhex("04DE5F1EACC0409000"), {"frame": "answer", "status": "9000", "data_bytes": 7}),
        ("receipt", b"\x1b@Total 1,00\n\x1dV\x00", {"text": "Total 1,00\n" + "- " * 21 + "\n", "cuts": 1}),
        ("lcus", b"\xa0\x01\x01\xa2", {"command": "switch", "channel": 1, "on": True}),
    ],
)
def test_a_frame_of_the_manual_says_what_the_manual_says(
    name: str, frame: bytes, meaning: dict[str, object], decoded: Decoded
) -> None:
    [told] = decoded(name, [frame.hex(" ")])
    assert {key: told.get(key) for key in meaning} == meaning


@pytest.mark.parametrize(
    ("name", "frame", "kind"), [("escpos", "72", "real_time"), ("star", "23" + "00" * 8, "automatic")]
)
def test_a_printer_s_reply_is_taken_apart(name: str, frame: str, kind: str, decoded: Decoded) -> None:
    [told] = decoded(name, [frame])
    assert f"'kind': '{kind}'" in str(told["replies"])


def test_a_unit_that_is_not_on_the_wire_comes_from_the_person(decoded: Decoded) -> None:
    pounds = "02 30 32 2e 35 30 0d"
    assert [record["unit"] for record in decoded("8217", [KILOGRAMS, pounds])] == ["kg", "lb"]
    told, refused = decoded("8217", [pounds, KILOGRAMS], "--unit", "lb")
    assert told == {"weight": "2.50", "unit": "lb", "stable": True, "net": False}
    assert refused == {"error": "unit"}
    assert "unit_guessed" not in decoded("mt-sics", [b"S S     100.00 g\r\n".hex()])[0]
    assert main(["decode", "-p", "zvt", "--unit", "kg"]) == 2


def test_a_person_who_types_sees_each_record_at_once() -> None:
    with tool("decode", "--protocol", "toledo-8217") as command:
        command.say(KILOGRAMS)
        command.until('"weight": "1.234"')
        command.say("02 3f 41 0d")
        command.until('"in_motion": true')
        status, said = command.end()
    assert status == 1
    assert "Traceback" not in said


def test_who_stops_reading_is_no_crash(tmp_path: Path) -> None:
    file = tmp_path / "frames.txt"
    file.write_text(f"{KILOGRAMS}\n" * 20_000)
    command = [sys.executable, "-m", "drivers", "decode", "-p", "8217", str(file)]
    with subprocess.Popen(command, cwd=ROOT, env=buffered(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(PATIENCE_S) == 1


def test_a_payment_frame_is_decoded_without_a_font_or_a_screen() -> None:
    program = (
        "import sys; from drivers.__main__ import main; main(['decode', '-p', 'zvt']);"
        "print(sorted({'PIL', 'kivy', 'escpos', 'evdev', 'qrcode', 'cryptography'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        input="800000\n",
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=True,
    )
    assert done.stdout.splitlines() == ['{"message": "acknowledgement", "control": "8000"}', "[]"]


def test_no_card_number_comes_out(decoded: Decoded) -> None:
    # Bitmap 22 with a whole card number, 23 with a track 2, 3C with text; a printed line; the number in a nexo answer.
    number, track = bytes.fromhex("22F0F8" + CARD), bytes.fromhex("23F1F0" + CARD + "D2")
    status = bytes.fromhex("2700") + number + track
    lines = [
        (b"\x04\x0f" + bytes([len(status)]) + status).hex(),
        (b"\x06\xd1" + bytes([1 + len(CARD)]) + b"\x00" + CARD.encode()).hex(),
    ]
    told = json.dumps([decoded("zvt", lines), decoded("zvt-serial", lines)])
    nexo = {
        "SaleToPOIResponse": {
            "MessageHeader": {"MessageClass": "Service", "MessageCategory": "Payment", "MessageType": "Response"}
            | {"ProtocolVersion": "3.0", "SaleID": "1", "POIID": CARD, "ServiceID": CARD},
            "PaymentResponse": {"Response": {"Result": "Success", "AdditionalResponse": CARD}},
        }
    }
    told += json.dumps(decoded("nexo", [json.dumps(nexo), json.dumps(nexo).encode().hex()]))
    assert CARD not in told
    assert CARD[4:] not in told
    assert CARD[-4:] in told


class TestRealFrames:
    """The frames of the shared data, each file in one run."""

    def test_scales(self, shared_data: Path, decoded: Decoded) -> None:
        cases = json.loads((shared_data / "scale/mt_sics.json").read_text())["cases"]
        told = decoded("mt-sics", [case["receive"].encode().hex() for case in cases])
        assert told[0] == {"done": "tare", "weight": "2.486", "unit": "g"}
        assert told[1:] == [{"error": "parameter"}, {"error": "syntax"}, {"error": "transmission"}]
        cas = json.loads((shared_data / "scale/cas_pd2.json").read_text())["cases"]
        nothing, no_start, in_noise = decoded("cas", [case["bytes_hex"] for case in cas])
        assert "error" in nothing
        assert "error" in no_start
        expected = cas[-1]["expected"]
        assert {key: in_noise[key] for key in ("weight", "unit", "stable")} == {
            key: expected[key] for key in ("weight", "unit", "stable")
        }
        facts = json.loads((shared_data / "scale/protocol_facts.json").read_text())
        assert "error" in decoded("8217", [facts["toledo_8217"]["probe"]["receive_hex"]])[0]

    def test_zvt(self, shared_data: Path, decoded: Decoded) -> None:
        portalum = json.loads((shared_data / "payment/zvt_portalum.json").read_text())["cases"]
        ecrterm = json.loads((shared_data / "payment/zvt_ecrterm.json").read_text())["cases"]
        frames = [frame for case in portalum for frame in case["bytes_hex"] if frame]
        frames += [frame for case in ecrterm for frame in case["hex"] if frame]
        told = decoded("zvt", frames)
        assert len(told) == len(frames) > 100
        by_frame = dict(zip(frames, told, strict=True))
        assert by_frame["06D10E405445535420506F7274616C756D"]["text"] == "TEST Portalum"
        assert by_frame["06010904000000003300020A"]["amount_minor"] == 3300
        assert by_frame["061E0105"]["result_code"] == "05"
        assert by_frame["10020693031234561003caa4"]["framing"] == "serial"
        whole = [frame for frame in frames if frame[:2] in {"04", "06", "80", "84"} and len(frame) > 8]
        assert sum("error" in by_frame[frame] for frame in whole) <= 6

    def test_nexo(self, shared_data: Path, decoded: Decoded) -> None:
        folder = shared_data / "payment/nexo_adyen/terminal-api"
        names = ["payment-sync-success", "payment-sync-error-empty", "sale-to-poi-response-diagnosis", "login-request"]
        told = decoded("nexo", [(folder / f"{name}.json").read_bytes().hex() for name in names])
        assert [record.get("kind") for record in told[:3]] == [
            *("Payment Response", "Event Notification", "Diagnosis Response"),
        ]
        assert "error" in told[3]

    def test_receipts(self, shared_data: Path, decoded: Decoded) -> None:
        cases = json.loads((shared_data / "escpos/escpos_php_calls.json").read_text())["cases"]
        frames = [case["expected_hex"] for case in cases if "expected_hex" in case]
        assert all("error" not in record for record in decoded("escpos-receipt", frames))
        receipts = [path for path in sorted((shared_data / "escpos").rglob("*.bin")) if "star" not in path.name]
        told = decoded("escpos-receipt", [path.read_bytes().hex() for path in receipts])
        assert all(record["text"] for record in told)
        assert sum(record["cuts"] for record in told if isinstance(record["cuts"], int)) >= 3

    def test_ndef(self, shared_data: Path, decoded: Decoded) -> None:
        cases = json.loads((shared_data / "nfc/ndeflib.json").read_text())["cases"]
        good = [case for case in cases if "message" in case and "Hr" not in case["encoded"]]
        told = decoded("ndef", [case["encoded"] for case in good])
        assert [len(record["records"]) for record in told if isinstance(record["records"], list)] == [
            len(case["message"]) for case in good
        ]
        bad = [case["encoded"] for case in cases if "errmsg" in case]
        assert len(decoded("ndef", bad)) == len([one for one in bad if one.strip()])

    def test_signed_urls(self, shared_data: Path, decoded: Decoded) -> None:
        cases = json.loads((shared_data / "nfc/ntag424_sdm.json").read_text())["cases"]
        sent, plain, _ = cases
        one = f"https://a.example/?picc_data={sent['picc_enc_data']}&cmac={sent['sdmmac']}"
        other = f"https://a.example/?uid={plain['plain_uid']}&ctr={plain['plain_read_ctr']}&cmac={plain['sdmmac']}"
        told = decoded("ntag424", [one, other.encode().hex(), "https://a.example/?uid=04&ctr=1&cmac=2", "00"])
        assert told[:2] == [{"uid": "encrypted", "mac_bytes": 8}, {"uid": "plain", "counter": 6, "mac_bytes": 8}]
        assert all("error" in record for record in told[2:])
