"""zstd with a limit on what comes out, so that no message can fill the memory of its reader."""

from __future__ import annotations

import io

import zstandard

LEVEL = 6


class CompressionError(Exception):
    """A compressed payload cannot be used; says what is wrong and what to do."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(f"{message} {remedy}")
        self.message = message
        self.remedy = remedy


def compress(data: bytes) -> bytes:
    """One zstd frame that names its size (RFC 8878, Frame_Content_Size)."""
    return zstandard.ZstdCompressor(level=LEVEL, write_content_size=True).compress(data)


def decompress(payload: bytes, limit: int) -> bytes:
    """The content of one zstd frame of at most `limit` bytes; `CompressionError` for anything else.

    The announced size is checked before a byte is unpacked, and the real one against it.
    """
    remedy = "Send one whole zstd frame with its content size, within the limit."
    try:
        size = zstandard.frame_content_size(payload)
        if size < 0:
            raise CompressionError("The payload does not say how large it is.", remedy)
        if size > limit:
            raise CompressionError(f"The payload holds {size} bytes, more than the limit of {limit}.", remedy)
        with zstandard.ZstdDecompressor().stream_reader(io.BytesIO(payload)) as reader:
            data = reader.read(size + 1)
    except zstandard.ZstdError as error:
        raise CompressionError(f"The payload is no zstd frame: {error}.", remedy) from error
    if len(data) != size:
        raise CompressionError(f"The payload is cut short: {len(data)} of {size} bytes.", remedy)
    return data
