"""What the simulated nexo terminal does with a message, and what a person can do at it. Safe from any thread.

It writes its answers by itself and not by the driver's records, so that one checks the other.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from drivers.device import DeviceError
from drivers.payment.simulated_nexo_books import NexoBooks

Json = dict[str, Any]
# A well-known test number, an expiry date and a track, sent so that tests can prove what is dropped.
TEST_CARD: Final = "4111111111111111"
EXPIRY: Final = "1230"
TRACK: Final = f"{TEST_CARD}=30122010000000000000"
# Adyen: a payment that nobody pays ends after 120 s.
PATIENCE_S: Final = 120.0
_DIGITS: Final = {"JPY": 0, "KWD": 3}
_FAILURES: Final = {
    "decline": ("Refusal", "Not enough balance"),
    "cancel": ("Cancel", "108 Shopper cancelled tx"),
    "timeout": ("Cancel", "126 Shopper did not present card"),
    "abort": ("Aborted", "104 Merchant cancelled tx"),
}
FAULTS: Final = ("drop_before_charge", "drop_after_charge", "answer_late", "partial", "tip", "other_reference")


class Dropped(Exception):  # noqa: N818 # what happens to the connection, not what went wrong with us
    """The connection is dropped without an answer."""


@dataclass(slots=True)
class _Pending:
    service_id: str
    reference: str
    amount: Decimal
    currency: str
    decision: str = ""


class NexoCardTerminal:
    """The terminal behind the wire. `auto` is "off", "approve" or "decline"; `busy` refuses every payment."""

    def __init__(self, poi_id: str, books: NexoBooks) -> None:
        self._poi_id = poi_id
        self._books = books
        self._changed = threading.Condition()
        self._pending: _Pending | None = None
        self._held = False
        self._stopped = False
        self._fault = ""
        self._seen: set[str] = set()
        self._received: Counter[str] = Counter()
        self._shown: list[str] = []
        self._printed: list[str] = []
        self.auto = "off"
        self.busy = False
        self.host_reachable = True
        self.printer = "OK"

    def state(self) -> Json:
        """What there is to tell of it."""
        with self._changed:
            pending = self._pending
            return {
                "waiting": pending is not None,
                "amount_minor": None if pending is None else _minor(pending.amount, pending.currency),
                "charges": self._books.charges(),
                "authorisations": self._received["Payment"],
                "received": dict(self._received),
                "displayed": list(self._shown),
                "printed": list(self._printed),
            }

    def hear(self, message: Json) -> Json | None:
        """Answer one message with the body of its response; None: with nothing. `Dropped` where it is not answered."""
        head = message["MessageHeader"]
        category = head["MessageCategory"]
        with self._changed:
            self._received[category] += 1
            self._changed.notify_all()
        handler = {
            "Payment": self._payment,
            "Reversal": self._reversal,
            "TransactionStatus": self._status,
            "Abort": self._abort,
            "Diagnosis": self._diagnosis,
            "Display": self._display,
            "Print": self._print,
        }.get(category)
        return _reject(f"message={category}+is+not+known") if handler is None else handler(head, message)

    def decide(self, decision: str) -> None:
        """A person acts: "tap", or one of the ways a payment fails."""
        with self._changed:
            if self._pending is None or self._pending.decision:
                raise DeviceError(
                    "The simulated terminal is not asking for a card.", "Use wait_for_authorisation first."
                )
            self._pending.decision = decision
            self._changed.notify_all()

    def arm(self, fault: str) -> None:
        """Have a fault of `FAULTS` at the next card or reversal; where a card is waited for, it is presented now."""
        with self._changed:
            self._fault = fault
            waiting = self._pending is not None and not self._pending.decision
        if waiting:
            self.decide("tap")

    def disarm(self) -> None:
        """Have no fault at the next card."""
        with self._changed:
            self._fault = ""

    def release(self) -> None:
        """Give the answer that `answer_late` holds back."""
        with self._changed:
            if not self._held:
                raise DeviceError("The simulated terminal holds no answer back.", "Use answer_late first.")
            self._held = False
            self._changed.notify_all()

    def wait_for_payment(self, timeout_s: float) -> bool:
        """Wait until a card is asked for."""
        with self._changed:
            return self._changed.wait_for(lambda: self._pending is not None and not self._pending.decision, timeout_s)

    def stop(self) -> None:
        """End all waiting; the payment that runs comes to nothing."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def _payment(self, head: Json, message: Json) -> Json:
        request = message["PaymentRequest"]
        asked = request["PaymentTransaction"]["AmountsReq"]
        pending = _Pending(
            head["ServiceID"],
            request["SaleData"]["SaleTransactionID"]["TransactionID"],
            Decimal(asked["RequestedAmount"]),
            asked["Currency"],
        )
        with self._changed:
            if pending.service_id in self._seen or self._books.answer(pending.service_id) is not None:
                return _reject("message=ServiceID+was+used+before")
            if self.busy or self._pending is not None or self._held:
                return {"PaymentResponse": {"Response": _failed("Busy", "In progress"), **_echo(pending)}}
            self._seen.add(pending.service_id)
            self._pending = pending
            self._changed.notify_all()
            self._wait_for_decision(pending)
            try:
                return self._conclude(head, pending)
            finally:
                self._pending = None
                self._changed.notify_all()

    def _wait_for_decision(self, pending: _Pending) -> None:
        if self.auto != "off":
            pending.decision = "tap" if self.auto == "approve" else "decline"
        if not self._changed.wait_for(lambda: pending.decision or self._stopped, PATIENCE_S):
            pending.decision = "timeout"
        if not pending.decision:
            raise Dropped

    def _conclude(self, head: Json, pending: _Pending) -> Json:
        if pending.decision != "tap":
            answer = {"PaymentResponse": {"Response": _failed(*_FAILURES[pending.decision]), **_echo(pending)}}
            self._books.answered(pending.service_id, _repeat(head, answer))
            return answer
        fault, self._fault = self._fault, ""
        if fault == "drop_before_charge":
            self._seen.discard(pending.service_id)
            raise Dropped
        answer = self._charge(pending, fault)
        self._books.answered(pending.service_id, _repeat(head, answer))
        if fault == "drop_after_charge":
            raise Dropped
        if fault == "answer_late":
            self._pending, self._held = None, True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._held or self._stopped)
        return answer

    def _charge(self, pending: _Pending, fault: str) -> Json:
        factor = {"partial": Decimal("0.5"), "tip": Decimal("1.5")}.get(fault, Decimal(1))
        amount = (pending.amount * factor).quantize(Decimal(1).scaleb(-_DIGITS.get(pending.currency, 2)))
        transaction_id = self._books.charge(
            pending.reference, pending.service_id, _minor(amount, pending.currency), pending.currency
        )
        if fault == "other_reference":
            pending.reference = "someone-else"
        return {
            "PaymentResponse": {
                "Response": {"Result": "Partial" if fault == "partial" else "Success", "AdditionalResponse": _more()},
                **_echo(pending),
                "POIData": {"POITransactionID": {"TransactionID": transaction_id, "TimeStamp": _now()}},
                "PaymentResult": {
                    "AmountsResp": {"AuthorizedAmount": amount, "Currency": pending.currency},
                    "PaymentAcquirerData": {"ApprovalCode": "715691", "MerchantID": "BENCH"},
                    "PaymentInstrumentData": {"PaymentInstrumentType": "Card", "CardData": _card()},
                },
                "PaymentReceipt": [_receipt("CashierReceipt"), _receipt("CustomerReceipt")],
            }
        }

    def _reversal(self, head: Json, message: Json) -> Json:
        original = message["ReversalRequest"]["OriginalPOITransaction"]["POITransactionID"]["TransactionID"]
        with self._changed:
            fault, self._fault = self._fault, ""
            if fault == "drop_before_charge":
                raise Dropped
            reference = self._books.reverse(original)
            response = {"Result": "Success"} if reference else _failed("NotFound", "No such charge")
            answer = {"ReversalResponse": {"Response": response}}
            self._books.answered(head["ServiceID"], _repeat(head, answer))
            if fault == "drop_after_charge":
                raise Dropped
            return answer

    def _status(self, _: Json, message: Json) -> Json:
        reference = message["TransactionStatusRequest"]["MessageReference"]
        with self._changed:
            found = self._books.answer(reference["ServiceID"])
            pending = self._pending
        if pending is not None and pending.service_id == reference["ServiceID"]:
            body = {"Response": _failed("InProgress", "Transaction in progress")}
        elif found is None:
            body = {"Response": _failed("NotFound", "Did not find the transaction")}
        else:
            body = {"Response": {"Result": "Success"}, "RepeatedMessageResponse": found}
        return {"TransactionStatusResponse": {**body, "MessageReference": reference}}

    def _abort(self, _: Json, message: Json) -> None:
        with self._changed:
            wanted = message["AbortRequest"]["MessageReference"]["ServiceID"]
            if self._pending is not None and self._pending.service_id == wanted and not self._pending.decision:
                self._pending.decision = "abort"
                self._changed.notify_all()

    def _diagnosis(self, _: Json, message: Json) -> Json:
        status = "OK" if self._pending is None else "Busy"
        body: Json = {
            "Response": {"Result": "Success"},
            "POIStatus": {"GlobalStatus": status, "CommunicationOKFlag": True, "PrinterStatus": self.printer},
        }
        if message["DiagnosisRequest"].get("HostDiagnosisFlag"):
            body["HostStatus"] = [{"AcquirerID": "0", "IsReachableFlag": self.host_reachable}]
        return {"DiagnosisResponse": body}

    def _display(self, _: Json, message: Json) -> Json:
        outputs = message["DisplayRequest"]["DisplayOutput"]
        with self._changed:
            self._shown = [text["Text"] for output in outputs for text in output["OutputContent"]["OutputText"]]
        result = {"Device": "CustomerDisplay", "InfoQualify": "Display", "Response": {"Result": "Success"}}
        return {"DisplayResponse": {"OutputResult": [result]}}

    def _print(self, _: Json, message: Json) -> Json:
        texts = message["PrintRequest"]["PrintOutput"]["OutputContent"]["OutputText"]
        if self.printer == "PaperOut":
            return {"PrintResponse": {"Response": _failed("DeviceOut", "No paper"), "DocumentQualifier": "Document"}}
        with self._changed:
            self._printed += [text["Text"] for text in texts]
        return {"PrintResponse": {"Response": {"Result": "Success"}, "DocumentQualifier": "Document"}}


