"""What a file and a key may be called. It opens nothing and knows no archive."""

import hashlib
import re
import unicodedata

from grader.transcript import readable
from grader.words import _

SHOWN = 80  # characters of a name that a sentence says
PART = 100  # characters of one part of a path, and BYTES of it in UTF-8: a file system takes 255
BYTES = 200
FOLDERS = 6  # as deep as a clone of this course in a folder of its own
KEY = 50  # characters of a key: in any script less than 255 bytes, with what is put behind it

# What tools leave beside a program, and what was installed: never a part of it, however much it is.
LEFT_ASIDE = {"__pycache__", "__macosx", "venv", "env", "node_modules", "site-packages"}
# The same beside the submissions. Hidden files are left aside everywhere.
NO_SUBMISSION = {"__macosx", "roster.csv", "desktop.ini", "thumbs.db"}

# Devices on Windows, whatever follows the dot ("Naming Files, Paths, and Namespaces", Microsoft Learn).
RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}


class Refused(Exception):
    """A submission that cannot be taken as a whole; the reason is its only argument, a sentence."""


class Unfit(Refused):
    """One file that cannot be taken. If the program can be whole without it, the rest is taken."""


def shown(name):
    """The name as a sentence may say it, on any terminal; `…` says that it is cut."""
    whole = readable(name)
    return whole if len(whole) <= SHOWN else whole[: SHOWN - 1] + "…"


def parts_of(name):
    """The parts of a path in an archive. Raises Refused if it leads out of the folder."""
    path = unicodedata.normalize("NFC", name.replace("\\", "/"))  # macOS writes й as two characters
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if path.startswith("/") or ".." in parts or re.match("[A-Za-z]:", "".join(parts[:1])):
        raise Refused(_("{name} would lie outside its folder.", name=shown(name)))
    return parts


def is_left_aside(parts):
    return any(part.startswith(".") or part.casefold() in LEFT_ASIDE for part in parts)


def is_no_submission(name):
    """Whether it lies beside the submissions as a tool's; what leads out of the folder has to be said."""
    return (name.startswith(".") and name != "..") or name.casefold() in NO_SUBMISSION


def check(parts):
    """Raises Unfit if a file must not be called so."""
    name = shown("/".join(parts))
    if len(parts) > FOLDERS + 1:
        raise Unfit(_("{name} lies more than {count} folders deep.", name=name, count=FOLDERS))
    if not all(map(is_allowed, parts)):
        raise Unfit(_("{name} is not a name that can be taken.", name=name))


def is_allowed(part):
    """Letters of any script, digits, `.`, `-`, `_` and blanks; nothing that Windows cannot have."""
    return (
        all(char in "._- " or is_letter_or_digit(char) for char in part)
        and part == part.strip(" ").rstrip(".")
        and part.partition(".")[0].strip().casefold() not in RESERVED
        and len(part) <= PART
        and len(part.encode()) <= BYTES
    )


def is_letter_or_digit(char):
    kind = unicodedata.category(char)  # M: marks, without which some scripts cannot be written
    return kind[0] in "LM" or kind == "Nd"


def folded(name):
    """The same for names that are the same file where upper and lower case are one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def keys_of(titles):
    """A key for each title, in order: letters, digits, `-`, `_` and `.`; no two alike, also by case.

    Titles that would have the same key get a part of their digest each, so that none depends on the order.
    """
    plain = [key_of(title) for title in titles]
    alike = [folded(key) for key in plain]
    both = zip(titles, plain, alike, strict=True)
    wanted = [key if alike.count(same) == 1 else f"{key}-{digest(title)}" for title, key, same in both]
    used = set()
    return [unused(key, used) for key in wanted]


def key_of(title):
    text = unicodedata.normalize("NFC", title)
    kept = "".join(char if char in "._-" or is_letter_or_digit(char) else "_" for char in text)
    key = re.sub("_+", "_", kept).strip("._-")[:KEY].rstrip("._-")
    if not key:
        return "student"
    return f"student-{key}" if key.partition(".")[0].casefold() in RESERVED else key


def digest(title):
    return hashlib.sha256(title.encode("utf-8", "surrogateescape")).hexdigest()[:6]


def unused(key, used):
    """The key, with a number if it is used: it may look like another one with a digest."""
    number, other = 1, key
    while folded(other) in used:
        number += 1
        other = f"{key}-{number}"
    used.add(folded(other))
    return other
