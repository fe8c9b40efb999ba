"""The hall: all handlers by number, and a way to reach all but one of them."""

import threading


class Hall:
    def __init__(self):
        self._guard = threading.RLock()
        self._handlers = {}

    def admit(self, handler):
        with self._guard:
            self._handlers[handler.number] = handler

    def dismiss(self, number):
        with self._guard:
            self._handlers.pop(number, None)

    def others(self, number):
        with self._guard:
            return [handler for key, handler in self._handlers.items() if key != number]

    def relay(self, number, data):
        for handler in self.others(number):
            handler.deliver(data)
