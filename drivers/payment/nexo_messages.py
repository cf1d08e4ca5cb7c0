"""nexo Retailer 3.0 messages as Adyen's terminals speak them: the fields we read and write, and no other. Pure records.

Source: Adyen, Terminal API reference (docs.adyen.com/api-explorer/terminal-api). Fields not named here are ignored when
read; expiry dates and tracks therefore never become records, and what is near them has a `repr` that shows nothing.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

PROTOCOL_VERSION = "3.0"


class _Record(msgspec.Struct, frozen=True, rename="pascal", omit_defaults=True):
    """JSON names are written as nexo writes them: `ServiceID`, `POIData`, all others in Pascal case."""


class _Silent(_Record, frozen=True):
    """A record with something in it that belongs in no log."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"


class MessageHeader(_Record, frozen=True):
    """Who asks whom for what. `service_id` names a request and its response: 10 characters at most."""

    message_class: str
    message_category: str
    message_type: str
    sale_id: str = msgspec.field(name="SaleID", default="")
    poi_id: str = msgspec.field(name="POIID", default="")
    service_id: str = msgspec.field(name="ServiceID", default="")
    device_id: str = msgspec.field(name="DeviceID", default="")
    protocol_version: str = ""


class TransactionIdentification(_Record, frozen=True):
    """The id that one side gave a transaction, and when."""

    transaction_id: str = msgspec.field(name="TransactionID", default="")
    time_stamp: str = ""


class SaleData(_Record, frozen=True):
    """Our side's identification of a transaction."""

    sale_transaction_id: TransactionIdentification | None = msgspec.field(name="SaleTransactionID", default=None)


class PoiData(_Record, frozen=True):
    """The terminal's identification of a transaction."""

    poi_transaction_id: TransactionIdentification | None = msgspec.field(name="POITransactionID", default=None)


class AmountsReq(_Record, frozen=True):
    """What to charge, in the major unit."""

    currency: str
    requested_amount: Decimal


class PaymentTransaction(_Record, frozen=True):
    """What to charge."""

    amounts_req: AmountsReq


class PaymentRequest(_Record, frozen=True):
    """Charge a card."""

    sale_data: SaleData
    payment_transaction: PaymentTransaction


class ReversalRequest(_Record, frozen=True):
    """Take a whole charge back."""

    original_poi_transaction: PoiData = msgspec.field(name="OriginalPOITransaction")
    sale_data: SaleData | None = None
    reversal_reason: str = ""


class MessageReference(_Record, frozen=True):
    """Which earlier message is meant."""

    message_category: str = ""
    service_id: str = msgspec.field(name="ServiceID", default="")
    device_id: str = msgspec.field(name="DeviceID", default="")
    sale_id: str = msgspec.field(name="SaleID", default="")
    poi_id: str = msgspec.field(name="POIID", default="")


class AbortRequest(_Record, frozen=True):
    """End an earlier request that is still in progress."""

    message_reference: MessageReference
    abort_reason: str


class TransactionStatusRequest(_Record, frozen=True):
    """What became of an earlier request?"""

    message_reference: MessageReference


class DiagnosisRequest(_Record, frozen=True):
    """How are you? `host_diagnosis_flag` asks for Adyen's platform, too."""

    host_diagnosis_flag: bool = False


class OutputText(_Silent, frozen=True):
    """A text, and whether a new line begins after it."""

    text: str = ""
    end_of_line_flag: bool | None = None


class OutputContent(_Silent, frozen=True):
    """Lines of text."""

    output_format: str
    output_text: list[OutputText] = []


class DisplayOutput(_Record, frozen=True):
    """What to show where."""

    device: str
    info_qualify: str
    output_content: OutputContent


class DisplayRequest(_Record, frozen=True):
    """Show something."""

    display_output: list[DisplayOutput]


class PrintOutput(_Record, frozen=True):
    """What to print, and when to answer."""

    document_qualifier: str
    response_mode: str
    output_content: OutputContent


class PrintRequest(_Record, frozen=True):
    """Print something."""

    print_output: PrintOutput


class Response(_Silent, frozen=True):
    """`result`: Success, Partial or Failure. `additional_response`: form-encoded, or JSON in base64."""

    result: str
    error_condition: str = ""
    additional_response: str = ""


class AmountsResp(_Record, frozen=True):
    """What was charged, in the major unit."""

    authorized_amount: Decimal | None = None
    currency: str = ""


class CardData(_Silent, frozen=True):
    """A masked number (older documents write `MaskedPan`) and a brand."""

    masked_pan: str = msgspec.field(name="MaskedPAN", default="")
    masked_pan_formerly: str = msgspec.field(name="MaskedPan", default="")
    payment_brand: str = ""


