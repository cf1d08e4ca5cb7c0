"""The scripted visit: what a display-less demo plays, sale by sale."""

from __future__ import annotations

from demo.shopper import Shopper
from kiosk.domain.item import Unit


def play(shopper: Shopper) -> None:
    """Five sales: plain, weighed, declined then approved, without paper, and with the network cut and back."""
    shopper.open_lane()
    a_plain_sale(shopper)
    a_weighed_item(shopper)
    a_declined_card(shopper)
    a_printer_without_paper(shopper)
    a_cut_network(shopper)


def a_plain_sale(shopper: Shopper) -> None:
    """Three goods, one with a deposit, one from a counter with a price label, and a code nobody knows."""
    shopper.scans(shopper.good())
    shopper.scans(shopper.good(deposit=True))
    shopper.scans_label(shopper.good(by=Unit.KILOGRAM, counter=True), 640)
    shopper.device("scanner", "scan", text="4006381333931")
    shopper.sees("unknown_code")
    shopper.press("continue")
    shopper.sees("basket")
    shopper.pays()
    shopper.leaves()


def a_weighed_item(shopper: Shopper) -> None:
    """Produce by its picture, laid on the scale."""
    shopper.press("start")
    shopper.sees("basket")
    shopper.weighs(shopper.good(by=Unit.KILOGRAM), 457)
    shopper.pays()
    shopper.leaves()


def a_declined_card(shopper: Shopper) -> None:
    """The first card is declined, nothing is charged; the second pays."""
    shopper.scans(shopper.good(at=20))
    shopper.asks_to_pay()
    shopper.device("terminal", "decline")
    shopper.sees("tender_declined")
    shopper.press("retry")
    shopper.sees("tender_asking")
    waiting = shopper.device("terminal", "wait_for_authorisation", timeout_s=10)
    shopper.device("terminal", "tap")
    shopper.sees("receipt")
    shopper.sales += 1
    shopper.total_minor += int(str(waiting["amount_minor"]))
    shopper.leaves()


def a_printer_without_paper(shopper: Shopper) -> None:
    """The paper runs out before the receipt: the sale stands, and the receipt comes with the new roll."""
    shopper.scans(shopper.good(at=40))
    shopper.device("printer", "paper_out")
    shopper.pays()
    shopper.sees("receipt", text="needs attention")
    shopper.device("printer", "paper_in")
    shopper.leaves()


def a_cut_network(shopper: Shopper) -> None:
    """The network goes in the middle of a sale; selling goes on, and headquarters hears of it afterwards."""
    shopper.scans(shopper.good(at=60))
    shopper.stage.network.do("network", "cut")
    shopper.sees("basket", text="Working offline")
    shopper.scans(shopper.good(at=61))
    shopper.pays()
    shopper.leaves()
    shopper.stage.network.do("network", "mend")
