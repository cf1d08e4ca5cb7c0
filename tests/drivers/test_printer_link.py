"""The conversation with a printer: late answers go to the question they were given to, or to none."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest

from drivers.device import Slip
from drivers.printer.link import PrinterLink, SilentError, Waits, process_id, request_for
from drivers.printer.profile import Proof
from drivers.transport.tcp import TcpTransport
from drivers.transport.waiting import Deadline

WAITS = Waits(answer_s=20.0, quiet_s=0.01)
OK = b"\x12"


class Line:
    """A link, and the printer's end of it."""

    def __init__(self) -> None:
        ours, self.printer = socket.socketpair()
        self.slips: list[Slip] = []
        self.link = PrinterLink(TcpTransport(ours, "test"), WAITS, self.slips.append)

    def hear(self, data: bytes) -> None:
        self.printer.send(data)
        self.link.listen(20.0)


@pytest.fixture
def line() -> Iterator[Line]:
    made = Line()
    yield made
    made.link.close()
    made.printer.close()


def test_one_answer_of_two_in_the_stream_proves_neither(line: Line) -> None:
    line.link.expect("sale-1", Proof.STATUS)
    line.link.expect("sale-2", Proof.STATUS)
    line.hear(b"\x00")
    assert line.link.proven == set()
    line.hear(b"\x00")
    assert line.link.proven == {"sale-1", "sale-2"}


def test_a_job_whose_request_did_not_go_out_is_not_waited_for(line: Line) -> None:
    line.link.expect("sale-1", Proof.STATUS)
    line.link.forget("sale-1")
    line.link.expect("sale-2", Proof.STATUS)
    line.hear(b"\x00")
    assert line.link.proven == {"sale-2"}


def test_questions_that_were_lost_with_the_power_are_given_up(line: Line) -> None:
    line.link.expect("sale-1", Proof.STATUS)
    line.link.give_up_in_stream()
    line.link.expect("sale-2", Proof.STATUS)
    line.hear(b"\x00")
    assert line.link.proven == {"sale-2"}


def test_an_id_proves_its_own_job_only_and_once(line: Line) -> None:
    for job_id in ("sale-1", "sale-2"):
        line.link.expect(job_id, Proof.PROCESS_ID)
    assert request_for("sale-1", Proof.PROCESS_ID).endswith(process_id("sale-1"))
    line.hear(b"\x37\x22" + process_id("sale-2") + b"\x00" + b"\x37\x22zzzz\x00")
    assert line.link.proven == {"sale-2"}
    assert request_for("sale-1", Proof.NONE) == b""


def test_a_late_answer_is_not_taken_for_that_to_the_next_question(line: Line) -> None:
    line.link._waits = replace(WAITS, answer_s=0.05)
    with pytest.raises(SilentError):
        line.link.ask_status()
    assert line.slips == [Slip.TIMEOUT]
    line.link._waits = WAITS
    # To the question before: offline. Then to 1, 2, 3, 4: online, cover open, no error, paper.
    line.printer.send(b"\x1a" + OK)
    value = line.link._ask(1, Deadline(20.0))
    assert value == OK[0]
    line.printer.send(b"\x16")
    assert line.link._ask(2, Deadline(20.0)) == 0x16


def test_a_printer_that_talks_again_is_understood_at_the_second_try(line: Line) -> None:
    line.link._waits = replace(WAITS, answer_s=0.05)
    with pytest.raises(SilentError):
        line.link.ask_status()
    line.printer.send(OK)  # the question before was lost with its power
    with pytest.raises(SilentError):
        line.link.ask_status()
    line.link._waits = WAITS
    line.hear(b"\x1a")  # to a question that was given up
    line.printer.send(OK)
    assert line.link._ask(1, Deadline(20.0)) == OK[0]


def test_what_was_said_before_is_let_pass(line: Line) -> None:
    line.printer.send(b"\x1a\x32\x7e")
    line.link.hush()
    line.printer.send(OK)
    assert line.link._ask(1, Deadline(20.0)) == OK[0]
    assert line.link.quiet_for_s is not None


def test_noise_is_counted(line: Line) -> None:
    line.hear(b"\xff\x80")
    assert line.slips == [Slip.BAD_FRAME] * 2
