"""A program that makes itself a daemon: its reports go to its log or nowhere, and it holds no pipe."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from support import child
from support.fault_report import parse

pytestmark = pytest.mark.native

START = """
import os, signal, socket, sys, threading, time
import lastwords
from lastwords import faulthandler as fault
"""
HOLD = """
{start}
if os.fork():
    os._exit(0)
os.setsid()
signal.alarm(100)  # if the test fails
null = os.open(os.devnull, os.O_RDWR)
for number in (0, 1, 2):
    os.dup2(null, number)
end = os.open(sys.argv[1], os.O_RDONLY)  # waits until the test has read to the end
os._exit(0)
"""
STARTS = {
    "enable": "fault.enable()",
    "register": "fault.register(signal.SIGUSR1)",
    "later": "fault.dump_traceback_later(3600)",
    "watchdog": "keep = lastwords.watchdog(3600, after_fork=True)",
    "another number": "number = os.dup(2); fault.enable(number); os.close(number)",
}


@pytest.mark.parametrize("how", list(STARTS))
def test_reading_its_output_to_the_end_does_not_wait_for_its_end(tmp_path: Path, how: str) -> None:
    """It goes on until this test opens the FIFO, which it does when it has read all."""
    os.mkfifo(tmp_path / "end")
    code = START + HOLD.format(start=STARTS[how])
    with child.start(sys.executable, "-W", "ignore", "-c", code, tmp_path / "end") as process:
        output, errors = process.communicate(timeout=child.TIME_LIMIT)
        assert (process.returncode, output, errors) == (0, "", "")
        os.close(os.open(tmp_path / "end", os.O_WRONLY))


CLOSE_ALL = """
folder = sys.argv[1]
early = open(folder + "/early", "a")
{start}
os.closerange(0, 1024)
database = os.open(folder + "/database", os.O_CREAT | {flags})
for _ in range(140):
    os.open(folder + "/database", {flags})
os.write(database, b"precious")
{then}
{fail}
"""
KINDS = {
    "stderr": ("fault.enable()", "fault._sigsegv()"),
    "file": ("fault.enable(early)", "fault._sigsegv()"),
    "number": ("fault.enable(early.fileno())", "fault._sigsegv()"),
    "signal": ("fault.register(10, early)", "os.kill(os.getpid(), 10)"),
}
LOG = """
log = os.open(folder + "/log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
os.dup2(log, 1)
os.dup2(log, 2)
"""


@pytest.mark.parametrize("flags", ["os.O_RDWR", "os.O_WRONLY"])
@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("then", ["", LOG])
def test_a_data_file_that_took_all_numbers_is_left_alone(
    tmp_path: Path, kind: str, flags: str, then: str
) -> None:
    start, fail = KINDS[kind]
    code = CLOSE_ALL.format(start=start, fail=fail, flags=flags, then=then)
    done = child.python("-c", START + code, tmp_path)
    assert done.returncode == (0 if kind == "signal" else -signal.SIGSEGV)
    assert (tmp_path / "database").read_bytes() == b"precious"
    if then:
        assert parse((tmp_path / "log").read_text()).threads[0].functions == ["<module>"]


def test_a_connection_that_took_the_number_of_stderr_is_left_alone() -> None:
    code = """
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(server.getsockname())
accepted, _ = server.accept()
fault.enable()
fault.register(signal.SIGUSR1)
os.dup2(accepted.fileno(), 2)
os.kill(os.getpid(), signal.SIGUSR1)
accepted.sendall(b"answer")
os.close(2)
accepted.close()
answer = b""
while piece := client.recv(1000):
    answer += piece
print(answer)
"""
    assert child.python("-c", START + code, status=0).stdout == "b'answer'\n"


REDIRECTS = {
    "both, for appending": "file = open(log, 'ab'); os.dup2(file.fileno(), 1); os.dup2(1, 2)",
    "both, by one descriptor": "file = open(log, 'wb'); os.dup2(file.fileno(), 1); os.dup2(1, 2)",
    "standard error alone": "file = open(log, 'wb'); os.dup2(file.fileno(), 2)",
    "a pipe, as captures do": """
reader, writer = os.pipe()
os.dup2(writer, 2)
def copy():
    with open(log, "ab") as file:
        while piece := os.read(reader, 65536):
            file.write(piece)
            file.flush()
threading.Thread(target=copy, daemon=True).start()
""",
}


@pytest.mark.parametrize("how", list(REDIRECTS))
def test_a_log_that_standard_error_was_redirected_to_gets_the_report(
    tmp_path: Path, how: str
) -> None:
    code = f"""
log = sys.argv[1]
fault.register(signal.SIGUSR1, all_threads=False)
{REDIRECTS[how]}
os.kill(os.getpid(), signal.SIGUSR1)
while not os.path.exists(log) or not os.path.getsize(log):
    time.sleep(0.01)
"""
    done = child.python("-c", START + code, tmp_path / "log", status=0)
    assert done.stderr == ""
    assert parse((tmp_path / "log").read_text()).current.functions == ["<module>"]


def test_a_path_that_is_a_device_stays_open() -> None:
    code = """
dog = lastwords.watchdog(0.001, file=os.devnull, repeat=True)
while dog.fired < 5:
    time.sleep(0.01)
"""
    done = child.python("-c", START + code, status=0)
    assert done.stderr == ""


def test_a_path_that_is_a_fifo_without_a_reader_is_an_error(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    code = """
try:
    lastwords.watchdog(3600, file=sys.argv[1])
except OSError as error:
    print(error.filename == sys.argv[1])
"""
    done = child.python("-c", START + code, tmp_path / "fifo", status=0)
    assert done.stdout == "True\n"


@pytest.mark.parametrize("dump", ["fault.dump_traceback", "fault.dump_c_stack"])
def test_a_dump_into_a_pipe_without_a_reader_does_not_kill(dump: str) -> None:
    code = f"""
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
reader, writer = os.pipe()
os.close(reader)
{dump}(writer)
print("lived")
"""
    assert child.python("-c", START + code, status=0).stdout == "lived\n"
