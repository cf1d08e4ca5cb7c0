"""ZVT blocks of a serial line: published vectors, any bytes at all, and a line that loses and damages things."""

from __future__ import annotations

import json
import socket
from collections import deque
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.device import DeviceError, Slip
from drivers.payment import zvt_commands as commands
from drivers.payment.simulated_blocks import BlockWire
from drivers.payment.zvt_block_line import BlockLine, BlockWaits
from drivers.payment.zvt_blocks import BadBlock, Block, BlockReader, Flaw, checksum, pack
from drivers.transport.waiting import wait_readable

ACK, NAK = b"\x06", b"\x15"
DONE = bytes.fromhex("800000")
CARD = bytes.fromhex("04ff010a")
HASTY = BlockWaits(between_bytes_s=0.01, answer_s=0.05)


@pytest.mark.parametrize(
    ("apdu", "crc"),
    [
        ("0600060600000978", "a974"),
        ("06010704000000001000", "6291"),
        ("060f00", "c633"),
        ("800000", "f51f"),
        ("069303123456", "caa4"),
    ],
)
def test_published_check_sums(apdu: str, crc: str) -> None:
    assert checksum(bytes.fromhex(apdu) + b"\x03").to_bytes(2, "little").hex() == crc


def test_a_published_block(shared_data: Path) -> None:
    cases = json.loads((shared_data / "payment" / "zvt_ecrterm.json").read_text())["cases"]
    name = "TestCaseDataEncoding.test_Initialisierung"
    block, password = next(case["hex"] for case in cases if case["test"] == name)
    assert pack(commands.initialisation(password)).hex() == block
    assert BlockReader().feed(bytes.fromhex(block)) == [Block(commands.initialisation(password))]


def test_a_dle_inside_goes_twice() -> None:
    apdu = bytes.fromhex("04ff0310100310")
    assert pack(apdu).hex().startswith("100204ff03101010100310101003")
    assert BlockReader().feed(pack(apdu)) == [Block(apdu)]


@given(st.lists(st.binary(max_size=40), max_size=5), st.lists(st.integers(1, 9), max_size=30))
def test_however_bytes_arrive_the_blocks_are_the_same(apdus: list[bytes], cuts: list[int]) -> None:
    stream = ACK.join(pack(apdu) for apdu in apdus)
    whole = BlockReader().feed(stream)
    assert [item.apdu for item in whole if isinstance(item, Block)] == apdus
    reader = BlockReader()
    assert [item for byte in stream for item in reader.feed(bytes((byte,)))] == whole
    reader, pieces = BlockReader(), []
    for cut in [*cuts, len(stream)]:
        pieces += reader.feed(stream[:cut])
        stream = stream[cut:]
    assert pieces == whole


@given(st.binary(max_size=200), st.binary(max_size=40))
def test_after_anything_at_all_the_next_block_is_found(noise: bytes, apdu: bytes) -> None:
    reader = BlockReader()
    reader.feed(noise)
    reader.give_up()
    assert reader.feed(pack(apdu))[-1] == Block(apdu)


