"""Exceptions of a file's fileno() and flush(), and of a signal handler during these.

The programs are children: a signal that went astray would end the tests.
"""

from __future__ import annotations

import pytest

from support import child

pytestmark = pytest.mark.native

PROGRAM = """\
import signal, sys
from lastwords import faulthandler, watchdog

class SoftLimit(TimeoutError):
    "What a time limit of the program's raises: an OSError."

def limit(*_):
    raise SoftLimit

def interrupt():
    signal.raise_signal(signal.SIGALRM)

def fail():
    raise OSError

class File:
    def __init__(self, file, **does):
        self.file, self.does = file, does

    def fileno(self):
        self.does.get("fileno", int)()
        return self.file.fileno()

    def flush(self):
        self.does.get("flush", int)()

def outcome_of(function, *args, **options):
    try:
        function(*args, **options)
    except BaseException as error:
        return type(error).__name__
    return "nothing"

signal.signal(signal.SIGALRM, limit)
log = open("log", "w")
"""

WAYS = """
ways = {
    "enable": faulthandler.enable,
    "dump_traceback": faulthandler.dump_traceback,
    "dump_c_stack": faulthandler.dump_c_stack,
    "later": lambda file: faulthandler.dump_traceback_later(1000, file=file),
    "register": lambda file: faulthandler.register(signal.SIGUSR1, file),
    "watchdog": lambda file: watchdog(1000, file=file).cancel(),
}
for name, way in ways.items():
    print(name, outcome_of(way, File(log, fileno=interrupt)),
          outcome_of(way, File(log, flush=interrupt)), outcome_of(way, File(log, flush=fail)))
    outcome_of(faulthandler.dump_c_stack, log)
faulthandler.cancel_dump_traceback_later()
"""


def test_the_exception_of_a_signal_handler_comes_out_of_a_file(tmp_path):
    lines = child.python("-c", PROGRAM + WAYS, cwd=tmp_path, status=0).stdout.splitlines()
    names = ["enable", "dump_traceback", "dump_c_stack", "later", "register", "watchdog"]
    assert lines == [f"{name} SoftLimit SoftLimit nothing" for name in names]


STREAMS = """
for does in ({"fileno": interrupt}, {"flush": interrupt}, {"fileno": fail}, {"flush": fail}):
    sys.stderr = File(log, **does)
    print(outcome_of(faulthandler.enable), faulthandler.is_enabled(), end=" ")
    faulthandler.disable()
    print(outcome_of(faulthandler.enable, record="record"), faulthandler.is_enabled(), end=" ")
    faulthandler.disable()
    print(outcome_of(lambda: watchdog(1000).cancel()))
sys.stderr = sys.__stderr__  # flushed at the end
"""


def test_it_comes_out_if_another_descriptor_would_do(tmp_path):
    lines = child.python("-c", PROGRAM + STREAMS, cwd=tmp_path, status=0).stdout.splitlines()
    interrupted, usual = (
        "SoftLimit False SoftLimit False SoftLimit",
        "nothing True " * 2 + "nothing",
    )
    assert lines == [interrupted, interrupted, usual, usual]


REPLACED = """
import gc
class Gone(File):
    def fileno(self):
        sys.stderr = sys.__stderr__ = Other(log)
        gc.collect()
        return self.file.fileno()

class Other(File):
    pass

sys.stderr = sys.__stderr__ = Gone(log)
print(outcome_of(lambda: watchdog(1000).cancel()), outcome_of(lambda: watchdog(1000).cancel()))
"""


def test_a_stream_that_replaces_itself_while_it_is_asked(tmp_path):
    done = child.python("-c", PROGRAM + REPLACED, cwd=tmp_path, status=0)
    assert done.stdout == "nothing nothing\n"


OF_A_CLASS = """
class Meta(type):
    def __getattribute__(self, name):
        if name == "__fspath__":
            interrupt()
        return type.__getattribute__(self, name)

class Odd(File, metaclass=Meta):
    pass

print(outcome_of(watchdog, 1000, file=Odd(log)))
"""


def test_the_metaclass_of_a_file_is_not_asked(tmp_path):
    done = child.python("-c", PROGRAM + OF_A_CLASS, cwd=tmp_path, status=0)
    assert done.stdout == "nothing\n"
