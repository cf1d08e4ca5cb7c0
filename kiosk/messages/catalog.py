"""The catalog on the wire: rows as JSON lines, cut into zstd chunks that are named by what is in them.

A chunk ends where its rows say so (a row's own checksum), not after a count: one item more or less changes one or two
chunks, and a device fetches only those.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator

import msgspec

from kiosk.domain.basket import Policies
from kiosk.domain.catalog import Catalog, Rules
from kiosk.domain.item import Item, ItemCode, TaxRate
from kiosk.domain.promotion.offers import PriceEntry, Promotion
from kiosk.domain.tax.rules import TaxRule
from kiosk.messages.canonical import digest
from kiosk.messages.compression import CompressionError, compress, decompress
from kiosk.messages.envelope import CatalogHead

# 130 to 260 KiB compressed: these lines, which name every field, shrink to a fifteenth at most.
CHUNK_BYTES = 4_000_000
CHUNK_LIMIT = 8_000_000
CHUNKS_MAX = 8_192
# Past half a chunk, one row in so many ends it.
_CUT_EVERY = 512
_NAME = re.compile("[0-9a-f]{64}")
_MAKE_AGAIN = "Import the catalog again at headquarters and publish it."


class CatalogError(Exception):
    """A catalog or a piece of one cannot be used; says what is wrong and what to do."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(f"{message} {remedy}")
        self.message = message
        self.remedy = remedy


class ItemRow(msgspec.Struct, frozen=True, kw_only=True, tag="item", omit_defaults=True):
    """An item with the codes that lead to it."""

    item: Item
    codes: tuple[ItemCode, ...] = ()


class TaxRateRow(msgspec.Struct, frozen=True, kw_only=True, tag="tax_rate"):
    """A tax rate that items name by its code."""

    rate: TaxRate


class PromotionRow(msgspec.Struct, frozen=True, kw_only=True, tag="promotion"):
    """A promotion."""

    promotion: Promotion


class PriceRow(msgspec.Struct, frozen=True, kw_only=True, tag="price"):
    """A price in a scope: future-dated, flash, of a group."""

    price: PriceEntry


class TaxRuleRow(msgspec.Struct, frozen=True, kw_only=True, tag="tax_rule"):
    """A tax rule."""

    rule: TaxRule


class PoliciesRow(msgspec.Struct, frozen=True, kw_only=True, tag="policies"):
    """How this retailer counts; once in a catalog, or not at all."""

    policies: Policies


RuleRow = PromotionRow | PriceRow | TaxRuleRow | PoliciesRow
CatalogRow = ItemRow | TaxRateRow | RuleRow


def catalog_digest(chunks: tuple[str, ...]) -> str:
    """What `CatalogHead.digest` is: SHA-256 over the chunk names, one after the other."""
    return digest("".join(chunks).encode())


def encode_chunks(catalog: Catalog, chunk_bytes: int = CHUNK_BYTES) -> tuple[CatalogHead, dict[str, bytes]]:
    """The head and the chunks of a catalog, name -> zstd bytes; the same catalog always gives the same chunks.

    `chunk_bytes` is the most that a chunk holds before compression. `CatalogError` where a code leads to no item.
    """
    chunks: dict[str, bytes] = {}
    names: list[str] = []
    for lines in _cut(_lines(catalog), min(chunk_bytes, CHUNK_LIMIT)):
        chunk = compress(lines)
        names.append(digest(chunk))
        chunks[names[-1]] = chunk
    if len(names) > CHUNKS_MAX:
        raise CatalogError(f"The catalog takes {len(names)} chunks, more than {CHUNKS_MAX}.", "Make the chunks larger.")
    head = CatalogHead(
        version=catalog.version,
        currency=catalog.currency,
        items=len(catalog.items),
        chunks=tuple(names),
        digest=catalog_digest(tuple(names)),
    )
    return head, chunks


