"""One caller as a protocol of asyncio: the loop calls it when bytes have come, and when its time is over."""

import asyncio
import contextlib

CHUNK = 16384  # bytes
MAX_LINE = 65536  # bytes, with the newline
LIMIT = 3 * 1024 * 1024  # bytes that may wait for one who does not read, and as many at the transport
GRACE = 1.0  # seconds for one who leaves to read what is due and to hang up


class Person(asyncio.BufferedProtocol):
    def __init__(self, room, idle):
        self.name = None
        self.is_leaving = False
        self.gone = asyncio.get_running_loop().create_future()
        self._room, self._idle = room, idle
        self._chunk = bytearray(CHUNK)  # small, so that nobody keeps the loop busy for long
        self._begun = bytearray()  # of a line that is not whole yet
        self._waiting = bytearray()  # while the transport has something: it does not like many small pieces
        self._is_paused = False
        self._has_ended = False  # nothing more comes
        self._timer = None

    # what the loop calls

    def connection_made(self, transport):
        self._transport = transport
        transport.set_write_buffer_limits(0)  # so it says pause and resume for every byte that waits
        self._stay_awake()
        self._room.enter(self)

    def get_buffer(self, sizehint):
        return self._chunk

    def buffer_updated(self, size):
        if self.is_leaving:
            return
        self._stay_awake()
        self._room.heard += size
        *ends, rest = self._chunk[:size].split(b"\n")
        for end in ends:
            line, self._begun = self._begun + end, bytearray()
            if self._is_too_long(line):
                return
            self._room.hear(self, line.removesuffix(b"\r").decode(errors="replace"))
            if self.is_leaving:
                return
        self._begun += rest
        self._is_too_long(self._begun)

    def eof_received(self):
        self._has_ended = True
        self._room.leave(self)
        self._end_if_all_is_sent()
        return True  # the transport does not close yet

    def pause_writing(self):
        self._is_paused = True

    def resume_writing(self):
        self._is_paused = False
        self._send()
        if self.is_leaving:
            asyncio.get_running_loop().call_soon(self._end_if_all_is_sent)

    def connection_lost(self, error):
        self._room.leave(self)
        self._timer.cancel()
        self._room.forget(self)
        self.gone.set_result(None)

    # what the room calls

    def say(self, line):
        """Never waits. If too much waits already, the connection ends here."""
        if self.is_leaving or self._transport.is_closing():
            return
        self._waiting += f"{line}\n".encode()
        if not self._is_paused:
            self._send()
        elif len(self._waiting) > LIMIT:
            self._transport.abort()

    def hang_up(self):
        """Sends what is due and the end, then waits for the other end to close, all that not for long."""
        self.is_leaving = True
        self._restart_timer(GRACE, self._transport.abort)
        self._end_if_all_is_sent()

    # the rest is its own

    def _send(self):
        data, self._waiting = self._waiting, bytearray()
        self._transport.write(data)

    def _end_if_all_is_sent(self):
        if self._is_paused:
            return
        if self._has_ended:
            self._transport.close()
        else:
            with contextlib.suppress(OSError):  # it is gone, and we shall be told
                self._transport.write_eof()

    def _is_too_long(self, line):
        if len(line) < MAX_LINE:
            return False
        self._room.leave(self, "! line too long")
        return True

    def _stay_awake(self):
        if self._idle is not None:
            self._restart_timer(self._idle, self._room.leave, self, "! idle")

    def _restart_timer(self, seconds, act, *about):
        if self._timer:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, act, *about)
