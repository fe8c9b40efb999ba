"""Some text, some bytes: random for each run, and the same again for the same seed."""

import random

RUSSIAN = "привет чат сокет поток байт Алиса Боб сеть очередь эхо".split()
WORDS = (
    "hello socket thread byte alice bob tide lantern river compass héllo naïve 你好 さようなら γειά 🙂 🚀"
).split()
LETTERS = b"abcdefghijklmnopqrstuvwxyz0123456789"


class Some:
    """Random material; each check has its own, so that one check does not change another's."""

    def __init__(self, seed, check):
        self._random = random.Random(f"{seed}:{check}")

    def text(self):
        """A few words in several scripts and a number that makes them one of a kind."""
        words = " ".join([self._random.choice(RUSSIAN), *self._random.choices(WORDS, k=2)])
        return f"{words} {self._random.randrange(10**6):06}"

    def texts(self, count):
        return [self.text() for _ in range(count)]

    def bytes(self, size):
        """Any bytes at all but `~`, which people in a Room need for themselves."""
        return self._random.randbytes(size).replace(b"~", b"\xff")

    def letters(self, size):
        """Letters and digits, without any blank."""
        return bytes(self._random.choices(LETTERS, k=size))

    def capitals(self, size):
        return bytes(self._random.choices(LETTERS[:26].upper(), k=size))

    def all_byte_values(self):
        """All 256, mixed, with blanks at both ends for those who strip."""
        values = [value for value in range(256) if value not in b"\n "]
        self._random.shuffle(values)
        return b"\n" + bytes(values) + b" "

    def bytes_of(self, data):
        return [bytes([byte]) for byte in data]

    def numbered(self, count):
        """So many chunks of a hundred bytes, each of which says its number."""
        return [f"[{number:.<98}]".encode() for number in range(count)]