def _failed(condition: str, reason: str) -> Json:
    return {
        "Result": "Failure",
        "ErrorCondition": condition,
        "AdditionalResponse": f"refusalReason={reason.replace(' ', '+')}",
    }


def _reject(details: str) -> Json:
    return {"EventNotification": {"EventToNotify": "Reject", "TimeStamp": _now(), "EventDetails": details}}


def _echo(pending: _Pending) -> Json:
    return {"SaleData": {"SaleTransactionID": {"TransactionID": pending.reference, "TimeStamp": _now()}}}


def _repeat(head: Json, answer: Json) -> Json:
    return {"MessageHeader": {**head, "MessageType": "Response"}, "RepeatedResponseMessageBody": answer}


def _more() -> str:
    return (
        f"cardSummary={TEST_CARD[-4:]}&paymentMethod=visa&cardBin={TEST_CARD[:6]}&expiryDate={EXPIRY}"
        "&cardHolderName=A%20SHOPPER&authCode=715691"
    )


def _card() -> Json:
    return {
        "PaymentBrand": "visa",
        "MaskedPAN": f"{TEST_CARD[:6]} **** {TEST_CARD[-4:]}",
        "EntryMode": ["Tapped"],
        "SensitiveCardData": {"ExpiryDate": EXPIRY, "PAN": TEST_CARD, "TrackData": [{"TrackValue": TRACK}]},
    }


def _receipt(qualifier: str) -> Json:
    lines = (
        "key=header1",
        f"name=Card&value=%2a%2a%2a%2a{TEST_CARD[-4:]}&key=pan",
        f"name=Number&value={TEST_CARD}&key=none",
        "name=AID&value=A0000000031010&key=aid",
        "name=APPROVED&key=approved",
    )
    texts = [{"Text": line, "EndOfLineFlag": True} for line in lines]
    return {
        "DocumentQualifier": qualifier,
        "RequiredSignatureFlag": False,
        "OutputContent": {"OutputFormat": "Text", "OutputText": texts},
    }


def _minor(amount: Decimal, currency: str) -> int:
    return int(amount * 10 ** _DIGITS.get(currency, 2))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
