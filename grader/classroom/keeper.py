"""What is kept of one submission: regular files of allowed kinds and names, if they are few and small.

A program is kept whole or not at all: a Python file that cannot be taken is the reason why the submission
is not. Any other file is left out, with a note.
"""

import shutil

from grader.classroom.archives import is_archive
from grader.classroom.entries import FILE, FOLDER, LINK, MB, ONE, UNREADABLE, too_many
from grader.classroom.names import Refused, Unfit, check, folded, is_left_aside, parts_of, shown
from grader.words import _, _n, all_of

KINDS = {"py", "txt", "md", "toml", "json", "cfg", "ini"}  # what a chat is made of, and may read
FILES, WHOLE, EACH = 500, 20 * MB, 2 * MB  # a clone of this course: 300 files, 3 MB, the largest of 0.1 MB
NOTES = 5  # more of them are counted


class Keeper:
    """Takes a submission's entries one by one into its folder.

    `archive` is where an archive is put that is found among them; without it, archives are left out.
    Raises OSError if the folder cannot be written, as on a full disk.
    """

    def __init__(self, folder, archive=None):
        self.folder, self.archive, self.archives = folder, archive, []
        self.programs, self._entries, self._files, self._bytes = 0, 0, 0, 0
        self._seen, self._notes, self._more, self._others = {}, [], 0, 0

    def take(self, name, entry):
        """Keeps the entry under this path, or leaves it out. Raises Refused if that spoils the whole."""
        self._entries += 1
        if self._entries > ONE.entries:
            raise too_many(ONE)
        parts = parts_of(name)
        if not parts or is_left_aside(parts) or entry.kind == FOLDER:
            return
        if entry.kind == UNREADABLE:
            raise Refused(entry.why)
        try:
            self._keep_or_not(parts, entry)
        except Unfit as problem:
            if kind_of(parts) == "py":
                raise
            self._note(problem.args[0])

    def is_packed(self):
        """Whether one archive is all there is of a program."""
        return not self.programs and len(self.archives) == 1

    def discard(self):
        """Nothing is kept of it."""
        if self.folder.exists():
            shutil.rmtree(self.folder)

    def notes(self):
        """What was left out, as sentences."""
        notes, more, others = list(self._notes), self._more, self._others + len(self.archives)
        if more:
            notes.append(_n("{count} more was left out.", "{count} more were left out.", more))
        if others:
            notes.append(_n("{count} other file was left out.", "{count} other files were left out.", others))
        return notes

    def lacking(self):
        """Why there is no program in it, as a sentence; None if there is one."""
        if self.programs:
            return None
        if len(self.archives) > 1:
            names = all_of(self.archives[:NOTES])
            return _("There is no program in it, but several archives: {names}.", names=names)
        if self._notes and self._entries == 1:
            return self._notes[0]
        if self._notes:
            return _("There is no Python file in it. {note}", note=self._notes[0])
        if not self._seen and not self._others:
            return _("It is empty.")
        return _("There is no Python file in it.")

    def _keep_or_not(self, parts, entry):
        if entry.kind == FILE and kind_of(parts) not in KINDS:
            self._leave_out(parts, entry)
            return
        check(parts)  # first, for it bounds what is remembered of them
        self._claim(parts)
        if entry.kind != FILE:
            raise Unfit(no_file(parts, entry))
        self._keep(parts, entry)

    def _leave_out(self, parts, entry):
        """This is no file of a program; but an archive may be all that there is."""
        if not self.archive or not is_archive(parts[-1]):
            self._others += 1
            return
        if not self.archives:
            write(self.archive, limited(entry.pieces(), WHOLE, too_large(parts, WHOLE)))
        self.archives.append(shown(parts[-1]))

    def _claim(self, parts):
        """Raises Refused if there is such a file already, also by upper and lower case."""
        path = "/".join(parts)
        for depth in range(1, len(parts)):
            folder = "/".join(parts[:depth]) + "/"
            other = self._seen.setdefault(folded(folder[:-1]), folder)
            if other != folder:
                raise clash(folder, other)
        if folded(path) in self._seen:
            raise clash(path, self._seen[folded(path)])
        self._seen[folded(path)] = path

    def _keep(self, parts, entry):
        self._files += 1
        if self._files > FILES:
            raise Refused(_("There are more than {count} files in it.", count=FILES))
        pieces = limited(self._counted(entry.pieces()), EACH, too_large(parts, EACH))
        write(self.folder.joinpath(*parts), pieces)
        self.programs += kind_of(parts) == "py"

    def _counted(self, pieces):
        """All that is read counts, also of a file that is then left out."""
        for piece in pieces:
            self._bytes += len(piece)
            if self._bytes > WHOLE:
                raise Refused(_("There are more than {count} MB in it.", count=WHOLE // MB))
            yield piece

    def _note(self, sentence):
        if len(self._notes) < NOTES:
            self._notes.append(sentence)
        else:
            self._more += 1


def kind_of(parts):
    return parts[-1].rpartition(".")[2].lower()


def no_file(parts, entry):
    name = shown("/".join(parts))
    if entry.kind == LINK:
        return _("{name} is a link.", name=name)
    return _("{name} is no regular file.", name=name)


def too_large(parts, most):
    return Unfit(_("{name} is larger than {count} MB.", name=shown("/".join(parts)), count=most // MB))


def clash(path, other):
    if path == other:
        return Refused(_("{name} is in it twice.", name=shown(path)))
    return Refused(_("{name} and {other} could be the same file.", name=shown(path), other=shown(other)))


def limited(pieces, most, problem):
    """The pieces. Raises the problem as soon as they are more bytes than that."""
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > most:
            raise problem
        yield piece


def write(path, pieces):
    """A new file of these pieces; what cannot be taken to its end is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        try:
            for piece in pieces:
                file.write(piece)
        except Unfit:
            path.unlink()
            raise
