"""The checker of From Echo to Chat: it runs programs, talks to them, and says what is so."""
