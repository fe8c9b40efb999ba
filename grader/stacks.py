"""Where threads stand: reads what Python's faulthandler writes. It asks no process."""

import re
from dataclasses import dataclass, field

from grader.results import Frame


@dataclass
class Stack:
    """Where one thread stands: its frames, innermost first."""

    name: str
    frames: list[Frame] = field(default_factory=list)


def read_stacks(text):
    """Reads what faulthandler writes: a head for each thread, then its frames, innermost first."""
    stacks = []
    for line in text.splitlines():
        if head := re.match(r"(?:Current t|T)hread 0x\w+(?: \[(.*)\])?", line):
            stacks.append(Stack(head[1] or ""))
        elif (frame := re.match(r'  File "(.*)", line (\d{1,9}) in (.*)', line)) and stacks:
            stacks[-1].frames.append(Frame(frame[1], int(frame[2]), frame[3]))
    return stacks
