"""Some text, some bytes: random for each run, and the same again for the same seed."""

import random
import unicodedata

RUSSIAN = "привет чат сокет поток байт Алиса Боб сеть очередь эхо".split()
WORDS = (
    "hello socket thread byte alice bob tide lantern river compass héllo naïve 你好 さようなら γειά 🙂 🚀"
).split()
BRACES, PERCENTS = "{name} {0} {}".split(), "%s %d 100%".split()  # what a template would fill in
ODD = "\\n <b> $1 &".split()
NAMES = {
    "alice": "alice Alicja Алиса alice_ Ἀλίκη".split(),
    "bob": "bob Боб bob- Robert 鲍勃".split(),
    "carol": "carol Каролина Carol Karola 卡罗尔".split(),
    "dora": "dora Дора Dorothea dora_x".split(),
}
FOLDED = "Zoë Алёна Μαρία José Ксёнз".split()  # in which case or form makes a difference
BAD_NAMES = [
    "two words",
    "a:b",
    "a\tb",
    "(bob)",
    "* bob",
    "! bob",
    "bob🙂",
    "a.b",
    "боб@",
    "x" * 15,
    "я" * 15,
]
BAD_NAMES += ["a\u202eb", "a\u200bb", "a\x07b", "a\x1b[31mb", "bob\u2028", "a\x00b", "a\ufeffb"]
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

    def name(self, role):
        """A name that suits the role and is nobody else's, in one script or another."""
        known = NAMES.get(role, [role])
        return f"{self._random.choice(known)}{self._random.randrange(10, 100)}"

    def name_and_lookalikes(self):
        """A name, and the same one in other cases and forms (Unicode Standard, sections 3.11 and 3.13)."""
        number = self._random.randrange(10, 100)
        name = f"{self._random.choice(FOLDED)}ß{number}"  # ß folds to ss, and lower() leaves it alone
        forms = [name, name.swapcase(), name.upper(), name.casefold()]
        return name, [*forms, *(unicodedata.normalize("NFD", form) for form in forms)]

    def names_out_of_order(self):
        """Three names that come neither in the order of the alphabet nor in that of their code points."""
        return [f"{name}{self._random.randrange(10, 100)}" for name in ("боб", "alice", "Zoë")]

    def longest_name(self):
        """Sixteen letters; and the same with each accent written as a character of its own."""
        name = "".join(self._random.choices("йёЙЁéüñçå", k=16))
        return name, unicodedata.normalize("NFD", name)

    def bad_names(self, count):
        """So many that are no names: too long, with blanks, signs, or what is not seen."""
        number = self.digits(2)
        return [f"{bad}{number}" for bad in self._random.sample(BAD_NAMES, k=count)]

    def odd_text(self):
        """A text with what a program that fills in templates would take for its own; and blanks."""
        words = [self._random.choice(kind) for kind in (BRACES, PERCENTS)] + self._random.sample(ODD, k=2)
        self._random.shuffle(words)
        return f"{'  '.join(words)} {self.text()}  "

    def short_lines(self, count):
        """So many lines of ten bytes, with the newline."""
        return [f"{number:09}" for number in range(count)]

    def bytes(self, size):
        """Any bytes at all but `~`, which people in a Room need for themselves."""
        return self._random.randbytes(size).replace(b"~", b"\xff")

    def digits(self, size):
        return "".join(self._random.choices("0123456789", k=size))

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
