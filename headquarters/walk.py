"""One batch walked through in order within one commit: booked, known, beyond a gap, or another history."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection, insert

from headquarters import books, quarantine, schema, streams
from headquarters.devices import Device
from headquarters.quarantine import Unbookable
from headquarters.streams import Stream
from headquarters.verification import Genuine


class Walk:
    """One batch walked in order within one commit. After it, `stream` has the new mark."""

    def __init__(self, connection: Connection, device: Device, stream: Stream, at: str) -> None:
        self._connection = connection
        self._device = device
        self._at = at
        self._rows: list[dict[str, object]] = []
        self.stream = stream
        self.forked = False

    def take(self, entries: tuple[Genuine, ...]) -> None:
        """Book what follows the mark; from the first contradiction on, all is kept in quarantine."""
        positions = [genuine.header.position for genuine in entries]
        booked = streams.hashes(self._connection, self.stream, positions[0], min(positions[-1], self.stream.high_water))
        for genuine in entries:
            position = genuine.header.position
            if self.forked:
                self._fork(genuine)
            elif position <= self.stream.high_water:
                self._known(genuine, booked.get(position))
            elif position == self.stream.high_water + 1:
                self._next(genuine)
            # What is beyond a gap is left out: the answer shows the mark, and the device goes back to it.
        if self._rows:
            self._connection.execute(insert(schema.entries), self._rows)

    def _known(self, genuine: Genuine, booked: str | None) -> None:
        if booked == genuine.sealed.hash:
            self.stream = replace(self.stream, duplicates=self.stream.duplicates + 1)
        else:
            self._fork(genuine)

    def _next(self, genuine: Genuine) -> None:
        if genuine.header.previous != self.stream.hash:
            self._fork(genuine)
            return
        sealed = genuine.sealed
        self._rows.append(
            {
                "device": self._device.name,
                "epoch": self.stream.epoch,
                "position": sealed.position,
                "kind": books.kind(genuine),
                "at": genuine.header.at.replace("\0", ""),
                "hash": sealed.hash,
                "signature": sealed.signature,
                "body": sealed.body,
                "received_at": self._at,
            }
        )
        self.stream = self.stream.advanced(sealed.position, sealed.hash)
        unbookable = books.derive(self._connection, self._device, genuine)
        if unbookable is not None:
            quarantine.keep_entry(self._connection, self._device.name, genuine, unbookable, self._at)

    def _fork(self, genuine: Genuine) -> None:
        self.forked = True
        self.stream = replace(self.stream, forked=True)
        detail = f"another history is booked up to position {self.stream.high_water}"
        why = Unbookable("fork", detail, "finance")
        quarantine.keep_entry(self._connection, self._device.name, genuine, why, self._at)
