"""Serves badly, beside files that are called as what the grader writes."""

print("listening on 127.0.0.1:12413")
