"""The synchronisation objects do what their namesakes in Python do; a deadlock is explained.

Where the outcome does not depend on the schedule, a real Python runs the same program. Who is woken first,
and who slips in between, is ours alone to decide: that is checked tick by tick.
"""

from __future__ import annotations

import pytest

from interp.real.oracle import run_source
from tests.real_processes import PATIENCE
from tests.watching import run, watch

# Programs with one outcome, whatever the schedule: each prints what the real thing prints.
SAME = {
    "lock": """
a = Lock()
print(a.acquire(), a.locked(), a.acquire(False), a.acquire(blocking=False))
a.release()
print(a.locked())
try:
    a.release()
except RuntimeError as e:
    print(repr(e))
def opener():
    a.release()
a.acquire()
spawn(opener).join()
print(a.locked())
with a:
    print(a.locked())
print(a.locked())
""",
    "reentrant lock": """
r = RLock()
print(r.acquire(), r.acquire(), r.acquire(False))
def other():
    try:
        r.release()
    except RuntimeError as e:
        print(repr(e))
    return r.acquire(False)
print(spawn(other).join())
r.release()
r.release()
print(spawn(other).join())
r.release()
print(spawn(RLock().acquire).join())
try:
    r.release()
except RuntimeError as e:
    print(repr(e))
with r, r:
    pass
""",
    "semaphore": """
s = Semaphore(2)
print(s.acquire(), s.acquire(), s.acquire(False))
s.release(2)
s.release()
print([s.acquire(blocking=False) for k in range(5)])
for bad in [0, -1]:
    try:
        s.release(bad)
    except ValueError as e:
        print(repr(e))
try:
    Semaphore(-1)
except ValueError as e:
    print(repr(e))
print(Semaphore().acquire(False))
with Semaphore(1):
    print("in")
""",
    "semaphore wakes as many as are released": """
s = Semaphore(0)
done = Queue()
def work(n):
    s.acquire()
    done.put(n)
for n in range(5):
    spawn(work, n)
s.release(5)
print(sorted([done.get() for n in range(5)]))
""",
    "condition": """
c = Condition()
for call in [c.wait, c.notify, c.notify_all]:
    try:
        call()
    except RuntimeError as e:
        print(repr(e))
with c:
    c.notify()
    c.notify(3)
    c.notify_all()
try:
    c.release()
except RuntimeError as e:
    print(repr(e))
""",
    "condition over a lock of the program": """
guard = Lock()
c = Condition(guard)
ready = []
def work():
    with c:
        while not ready:
            c.wait()
        return guard.locked()
task = spawn(work)
with guard:
    ready.append(1)
    c.notify()
print(task.join(), guard.locked())
""",
    "condition gives a reentrant lock up whole": """
c = Condition()
state = []
def work():
    with c:
        with c:
            while not state:
                c.wait()
            state.append("woken")
task = spawn(work)
with c:
    state.append("set")
    c.notify_all()
task.join()
print(state, c.acquire(False))
""",
    "event": """
e = Event()
print(e.is_set())
def work():
    return e.wait()
tasks = [spawn(work) for k in range(3)]
e.set()
print([t.join() for t in tasks], e.is_set(), e.wait())
e.clear()
print(e.is_set())
""",
    "barrier is used again": """
b = Barrier(3)
def work():
    return [b.wait() for turn in range(4)]
rows = [t.join() for t in [spawn(work) for k in range(3)]]
for turn in range(4):
    print(sorted([row[turn] for row in rows]))
print(Barrier(1).wait())
try:
    Barrier(0)
except ValueError as e:
    print(repr(e))
""",
    "queue": """
q = Queue(2)
print(q.empty(), q.full(), q.qsize())
q.put("a")
q.put("b")
print(q.empty(), q.full(), q.qsize(), q.get(), q.get())
def producer():
    for n in range(20):
        q.put(n)
task = spawn(producer)
print([q.get() for n in range(20)])
task.join()
unbounded = Queue(-1)
for n in range(50):
    unbounded.put([n])
print(unbounded.full(), unbounded.qsize(), unbounded.get() == [0])
q.put(None)
print(q.get())
""",
    "queue with wrong arguments": """
for call in [Queue().get, Queue().put, Lock().acquire, Barrier(1).wait]:
    pass
try:
    Queue("many").put(1)
except TypeError as e:
    print("TypeError")
try:
    Queue().put()
except TypeError:
    print("TypeError")
try:
    spawn()
except TypeError:
    print("TypeError")
""",
    "task": """
def work(n):
    if n:
        raise ValueError("no", n)
    return current()
good, bad = spawn(work, 0), spawn(work, 1)
print(good.join(), good.join())
for k in range(2):
    try:
        bad.join()
    except ValueError as e:
        print(repr(e), e.args)
print(spawn(len, "abc").join(), spawn(str, 5).join(), spawn([3, 1, 2].copy).join())
def selfish():
    try:
        me.join()
    except RuntimeError as e:
        return repr(e)
go = Event()
def waiting():
    go.wait()
    return selfish()
me = spawn(waiting)
go.set()
print(me.join())
""",
}

