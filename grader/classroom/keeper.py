"""What is kept of one submission: regular files of allowed kinds and names, as long as they are few and small.

A program is kept whole or not at all: a Python file that cannot be taken is the reason why the submission
is not. Any other file is left out, with a note.
"""

import contextlib
from pathlib import PurePath

from grader.classroom.archives import is_archive
from grader.classroom.entries import FILE, FOLDER, LINK, MB, UNREADABLE, ONE, too_many
from grader.classroom.names import Refused, Unfit, check, folded, is_left_aside, parts_of, shown
from grader.words import _, _n

KINDS = {".py", ".txt", ".md", ".toml", ".json", ".cfg", ".ini"}  # what a chat is made of and may read
PROGRAM = ".py"
FILES, WHOLE, EACH = 500, 20 * MB, 2 * MB  # a clone of this course has 300 such files, the largest of 40 kB
NOTES = 5  # more are counted


class Keeper:
    """Takes a submission's entries one by one into its folder.

    `archive` is where an archive that is found among them is put, or None if there is no use for one.
    """

    def __init__(self, folder, archive=None):
        self.folder, self.archive = folder, archive
        self.archives, self.entries, self.programs = [], 0, 0
        self._seen, self._files, self._bytes = {}, 0, 0
        self._notes, self._others = [], 0

    def take(self, name, entry):
        """Keeps the entry under this path, or leaves it out. Raises Refused if that spoils the whole."""
        self.entries += 1
        if self.entries > ONE.entries:
            raise too_many(ONE)
        parts = parts_of(name)
        if not parts or is_left_aside(parts) or entry.kind == FOLDER:
            return
        if entry.kind == UNREADABLE:
            raise Refused(entry.why)
        if entry.kind == FILE and suffix(parts) not in KINDS:
            self._leave_out(parts, entry)
        else:
            self._try(parts, entry)

    def notes(self):
        """What was left out, as sentences."""
        notes, more = self._notes[:NOTES], len(self._notes) - NOTES
        if more > 0:
            notes.append(_n("{count} more was left out.", "{count} more were left out.", more))
        if self._others:
            what = (
                "{count} file that no chat needs was left out.",
                "{count} files that no chat needs were left out.",
            )
            notes.append(_n(*what, self._others))
        return notes

    def _leave_out(self, parts, entry):
        """Not a file of a program; but an archive may be all that there is."""
        if not self.archive or not is_archive(parts[-1]):
            self._others += 1
            return
        self.archives.append(shown(parts[-1]))
        if len(self.archives) == 1:
            self._write(self.archive, entry, WHOLE, parts)

    def _try(self, parts, entry):
        try:
            self._claim(parts)
            refuse_what_is_no_file(parts, entry)
            check(parts)
            self._keep(parts, entry)
        except Unfit as problem:
            if suffix(parts) == PROGRAM:
                raise
            self._notes.append(problem.args[0])