class PaymentInstrumentData(_Record, frozen=True):
    """What was paid with."""

    card_data: CardData | None = None


class PaymentAcquirerData(_Record, frozen=True):
    """What the acquirer said."""

    approval_code: str = ""


class PaymentResult(_Record, frozen=True):
    """What was charged, to what, and who approved it."""

    amounts_resp: AmountsResp | None = None
    payment_instrument_data: PaymentInstrumentData | None = None
    payment_acquirer_data: PaymentAcquirerData | None = None


class PaymentReceipt(_Silent, frozen=True):
    """A receipt to be printed: `CashierReceipt` or `CustomerReceipt`. Adyen's texts are form-encoded fields."""

    document_qualifier: str = ""
    output_content: OutputContent | None = None


class PaymentResponse(_Record, frozen=True):
    """What became of a payment."""

    response: Response
    poi_data: PoiData | None = msgspec.field(name="POIData", default=None)
    sale_data: SaleData | None = None
    payment_result: PaymentResult | None = None
    payment_receipt: list[PaymentReceipt] = []


class ReversalResponse(_Record, frozen=True):
    """What became of a reversal. No amount means: all of it."""

    response: Response
    reversed_amount: Decimal | None = None


class RepeatedBody(_Record, frozen=True):
    """The body of an earlier response."""

    payment_response: PaymentResponse | None = None
    reversal_response: ReversalResponse | None = None


class RepeatedMessageResponse(_Record, frozen=True):
    """An earlier response, said again."""

    message_header: MessageHeader
    repeated_response_message_body: RepeatedBody


class TransactionStatusResponse(_Record, frozen=True):
    """Success: the earlier response. Failure: `InProgress`, `NotFound` or why it cannot be told."""

    response: Response
    message_reference: MessageReference | None = None
    repeated_message_response: RepeatedMessageResponse | None = None


class PoiStatus(_Record, frozen=True):
    """How a terminal is. `global_status`: OK, Busy, Maintenance, Unreachable."""

    global_status: str = ""
    communication_ok_flag: bool | None = msgspec.field(name="CommunicationOKFlag", default=None)
    printer_status: str = ""


class HostStatus(_Record, frozen=True):
    """Whether Adyen's platform can be reached."""

    is_reachable_flag: bool | None = None


class DiagnosisResponse(_Record, frozen=True):
    """How a terminal is."""

    response: Response
    poi_status: PoiStatus | None = msgspec.field(name="POIStatus", default=None)
    host_status: list[HostStatus] = []


class OutputResult(_Record, frozen=True):
    """What became of one output."""

    response: Response


class DisplayResponse(_Record, frozen=True):
    """What became of what was to be shown."""

    output_result: list[OutputResult] = []


class PrintResponse(_Record, frozen=True):
    """What became of what was to be printed."""

    response: Response


class EventNotification(_Record, frozen=True):
    """`event_to_notify`: Reject (our message was not taken), BeginMaintenance, Shutdown, ..."""

    event_to_notify: str
    event_details: str = ""
    time_stamp: str = ""


class SecurityTrailer(_Record, frozen=True):
    """How an encrypted message is protected."""

    adyen_crypto_version: int
    key_identifier: str
    key_version: int
    nonce: str
    hmac: str


class Message(_Record, frozen=True):
    """A header and one body, or a header, a blob and its trailer."""

    message_header: MessageHeader
    nexo_blob: str = ""
    security_trailer: SecurityTrailer | None = None
    payment_request: PaymentRequest | None = None
    payment_response: PaymentResponse | None = None
    reversal_request: ReversalRequest | None = None
    reversal_response: ReversalResponse | None = None
    transaction_status_request: TransactionStatusRequest | None = None
    transaction_status_response: TransactionStatusResponse | None = None
    abort_request: AbortRequest | None = None
    diagnosis_request: DiagnosisRequest | None = None
    diagnosis_response: DiagnosisResponse | None = None
    display_request: DisplayRequest | None = None
    display_response: DisplayResponse | None = None
    print_request: PrintRequest | None = None
    print_response: PrintResponse | None = None
    event_notification: EventNotification | None = None


Body = (
    PaymentRequest
    | ReversalRequest
    | TransactionStatusRequest
    | AbortRequest
    | DiagnosisRequest
    | DisplayRequest
    | PrintRequest
)


class Envelope(msgspec.Struct, frozen=True, omit_defaults=True):
    """What goes over the wire: a request or a response."""

    request: Message | None = msgspec.field(name="SaleToPOIRequest", default=None)
    response: Message | None = msgspec.field(name="SaleToPOIResponse", default=None)
