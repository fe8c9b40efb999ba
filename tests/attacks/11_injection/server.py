"""Serves badly, beside files that would make pytest call that a success if it ever saw them."""

print("listening on 127.0.0.1:12413")