MODES_OF = {"task": ("threads",), "condition over a lock of the program": ("threads",)}


@pytest.mark.parametrize("name", SAME)
def test_a_real_python_says_the_same(name: str) -> None:
    source = SAME[name].lstrip()
    real = run_source(source, timeout=PATIENCE)
    assert real.outcome == "ok", real.stderr
    for interval in (1, 2, 7, 100):
        for lock in ("python3.13", "python3.9", "free-threaded"):
            for seed in (None, 1):
                ours = run(source, interval=interval, lock=lock, seed=seed)
                assert (ours.report, ours.output) == ("", real.output)


# --- who comes next -----------------------------------------------------------------------------------------

LINE = """
guard = Lock()
guard.acquire()
order = []
def work(n):
    with guard:
        order.append(n)
tasks = [spawn(work, n) for n in range(5)]
sleep(2000)
guard.release()
for task in tasks:
    task.join()
print(order)
"""


def test_who_waited_longest_gets_the_lock_first() -> None:
    for lock in ("python3.13", "free-threaded", "cooperative"):
        assert run(LINE, lock=lock, cores=8).output == "[0, 1, 2, 3, 4]\n"


def test_a_seed_draws_who_gets_the_lock() -> None:
    orders = {run(LINE, seed=seed).output for seed in range(12)}
    assert len(orders) > 3
    assert all(sorted(order) == sorted("[0, 1, 2, 3, 4]\n") for order in orders)


def test_a_lock_that_is_released_may_be_taken_again_past_those_who_wait() -> None:
    source = """
guard = Lock()
order = []
def patient():
    with guard:
        order.append("patient")
guard.acquire()
task = spawn(patient)
sleep(500)
guard.release()
guard.acquire()
order.append("barger")
guard.release()
task.join()
print(order)
"""
    # A signalled waiter needs a while to wake up; whoever runs is quicker if it hurries.
    assert run(source, costs="realistic").output == "['barger', 'patient']\n"
    assert run(source, costs="classroom").output == "['patient', 'barger']\n"


NOTIFIED = """
c = Condition()
woken = []
def work(n):
    with c:
        c.wait()
        woken.append(n)
for n in range(5):
    spawn(work, n)
sleep(2000)
with c:
    c.notify(%d)
sleep(2000)
print(woken)
with c:
    c.notify_all()
"""


@pytest.mark.parametrize("count", [0, 1, 2, 5, 9])
def test_notify_wakes_as_many_as_it_says_in_their_order(count: int) -> None:
    result = run(NOTIFIED % count)
    assert (result.outcome, result.output) == ("ok", f"{list(range(min(count, 5)))}\n")


def test_an_event_that_is_set_and_cleared_at_once_lets_everyone_through_who_waited() -> None:
    source = """
e = Event()
def work():
    return e.wait()
tasks = [spawn(work) for k in range(3)]
sleep(1000)
e.set()
e.clear()
print([t.join() for t in tasks])
"""
    assert run(source).output == "[True, True, True]\n"


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_bounded_queue_never_holds_more_than_its_size(size: int) -> None:
    source = f"""
q = Queue({size})
sizes = []
def produce(first):
    for n in range(first, first + 20):
        q.put(n)
        sizes.append(q.qsize())
producers = [spawn(produce, 0), spawn(produce, 100)]
got = []
for n in range(40):
    sizes.append(q.qsize())
    got.append(q.get())
for p in producers:
    p.join()
print(max(sizes) <= {size}, sorted(got) == list(range(20)) + list(range(100, 120)))
print([n for n in got if n < 100] == list(range(20)), [n for n in got if n >= 100] == list(range(100, 120)))
"""
    for interval in (1, 3, 10):
        for lock in ("python3.13", "free-threaded"):
            assert run(source, interval=interval, lock=lock).output == "True True\nTrue True\n"


def test_a_full_queue_lets_one_in_for_each_that_is_taken_out() -> None:
    source = """
q = Queue(2)
def produce(n):
    q.put(n)
for n in range(5):
    spawn(produce, n)
sleep(1000)
while not q.empty():
    print(q.qsize(), q.full(), q.get())
    sleep(100)
"""
    assert run(source).output == "2 True 0\n2 True 1\n2 True 2\n2 True 3\n1 False 4\n"


def test_threads_that_wait_for_a_lock_do_not_run() -> None:
    source = (
        "guard = Lock()\ndef work():\n    with guard:\n        pass\n"
        "guard.acquire()\nspawn(work)\nsleep(700)\nguard.release()\n"
    )
    result, _ = watch(source)
    worker = result.threads[1]
    assert worker.blocked >= 600
    assert worker.running < 30


# --- deadlocks ----------------------------------------------------------------------------------------------


Stuck = tuple[str, str, int | None, tuple[str, ...], tuple[str, ...]]


