"""The two states of a caller. What each line does returns the next state; None is the end."""

import unicodedata

ALLOWED = {"Lu", "Ll", "Lt", "Lm", "Lo", "Nd"}  # letters and decimal digits
MAX_NAME = 16  # characters


class Nameless:
    def __init__(self, caller):
        self.caller = caller

    def hears(self, line):
        if line == "/quit":
            return None
        name = unicodedata.normalize("NFC", line)
        if not is_good(name):
            self.caller.tell("! bad name")
        elif name.casefold() in self.caller.crowd:
            self.caller.tell("! name taken")
        else:
            return Named(self.caller, name).enters()
        return self

    def leaves(self):
        """It was never there."""


def is_good(name):
    signs = {char for char in name if unicodedata.category(char) not in ALLOWED}
    return 1 <= len(name) <= MAX_NAME and signs <= {"_", "-"}


class Named:
    def __init__(self, caller, name):
        self.caller, self.name, self.crowd = caller, name, caller.crowd
        self.commands = {"/who": self.who, "/msg": self.msg, "/quit": self.quit}

    def enters(self):
        self.crowd[self.name.casefold()] = self
        self.tell_others(f"* {self.name} joined")
        return self.who()

    def hears(self, line):
        word, _, rest = line.partition(" ")
        if word.startswith("/"):
            return self.commands.get(word, self.unknown)(rest)
        if line:
            self.tell_others(f"{self.name}: {line}")
        return self

    def who(self, _=""):
        names = sorted(member.name for member in self.crowd.values())
        self.caller.tell(f"* online: {' '.join(names)}")
        return self

    def msg(self, rest):
        name, _, text = rest.partition(" ")
        other = self.crowd.get(unicodedata.normalize("NFC", name).casefold())
        if other:
            other.caller.tell(f"({self.name}) {text}")
        else:
            self.caller.tell("! no such user")
        return self

    def quit(self, _):
        self.leaves()

    def unknown(self, _):
        self.caller.tell("! unknown command")
        return self

    def leaves(self):
        del self.crowd[self.name.casefold()]
        self.tell_others(f"* {self.name} left")

    def tell_others(self, line):
        for member in self.crowd.values():
            if member is not self:
                member.caller.tell(line)
