"""What stands on a display after a stream of bytes: the other side of `commands`, for simulated displays and tests.

Shares nothing with the encoder. Source: the command lists that `commands` cites.
"""

from __future__ import annotations

from drivers.display.cells import CodePage, shown
from drivers.display.commands import ModelName

_ESC, _US, _CR, _CLR, _CAN = 0x1B, 0x1F, 0x0D, 0x0C, 0x18
# Arguments of the commands that are skipped or obeyed, by model.
_ARGUMENTS: dict[tuple[int, int], int] = {
    **{(_ESC, code): 0 for code in b"@\x11\x12\x13"},
    **{(_ESC, code): 1 for code in b"=*_fctR%?"},
    (_ESC, ord("l")): 2,
    **{(_US, code): 0 for code in b"\x01\x02\x03B@\x0a\x0d"},
    **{(_US, code): 1 for code in b"CXErvT"},
    (_US, ord("$")): 2,
}


class Screen:
    """Two lines of `columns` cells. Bytes in any pieces; never raises.

    `leaked` counts control bytes that are no command here: on a real display each shows as junk or does something else.
    `to_printer` is what passed through while the printer was selected.
    """

    def __init__(self, model: ModelName, columns: int = 20, *, selected: bool = True) -> None:
        self._model = model
        self._columns = columns
        self._wait = bytearray()
        self._power_on = selected
        self.reset()

    def reset(self) -> None:
        """As after power was switched on."""
        self._cells = [bytearray(b" " * self._columns) for _ in range(2)]
        self._row = self._column = 0
        self._string: int | None = None
        self._string_at = 0
        self._string_mode = False
        self._wait.clear()
        self._selected = self._power_on
        self.brightness = 4
        self.leaked = 0
        self.ignored = 0
        self.to_printer = bytearray()

    def lines(self, code_page: CodePage = "cp437") -> tuple[str, str]:
        """What stands on the upper and on the lower line, spaces at the end included."""
        return shown(bytes(self._cells[0]), code_page), shown(bytes(self._cells[1]), code_page)

    def feed(self, data: bytes) -> None:
        """Take in what comes over the line."""
        for byte in data:
            self._byte(byte)

    def _byte(self, byte: int) -> None:
        if self._string is not None:
            self._in_string(byte)
        elif self._wait:
            self._wait.append(byte)
            self._complete()
        elif byte in (_ESC, _US):
            self._wait.append(byte)
        else:
            self._plain(byte)

    def _complete(self) -> None:
        lead, code = self._wait[0], self._wait[1]
        if self._model == "cd5220" and (lead, code) == (_ESC, ord("Q")):
            if len(self._wait) == 3:
                self._begin_string(self._wait[2])
            return
        count = _ARGUMENTS.get((lead, code))
        if count is None:
            self.leaked += 1
            self._wait.clear()
        elif len(self._wait) == 2 + count:
            command, arguments = (lead, code), bytes(self._wait[2:])
            whole = bytes(self._wait)
            self._wait.clear()
            self._obey(command, arguments, whole)

    def _obey(self, command: tuple[int, int], arguments: bytes, whole: bytes) -> None:
        if self._string_mode:
            # Only CLR and CAN leave it (CD5220).
            self.ignored += 1
            return
        if command == (_ESC, ord("=")):
            self._selected = bool(arguments[0] & 2)
            return
        if not self._selected:
            self.to_printer += whole
            return
        moves = {"cd5220": (_ESC, ord("l")), "epson_dmd": (_US, ord("$"))}
        brights = {"cd5220": (_ESC, ord("*")), "epson_dmd": (_US, ord("X"))}
        if command == moves[self._model] and 1 <= arguments[0] <= self._columns and arguments[1] in (1, 2):
            self._column, self._row = arguments[0] - 1, arguments[1] - 1
        elif command == brights[self._model]:
            self.brightness = arguments[0]
        elif command == (_ESC, ord("@")):
            self._clear()
        elif command[0] == _US and self._model == "cd5220":
            self.leaked += 1

    def _begin_string(self, which: int) -> None:
        self._wait.clear()
        if which in b"AB" and self._selected:
            self._string = which - ord("A")
            self._string_at = 0
            self._string_mode = True
            self._cells[self._string][:] = b" " * self._columns
        else:
            self.leaked += 1

    def _in_string(self, byte: int) -> None:
        if byte == _CR:
            self._string = None
        elif byte < 0x20:
            self.leaked += 1
        elif self._string is not None and self._string_at < self._columns:
            self._cells[self._string][self._string_at] = byte
            self._string_at += 1
        else:
            self.ignored += 1

    def _plain(self, byte: int) -> None:
        if not self._selected:
            self.to_printer.append(byte)
        elif byte == _CLR:
            self._clear()
        elif byte == _CAN:
            self._cells[self._row][:] = b" " * self._columns
            self._string_mode = False
        elif byte < 0x20:
            self.leaked += 1
        elif self._string_mode:
            self.ignored += 1
        else:
            self._write(byte)

    def _write(self, byte: int) -> None:
        """Overwrite mode: after the last cell of a line comes the first of the other."""
        self._cells[self._row][self._column] = byte
        self._column += 1
        if self._column == self._columns:
            self._column, self._row = 0, 1 - self._row

    def _clear(self) -> None:
        for row in self._cells:
            row[:] = b" " * self._columns
        self._row = self._column = 0
        self._string_mode = False
