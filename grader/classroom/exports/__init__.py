"""What is made of the rows for other programs: one file each, with `write(rows, course, lessons, path)`.

A row that has no points yet is never a zero there. `write` gives back what it had to leave out, as
(row, why); it raises WrongUse if the file cannot be written.
"""