def decode_chunk(chunk: bytes, limit: int = CHUNK_LIMIT) -> tuple[CatalogRow, ...]:
    """The rows of a chunk; `CatalogError` where it is damaged, unreadable or larger than `limit` when unpacked."""
    try:
        lines = decompress(chunk, limit)
    except CompressionError as error:
        raise CatalogError(f"A catalog chunk cannot be unpacked. {error.message}", _MAKE_AGAIN) from error
    decoder = msgspec.json.Decoder(ItemRow | TaxRateRow | PromotionRow | PriceRow | TaxRuleRow | PoliciesRow)
    try:
        return tuple(decoder.decode_lines(lines))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CatalogError(f"A catalog row cannot be read: {error}.", _MAKE_AGAIN) from error


def check_head(head: CatalogHead) -> None:
    """`CatalogError` where a head contradicts itself: names that are no SHA-256, too many, or another digest."""
    if len(head.chunks) > CHUNKS_MAX:
        raise CatalogError(
            f"Catalog {head.version} names {len(head.chunks)} chunks, more than {CHUNKS_MAX}.", _MAKE_AGAIN
        )
    if not all(_NAME.fullmatch(name) for name in head.chunks):
        raise CatalogError(f"Catalog {head.version} names a chunk by something that is no SHA-256.", _MAKE_AGAIN)
    if catalog_digest(head.chunks) != head.digest:
        raise CatalogError(f"The digest of catalog {head.version} does not fit its chunks.", _MAKE_AGAIN)


def _lines(catalog: Catalog) -> Iterator[bytes]:
    encoder = msgspec.json.Encoder(order="deterministic")
    codes: dict[str, list[ItemCode]] = {}
    for code in sorted(catalog.codes, key=lambda code: (code.kind, code.code)):
        codes.setdefault(code.sku, []).append(code)
    for rate in sorted(catalog.tax_rates, key=lambda rate: rate.code):
        yield encoder.encode(TaxRateRow(rate=rate)) + b"\n"
    for row in rule_rows(catalog.rules):
        yield encoder.encode(row) + b"\n"
    for item in sorted(catalog.items, key=lambda item: item.sku):
        yield encoder.encode(ItemRow(item=item, codes=tuple(codes.pop(item.sku, ())))) + b"\n"
    if codes:
        sku, orphans = next(iter(codes.items()))
        raise CatalogError(
            f"Code {orphans[0].code} leads to item {sku!r}, which the catalog does not hold.",
            "Remove the code or add the item.",
        )


def rule_rows(rules: Rules) -> Iterator[RuleRow]:
    """The rows of a catalog's rules, in an order of their own."""
    if rules.policies != Policies():
        yield PoliciesRow(policies=rules.policies)
    for rule in sorted(rules.tax_rules, key=lambda rule: rule.key):
        yield TaxRuleRow(rule=rule)
    for price in sorted(rules.prices, key=lambda price: price.id):
        yield PriceRow(price=price)
    for promotion in sorted(rules.promotions, key=lambda promotion: promotion.id):
        yield PromotionRow(promotion=promotion)


def rules_of(rows: Iterable[CatalogRow]) -> Rules:
    """The rules that rows make; rows of goods and tax rates are passed over."""
    found = list(rows)
    policies = [row.policies for row in found if isinstance(row, PoliciesRow)]
    return Rules(
        promotions=tuple(row.promotion for row in found if isinstance(row, PromotionRow)),
        prices=tuple(row.price for row in found if isinstance(row, PriceRow)),
        tax_rules=tuple(row.rule for row in found if isinstance(row, TaxRuleRow)),
        policies=policies[0] if policies else Policies(),
    )


def decode_rule(record: str) -> RuleRow:
    """A row of a rule, as kept in a database."""
    return msgspec.json.decode(record, type=PromotionRow | PriceRow | TaxRuleRow | PoliciesRow)


def _cut(lines: Iterator[bytes], chunk_bytes: int) -> Iterator[bytes]:
    piece = bytearray()
    for line in lines:
        if piece and len(piece) + len(line) > chunk_bytes:
            yield bytes(piece)
            piece.clear()
        piece += line
        if len(piece) > chunk_bytes // 2 and zlib.crc32(line) % _CUT_EVERY == 0:
            yield bytes(piece)
            piece.clear()
    if piece:
        yield bytes(piece)