@given(st.binary(min_size=1, max_size=40), st.data())
def test_a_flipped_bit_is_never_believed(apdu: bytes, data: st.DataObject) -> None:
    block = bytearray(pack(apdu))
    at = data.draw(st.integers(0, len(block) * 8 - 1))
    block[at // 8] ^= 1 << at % 8
    assert Block(apdu) not in BlockReader().feed(bytes(block))


@given(st.binary(min_size=1, max_size=60))
def test_both_sides_wrote_the_same_protocol(apdu: bytes) -> None:
    wire = BlockWire(lambda _: None)
    assert wire.pack(apdu) == pack(apdu)
    assert wire.feed(pack(apdu)) == [apdu]


def test_a_block_does_not_show_what_is_in_it() -> None:
    assert "4111" not in repr(Block(b"4111111111111111"))


def test_a_block_longer_than_any_message_is_none() -> None:
    items = BlockReader().feed(b"\x10\x02" + b"\x00" * 70_000)
    assert items == [BadBlock(Flaw.FORM)]


class Script:
    """A line at whose far end each thing that is written is answered by the next piece of a script."""

    def __init__(self, *answers: bytes) -> None:
        self._answers = deque(answers)
        self._near, self._far = socket.socketpair()
        self.written: list[bytes] = []

    def fileno(self) -> int:
        return self._near.fileno()

    def read(self, deadline_s: float) -> bytes:
        return self._near.recv(4096) if wait_readable(deadline_s, self._near.fileno()) else b""

    def write_all(self, data: bytes, deadline_s: float) -> None:
        assert deadline_s >= 0
        self.written.append(data)
        # Signs of ours are answered by nothing.
        if len(data) > 1 and self._answers:
            self._far.sendall(self._answers.popleft())

    def comes(self, data: bytes) -> None:
        self._far.sendall(data)

    def close(self) -> None:
        self._near.close()
        self._far.close()


def sent(script: Script) -> list[bytes]:
    return [data for data in script.written if len(data) > 1]


def line(script: Script, slips: list[Slip] | None = None) -> BlockLine:
    return BlockLine(script, (slips if slips is not None else []).append, HASTY)


def test_a_command_is_acknowledged_and_its_answer_waits_to_be_read() -> None:
    script = Script(ACK + pack(DONE))
    above = line(script)
    above.write_all(commands.authorisation(1000), 5)
    assert wait_readable(0, above.fileno())
    assert above.read(0) == DONE
    assert script.written[-1] == ACK
    assert not wait_readable(0, above.fileno())
    above.close()
    above.close()


def test_what_was_not_readable_is_sent_again_even_where_it_moves_money() -> None:
    script = Script(NAK, ACK)
    above = line(script)
    above.write_all(commands.authorisation(1000), 5)
    assert sent(script) == [pack(commands.authorisation(1000))] * 2
    above.close()


def test_what_is_not_acknowledged_is_sent_again_three_times_at_most() -> None:
    script, slips = Script(b"", b"", b"", b""), list[Slip]()
    above = line(script, slips)
    with pytest.raises(DeviceError, match="does not acknowledge"):
        above.write_all(commands.status_enquiry("000000"), 5)
    assert len(sent(script)) == 3
    assert slips == [Slip.TIMEOUT] * 3
    above.close()


@pytest.mark.parametrize(
    "command",
    [
        commands.authorisation(1000),
        commands.refund("000000", 1000),
        commands.reversal("000000", 7),
        commands.end_of_day("000000"),
    ],
)
def test_what_moves_money_is_never_sent_again_into_a_silence(command: bytes) -> None:
    script = Script(b"", ACK)
    above = line(script)
    with pytest.raises(DeviceError, match="does not acknowledge"):
        above.write_all(command, 5)
    assert len(sent(script)) == 1
    above.close()


def test_an_answer_shows_that_the_command_has_arrived() -> None:
    script = Script(pack(DONE))
    above = line(script)
    above.write_all(commands.authorisation(1000), 5)
    assert above.read(0) == DONE
    assert len(sent(script)) == 1
    above.close()


def test_a_block_that_comes_again_unanswered_is_no_second_message() -> None:
    script = Script(ACK, ACK)
    above = line(script)
    script.comes(pack(CARD) + pack(CARD))
    assert above.read(1) == CARD
    assert script.written == [ACK, ACK]
    above.write_all(commands.acknowledge(), 5)
    script.comes(pack(CARD))
    assert above.read(1) == CARD
    above.close()


def test_a_damaged_block_is_refused_and_taken_when_it_comes_again() -> None:
    slips = list[Slip]()
    script = Script()
    above = line(script, slips)
    script.comes(pack(CARD)[:-1] + b"\x00")
    assert above.read(0.05) == b""
    assert script.written == [NAK]
    assert slips == [Slip.CHECKSUM]
    script.comes(pack(CARD))
    assert above.read(1) == CARD
    above.close()


def test_half_a_block_is_refused_after_a_pause() -> None:
    slips = list[Slip]()
    script = Script()
    above = line(script, slips)
    script.comes(pack(CARD)[:5])
    assert above.read(0.05) == b""
    assert (script.written, slips) == ([NAK], [Slip.BAD_FRAME])
    above.close()


def test_a_line_that_is_never_readable_is_given_up() -> None:
    script = Script()
    above = line(script)
    script.comes((pack(CARD)[:-2] + b"\x00\x00") * 4)
    with pytest.raises(DeviceError, match="not readable"):
        above.read(1)
    above.close()