def report_of(source: str, **settings: str) -> tuple[list[Stuck], list[str]]:
    """Return who is stuck how, and the lines of the report."""
    result = run(source, **settings)
    assert result.outcome == "deadlock"
    stuck = [(one.thread, one.waits_for, one.line, one.holders, one.holds) for one in result.stuck]
    return stuck, result.report.splitlines()


def test_a_deadlock_names_who_waits_for_what_that_who_holds() -> None:
    source = """fork_a = Lock()
fork_b = Lock()
def left():
    with fork_a:
        sleep(10)
        with fork_b:
            pass
def right():
    with fork_b:
        sleep(10)
        with fork_a:
            pass
spawn(left)
spawn(right)
"""
    stuck, lines = report_of(source)
    assert stuck == [
        ("left-2", "lock fork_b", 6, ("right-3",), ("fork_a",)),
        ("right-3", "lock fork_a", 11, ("left-2",), ("fork_b",)),
    ]
    assert lines[0].endswith(": each thread waits for what another one holds")
    assert lines[1:] == [
        "  thread 2 (left-2)   holds fork_a, waits for lock fork_b (held by right-3)  test.toy:6",
        "  thread 3 (right-3)  holds fork_b, waits for lock fork_a (held by left-2)  test.toy:11",
    ]


@pytest.mark.parametrize(
    ("source", "waits_for", "line"),
    [
        ("q = Queue()\nq.get()\n", "an item of queue q", 2),
        ("q = Queue(1)\nq.put(1)\nq.put(2)\n", "room in queue q", 3),
        ("e = Event()\n\ne.wait()\n", "event e", 3),
        ("s = Semaphore(0)\ns.acquire()\n", "semaphore s", 2),
        ("b = Barrier(2)\nb.wait()\n", "barrier b", 2),
        ("c = Condition()\nwith c:\n    c.wait()\n", "condition c", 3),
        ("locks = [Lock(), Lock()]\nlocks[1].acquire()\nlocks[1].acquire()\n", "locks[1]", 3),
        ("pens = {'red': Lock()}\npens['red'].acquire()\nwith pens['red']:\n    pass\n", "lock pens['red']", 3),
    ],
)
def test_a_deadlock_names_what_is_waited_for(source: str, waits_for: str, line: int) -> None:
    stuck, lines = report_of(source)
    assert [(one[0], one[1], one[2]) for one in stuck] == [("main", waits_for, line)]
    assert waits_for in lines[1]
    assert lines[1].endswith(f"test.toy:{line}")


def test_a_lock_that_its_holder_took_twice_is_a_deadlock_with_itself() -> None:
    stuck, _ = report_of("guard = Lock()\nguard.acquire()\nguard.acquire()\n")
    assert stuck == [("main", "lock guard", 3, ("main",), ("guard",))]


def test_tasks_may_be_stuck_when_main_is_long_over() -> None:
    source = "q = Queue()\ndef work():\n    q.get()\nspawn(work)\nprint('main is over')\n"
    result = run(source)
    assert (result.outcome, result.output) == ("deadlock", "main is over\n")
    assert [one.thread for one in result.stuck] == ["work-2"]
    assert ": no thread can go on" in result.report
    assert result.threads[0].end < result.ticks or result.threads[0].end == result.ticks


def test_a_thread_that_ended_with_a_lock_is_named_as_its_holder() -> None:
    source = "guard = Lock()\ndef work():\n    guard.acquire()\nspawn(work).join()\nguard.acquire()\n"
    stuck, _ = report_of(source)
    assert stuck == [("main", "lock guard", 5, ("work-2",), ())]


def test_a_join_in_a_circle_is_a_deadlock() -> None:
    source = """
tasks = []
ready = Event()
def work(n):
    ready.wait()
    tasks[1 - n].join()
tasks.append(spawn(work, 0))
tasks.append(spawn(work, 1))
ready.set()
"""
    stuck, lines = report_of(source)
    assert [one[:2] for one in stuck] == [("work-2", "join of work-3"), ("work-3", "join of work-2")]
    assert lines[0].endswith(": each thread waits for what another one holds")


def test_in_mode_sequential_a_wait_for_a_later_task_is_a_deadlock() -> None:
    source = "q = Queue()\ndef work():\n    return q.get()\ntask = spawn(work)\nq.put(1)\n"
    stuck, _ = report_of(source, mode="sequential")
    assert [one[:3] for one in stuck] == [("main", "the call of work-2", 4), ("work-2", "an item of queue q", 3)]


def test_in_mode_processes_a_deadlock_is_found_over_the_processes() -> None:
    source = """
left = Lock()
right = Lock()
def work(first, second):
    with first:
        sleep(5000)
        with second:
            pass
spawn(work, left, right)
spawn(work, right, left)
"""
    stuck, _ = report_of(source, mode="processes")
    assert [(one[0], one[1], one[3]) for one in stuck] == [
        ("work-2", "lock right", ("work-3",)),
        ("work-3", "lock left", ("work-2",)),
    ]
