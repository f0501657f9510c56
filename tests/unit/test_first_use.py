"""If the first report is interrupted anywhere, the next ones are whole and as fast as before."""

from __future__ import annotations

import pytest

from support import child

PROGRAM = """
import os, signal, sys
class SoftLimit(Exception): pass
def handler(*_): raise SoftLimit
signal.signal(signal.SIGALRM, handler)
def boom(): return {}["k"]
def once():
    try: boom()
    except KeyError as error:
        return traceback.format_exception(error), list(traceback.TracebackException.from_exception(error).format())
def first():
    global traceback
    from lastwords import traceback
    once()
def calls():
    seen = []
    sys.setprofile(lambda frame, event, arg: event == "call" and seen.append(frame.f_code.co_name))
    once()
    sys.setprofile(None)
    return seen

def interrupted(at):
    # Run first() with a signal at the line with this number; return whether it arrived, or the lines there are.
    places, dropped = [], []
    sys.unraisablehook = lambda found: dropped.append(found.exc_type)  # in a callback of the import system
    def trace(frame, event, arg):
        if event == "line":
            places.append((os.path.basename(frame.f_code.co_filename), frame.f_lineno))
            if len(places) == at:
                sys.settrace(None)
                signal.raise_signal(signal.SIGALRM)
        return trace
    sys.settrace(trace)
    try:
        first()
    except SoftLimit:
        return True
    finally:
        sys.settrace(None)
    return True if dropped == [SoftLimit] else places

def child(at):
    arrived = interrupted(at)
    first()
    a, b = once()
    assert a == b and "in boom" in "".join(a), a
    once()
    import lastwords
    assert str(lastwords.native_status()) == status, lastwords.native_status()
    assert len(calls()) == usual, at
    return arrived

def forked(function, *arguments):
    # Run a function in a child, where nothing is imported yet; return what it returned.
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(writer, repr(function(*arguments)).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with open(reader) as pipe: said = pipe.read()
    os.waitpid(pid, 0)
    return eval(said) if said else sys.exit(f"it failed at {arguments}")

def undisturbed():
    first(); once(); once()
    import lastwords
    return str(lastwords.native_status()), len(calls())

status, usual = forked(undisturbed)
places = forked(interrupted, 0)
# What decides how all later reports are made, and some of the rest.
chosen = {places.index(place) for place in places if place[0] in ("_backend.py", "_fast.py")}
for frozen in (False, True):  # the package's own lines, and those of the import system
    some = [at for at, place in enumerate(places) if place[0].startswith("<frozen ") == frozen]
    chosen |= set(some[:: len(some) // 40])
arrived = [forked(child, at + 1) is True for at in sorted(chosen)[int(sys.argv[1])::4]]
print(sum(arrived) == len(arrived) > 10)
"""


@pytest.mark.parametrize("part", range(4))
def test_it_costs_that_report_alone(part: int) -> None:
    assert child.python("-S", "-c", PROGRAM, part, env=paths(), status=0).stdout == "True\n"


def paths() -> dict[str, str]:
    """Return the environment with which lastwords is found without `site`."""
    from pathlib import Path

    import lastwords

    return {"PYTHONPATH": str(Path(lastwords.__file__).parent.parent)}
