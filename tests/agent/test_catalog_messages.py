"""The catalog on the wire: the same catalog, the same chunks; and no chunk can do harm."""

from __future__ import annotations

from dataclasses import replace

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.catalog import Catalog
from kiosk.domain.item import CodeKind, Component, Item, ItemCode, TaxRate, Unit
from kiosk.messages.catalog import (
    CHUNK_LIMIT,
    CatalogError,
    CatalogRow,
    ItemRow,
    TaxRateRow,
    catalog_digest,
    check_head,
    decode_chunk,
    encode_chunks,
)
from kiosk.messages.compression import CompressionError, compress, decompress

texts = st.text(max_size=20)
items = st.builds(
    Item,
    sku=st.from_regex("[a-z0-9]{1,6}", fullmatch=True),
    name=texts,
    department=texts,
    price_minor=st.integers(0, 10**9),
    unit=st.sampled_from(Unit),
    tax_code=texts,
    components=st.lists(st.builds(Component, sku=texts, quantity=st.integers(1, 9)), max_size=2).map(tuple),
    colour=texts,
    by_sight=st.booleans(),
)
catalogs = st.builds(
    Catalog,
    version=st.integers(1, 10**6),
    currency=st.just("EUR"),
    tax_rates=st.lists(
        st.builds(TaxRate, code=texts, rate_ppm=st.integers(0, 9999), name=texts), unique_by=lambda rate: rate.code
    ).map(tuple),
    items=st.lists(items, unique_by=lambda item: item.sku).map(tuple),
    codes=st.just(()),
)


def rows_of(chunks: list[bytes]) -> list[CatalogRow]:
    return [row for chunk in chunks for row in decode_chunk(chunk)]


@given(catalogs, st.integers(1, 2_000), st.randoms())
def test_what_is_encoded_comes_back_whatever_the_order_and_the_size(
    catalog: Catalog, chunk_bytes: int, random: object
) -> None:
    head, chunks = encode_chunks(catalog, chunk_bytes)
    check_head(head)
    assert head.items == len(catalog.items)
    rows = rows_of([chunks[name] for name in head.chunks])
    assert {row.rate for row in rows if isinstance(row, TaxRateRow)} == set(catalog.tax_rates)
    assert {row.item for row in rows if isinstance(row, ItemRow)} == set(catalog.items)
    assert len(rows) == len(catalog.items) + len(catalog.tax_rates)
    mixed = list(catalog.items)
    random.shuffle(mixed)  # type: ignore[attr-defined] # hypothesis' Random has no public type
    assert encode_chunks(replace(catalog, items=tuple(mixed)), chunk_bytes) == (head, chunks)


def test_one_item_more_or_less_changes_few_chunks() -> None:
    goods = tuple(Item(f"{n:05d}", f"Good {n}", "D", 100, Unit.EACH, "S") for n in range(20_000))
    whole = encode_chunks(Catalog(1, "EUR", (), goods, ()), 250_000)[0]
    less = encode_chunks(Catalog(2, "EUR", (), goods[:50] + goods[51:], ()), 250_000)[0]
    assert len(whole.chunks) > 20
    assert len(set(less.chunks) - set(whole.chunks)) <= 2


def test_a_code_without_an_item_is_said() -> None:
    with pytest.raises(CatalogError, match=r"Code 12345 leads to item 'gone'") as caught:
        encode_chunks(Catalog(1, "EUR", (), (), (ItemCode("12345", "gone", kind=CodeKind.RCN),)))
    assert caught.value.remedy


def test_an_empty_catalog_has_no_chunks() -> None:
    head, chunks = encode_chunks(Catalog(1, "EUR", (), (), ()))
    assert (head.chunks, chunks, head.digest) == ((), {}, catalog_digest(()))


@pytest.mark.parametrize(
    ("chunk", "said"),
    [
        (b"", "unpacked"),
        (b"plain text", "no zstd frame"),
        (compress(b"{}\n" * 1000)[:-5], "unpacked"),
        (compress(b" " * (CHUNK_LIMIT + 1)), "more than the limit"),
        (zstandard.ZstdCompressor(write_content_size=False).compress(b"x" * 100), "how large"),
        (compress(b"not json\n"), "cannot be read"),
        (compress(b'{"type":"coupon"}\n'), "cannot be read"),
        (compress(b'{"type":"item","item":{"sku":"1"}}\n'), "cannot be read"),
        (compress(b'{"type":"item","item":{"sku":"1","name":"n","department":"d","price_minor":1.5}}'), "cannot"),
        (compress(b'"\xff\xfe"\n'), "cannot be read"),
        (compress(b"[" * 5_000), "cannot be read"),
    ],
)
def test_a_chunk_that_is_none_is_refused_with_a_reason(chunk: bytes, said: str) -> None:
    with pytest.raises(CatalogError, match=said) as caught:
        decode_chunk(chunk)
    assert caught.value.remedy


@given(st.binary(max_size=300))
def test_no_bytes_do_anything_but_be_refused(data: bytes) -> None:
    with pytest.raises(CompressionError):
        decompress(data, 1_000)


@given(st.binary(max_size=3_000))
def test_compression_gives_back_what_went_in(data: bytes) -> None:
    assert decompress(compress(data), 3_000) == data
