"""These are checks of a student's program: checker.py runs them, and plain pytest passes them by."""


def pytest_ignore_collect(collection_path):
    return collection_path.name.startswith("test_") or None


def pytest_report_header():
    return "tests/lessons: run these with python checker.py all --program solutions"
