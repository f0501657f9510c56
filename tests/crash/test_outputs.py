"""A report goes where it should, whole, and nowhere else."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from support import child
from support.fault_report import parse
from support.victim.cells import IMPORTS

pytestmark = pytest.mark.native

REUSED = """
log = open(sys.argv[1], "w")
{start}(log)
number = log.fileno()
os.close(number)
{also}
data = os.open(sys.argv[2], os.O_CREAT | os.O_RDWR)
os.dup2(data, number)
os.write(number, b"precious\\n")
{fail}
"""


# Deadlines pass one after the other: this is the later one.
AFTER_DEADLINE = """
last = lastwords.watchdog(0.3, file=os.devnull)
while not last.fired: time.sleep(0.01)
"""


@pytest.mark.parametrize("also", ["", "os.closerange(3, 1024)"])
@pytest.mark.parametrize(
    ("start", "fail"),
    [
        ("fault.enable", "fault._sigsegv()"),
        ("lambda f: fault.register(10, f)", "os.kill(os.getpid(), 10)"),
        ("lambda f: fault.dump_traceback_later(0.2, file=f)", AFTER_DEADLINE),
    ],
)
def test_report_stays_out_of_a_file_that_took_the_number(
    victim_environment: dict[str, str], tmp_path: Path, also: str, start: str, fail: str
) -> None:
    log, data = tmp_path / "log", tmp_path / "data"
    code = REUSED.format(start=f"({start})", fail=fail, also=also)
    done = child.python("-c", IMPORTS + code, log, data, env=victim_environment)
    assert data.read_bytes() == b"precious\n"
    text = done.stderr if also else log.read_text()
    assert parse(text).threads[0].functions == ["<module>"]


def test_redirected_stderr_is_followed(victim_environment: dict[str, str], tmp_path: Path) -> None:
    log = tmp_path / "log"
    code = f"""
fault.enable()
fd = os.open({str(log)!r}, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
os.dup2(fd, 2)
fault._sigsegv()
"""
    done = child.python("-c", IMPORTS + code, env=victim_environment)
    assert done.stderr == ""
    assert parse(log.read_text()).error == "Segmentation fault"


def test_data_file_on_descriptor_two_is_left_alone(
    victim_environment: dict[str, str], tmp_path: Path
) -> None:
    data = tmp_path / "data"
    code = f"""
fault.enable()
os.close(2)
assert os.open({str(data)!r}, os.O_CREAT | os.O_RDWR) == 2
os.write(2, b"precious\\n")
fault._sigsegv()
"""
    done = child.python("-c", IMPORTS + code, env=victim_environment)
    assert data.read_bytes() == b"precious\n"
    assert done.stderr == ""  # the pipe that was stderr is not held: a reader may wait for its end


def test_duplicate_is_not_inherited(victim_environment: dict[str, str], tmp_path: Path) -> None:
    code = f"""
import subprocess
log = open({str(tmp_path / "log")!r}, "w")
fault.enable(log)
own = {{os.readlink(f"/proc/self/fd/{{n}}") for n in os.listdir("/proc/self/fd") if n != "99"
        and os.path.exists(f"/proc/self/fd/{{n}}")}}
assert {str(tmp_path / "log")!r} in own
subprocess.run(["ls", "-l", "/proc/self/fd"], close_fds=False)
"""
    done = child.python("-c", IMPORTS + code, env=victim_environment)
    assert "/proc" in done.stdout
    assert str(tmp_path / "log") not in done.stdout


@pytest.mark.parametrize(
    ("start", "fail", "ending"),
    [
        ("fault.enable(writer)", "fault._sigfpe()", -signal.SIGFPE),
        ("fault.register(10, writer)", "os.kill(os.getpid(), 10)", 0),
        ("fault.dump_traceback_later(0.1, file=writer)", AFTER_DEADLINE, 0),
    ],
)
def test_pipe_without_a_reader_does_not_kill(
    victim_environment: dict[str, str], start: str, fail: str, ending: int
) -> None:
    code = f"""
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
reader, writer = os.pipe()
{start}
os.close(reader)
{fail}
time.sleep(0.01)
"""
    assert child.python("-c", IMPORTS + code, env=victim_environment).returncode == ending


def test_one_log_of_several_processes(victim_environment: dict[str, str], tmp_path: Path) -> None:
    """What fits into one write comes in one: dumps into a file opened for appending stay whole."""
    log = tmp_path / "log"
    code = f"""
log = open({str(log)!r}, "a")
def below(depth):
    return below(depth - 1) if depth else stop.wait()
stop = threading.Event()
children = [os.fork() for _ in range(2)]  # four processes
for _ in range(3):
    threading.Thread(target=below, args=(30,)).start()
while threading.active_count() < 4:
    pass
for _ in range(300):
    fault.dump_traceback(log)
stop.set()
for child in filter(None, children):
    try:
        os.waitpid(child, 0)
    except ChildProcessError:
        pass  # the parent's
"""
    done = child.python("-c", IMPORTS + code, env=victim_environment)
    assert (done.returncode, done.stderr) == (0, "")
    text = log.read_text()
    dumps = [dump + "in <module>\n" for dump in text.split("in <module>\n")[:-1]]
    assert len(dumps) == 4 * 300
    for dump in dumps:
        shown = parse(dump)
        assert [thread.is_current for thread in shown.threads] == [False] * 3 + [True]
        assert all("below" in thread.functions for thread in shown.threads[:3])
