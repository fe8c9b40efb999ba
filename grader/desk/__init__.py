"""The student's desk: where am I, what next, hints, a watcher, the starter again, one's own chat alive."""
