"""An outbox: what waits to be sent to one person, so many bytes of it and no more."""

import queue

END = b""  # put at last; what is put after it is forgotten


class Outbox(queue.Queue):
    """A queue whose size is counted in bytes. get() takes all that waits at once; at the end, END."""

    def _init(self, maxsize):
        self._waiting = bytearray()
        self._is_complete = False

    def _qsize(self):
        return len(self._waiting) + self._is_complete

    def _put(self, data):
        if data == END:
            self._is_complete = True
        elif not self._is_complete:
            self._waiting += data

    def _get(self):
        data, self._waiting = self._waiting, bytearray()
        return data
