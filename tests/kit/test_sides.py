"""The student's program and the reference never run at the same time where they share a network."""

import threading
from concurrent.futures import ThreadPoolExecutor

from grader.sides import OURS, THEIRS, Sides
from tests.kit.support import SAFETY


def test_runs_of_one_side_go_on_together():
    sides, both = Sides(), threading.Barrier(2, timeout=SAFETY)

    def run(_):
        with sides.only(THEIRS):
            both.wait()  # breaks if the other one is kept away

    with ThreadPoolExecutor(2) as pool:
        assert len(list(pool.map(run, range(2)))) == 2


def test_the_other_side_waits_and_then_goes_first():
    sides, order = Sides(), []
    ours_waits = threading.Event()

    class Told(threading.Condition):
        def wait_for(self, predicate, timeout=None):
            if not predicate():
                ours_waits.set()
            return super().wait_for(predicate, timeout)

    sides._changed = Told()

    def run(side, name):
        with sides.only(side):
            order.append(name)

    ours = threading.Thread(target=run, args=(OURS, "ours"))
    late = threading.Thread(target=run, args=(THEIRS, "theirs, later"))
    with sides.only(THEIRS):
        ours.start()
        assert ours_waits.wait(SAFETY)
        ours_waits.clear()
        late.start()
        assert ours_waits.wait(SAFETY)  # it would be in the majority, but has had its turn
        assert order == []
    ours.join(SAFETY)
    late.join(SAFETY)
    assert order == ["ours", "theirs, later"]


def test_never_one_of_each_at_the_same_time():
    sides, running, seen, lock = Sides(), {THEIRS: 0, OURS: 0}, set(), threading.Lock()

    def run(number):
        side = (THEIRS, OURS)[number % 3 == 0]
        with sides.only(side):
            with lock:
                running[side] += 1
                seen.add((bool(running[THEIRS]), bool(running[OURS])))
            with lock:
                running[side] -= 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(run, range(3000)))
    assert seen == {(True, False), (False, True)}
