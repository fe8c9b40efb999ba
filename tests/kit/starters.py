"""Packs the starters of all lessons, from which `checker.py reset` restores them.

python tests/kit/starters.py      after a starter in lessons/ was changed
"""

import sys
from pathlib import Path
from zipfile import ZipFile, ZipInfo

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from grader.desk.reset import STARTERS  # noqa: E402


def starters():
    """The Python files of all lessons, by the names that they have in the archive."""
    files = sorted((ROOT / "lessons").glob("[0-9][0-9]/*.py"))
    return {file.relative_to(ROOT / "lessons").as_posix(): file.read_bytes() for file in files}


if __name__ == "__main__":
    with ZipFile(STARTERS, "w") as archive:
        for name, data in starters().items():
            archive.writestr(ZipInfo(name), data)  # without a date: the same files give the same archive
