"""A run as JSON, for other programs: one object with a list of lessons, each in the form of results.py."""

import json


def write(runs, path):
    """Writes all lessons' results to the file."""
    text = json.dumps({"lessons": [results.as_json() for results in runs]}, ensure_ascii=False, indent=2)
    path.write_text(text + "\n", encoding="utf-8")
