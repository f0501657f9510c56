"""Libraries that use `traceback`, run with our module in its place from the start of the process.

Each program is run twice, with the standard module and with ours.  On 3.15 both print the same; on older
versions ours draws carets by 3.15's rules, so that there the lines of source text are left out.
"""

from __future__ import annotations

import re
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

from support import child

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.compat

SWAP = "import sys, lastwords.traceback; sys.modules['traceback'] = lastwords.traceback\n"
RUN = "import runpy, sys; sys.argv[0] = 'program.py'; sys.path.insert(0, ''); runpy.run_path('program.py', run_name='__main__')"
FAIL = """
def outer(n):
    try:
        return inner(n, {"key": [1, 2]})
    except KeyError as error:
        raise ValueError("outer failed") from error

def inner(n, table):
    local_variable = "text"
    return table["key"][0] + table["missing"]

def group():
    errors = []
    for n in range(3):
        try:
            outer(n)
        except ValueError as error:
            error.add_note(f"note {n}")
            errors.append(error)
    raise ExceptionGroup("several", errors)
"""
PROGRAMS: dict[str, str] = {
    "exceptiongroup": """
        import exceptiongroup, traceback, sys
        try: group()
        except Exception as error:
            exceptiongroup.print_exception(error)
            print("".join(exceptiongroup.format_exception(error)))
            print("".join(exceptiongroup.format_exception_only(error)))
            print(exceptiongroup.catch, exceptiongroup.format_exc is traceback.format_exc)
    """,
    "werkzeug": """
        from werkzeug.debug.tbtools import DebugTraceback
        for call in (lambda: outer(1), lambda: compile("x = (", "<broken>", "exec")):
            try: call()
            except Exception as error:
                shown = DebugTraceback(error)
                print(shown.render_traceback_text())
                print(len(shown.all_frames), [f.name for _, frames in shown.all_tracebacks for f in frames.stack], shown.all_tracebacks[0][0])
                print(shown.render_traceback_html())
                print([frame.render_html(mark_library=True)[:200].split("id=")[0] for frame in shown.all_frames])
    """,
    "pytest": """
        import pathlib, pytest
        pathlib.Path("test_sample.py").write_text(SOURCE + "\\ndef test_outer(): outer(1)\\ndef test_group(): group()\\n")
        for style in ("native", "long", "short", "line"):
            pytest.main(["-q", "-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir=.", f"--tb={style}", "test_sample.py"])
    """,
    "ipython": """
        from IPython.core.interactiveshell import InteractiveShell
        shell = InteractiveShell.instance(colors="NoColor")
        shell.run_cell(SOURCE)
        for mode in ("Plain", "Context", "Verbose", "Minimal"):
            shell.run_line_magic("xmode", mode)
            shell.run_cell("outer(1)")
            shell.run_cell("group()")
            shell.run_cell("x = (1,")
    """,
    "rich": """
        import io
        from rich.console import Console
        from rich.traceback import Traceback
        for call in (lambda: outer(1), group):
            try: call()
            except Exception as error:
                file = io.StringIO()
                Console(file=file, width=100).print(Traceback.from_exception(type(error), error, error.__traceback__, show_locals=True))
                print(file.getvalue())
    """,
    "loguru": """
        from loguru import logger
        logger.remove()
        for diagnose in (False, True):
            number = logger.add(sys.stdout, format="{level} {message}", backtrace=diagnose, diagnose=diagnose, colorize=False)
            for call in (lambda: outer(1), group):
                try: call()
                except Exception: logger.exception("it failed")
            logger.remove(number)
    """,
    "structlog": """
        import structlog
        processors = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        structlog.configure(processors=processors, logger_factory=structlog.PrintLoggerFactory())
        for call in (lambda: outer(1), group):
            try: call()
            except Exception: structlog.get_logger().exception("it failed")
        structlog.configure(processors=[structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)])
        try: outer(1)
        except Exception: structlog.get_logger().exception("it failed")
    """,
    "sentry_sdk": """
        import json, sentry_sdk
        def show(event, hint):
            values = event["exception"]["values"]
            print(json.dumps([[v["type"], v["value"], [[f["function"], f["lineno"], f.get("context_line"), sorted(f.get("vars", {}))]
                for f in v["stacktrace"]["frames"]] if v.get("stacktrace") else None] for v in values]))
        sentry_sdk.init(dsn="http://key@127.0.0.1:9/1", before_send=show, default_integrations=False)
        for call in (lambda: outer(1), group):
            try: call()
            except Exception: sentry_sdk.capture_exception()
    """,
    "tblib": """
        import pickle, tblib.pickling_support, traceback
        tblib.pickling_support.install()
        try: outer(1)
        except Exception as error:
            again = pickle.loads(pickle.dumps(error))
            print("".join(traceback.format_exception(again)))
            print(tblib.Traceback.from_string("".join(traceback.format_exception(error.__cause__))).to_dict())
    """,
    "boltons": """
        from boltons.tbutils import ExceptionInfo, ParsedException
        import traceback
        try: outer(1)
        except Exception as error:
            print(ExceptionInfo.from_current().get_formatted())
            print(ParsedException.from_string("".join(traceback.format_exception(error, chain=False))).to_dict())
    """,
    "stackprinter": """
        import stackprinter
        try: outer(1)
        except Exception as error: print(stackprinter.format(error, style="plaintext"))
    """,
    "jinja2": """
        import traceback, jinja2
        template = jinja2.Environment(loader=jinja2.DictLoader({"page": "a\\n{% for x in xs %}\\n{{ x.missing.more }}\\n{% endfor %}"})).get_template("page")
        try: template.render(xs=[1])
        except Exception: print(traceback.format_exc())
    """,
    "logging": """
        import logging
        logging.basicConfig(stream=sys.stdout, format="%(levelname)s %(message)s")
        for call in (lambda: outer(1), group):
            try: call()
            except Exception: logging.exception("it failed", stack_info=True)
        class Broken(logging.Handler):
            def emit(self, record):
                try: 1 / 0
                except Exception: self.handleError(record)
        log = logging.getLogger("broken"); log.propagate = False; log.addHandler(Broken()); log.error("message %d", 3)
    """,
    "unittest": """
        import unittest
        class Tests(unittest.TestCase):
            def test_error(self): outer(1)
            def test_failure(self): self.assertEqual([1, 2], [1, 3])
            def test_group(self): group()
            def test_subtests(self):
                for n in range(2):
                    with self.subTest(n=n): outer(n)
            @unittest.expectedFailure
            def test_expected(self): outer(1)
        result = unittest.TextTestRunner(stream=sys.stdout, tb_locals=True).run(unittest.defaultTestLoader.loadTestsFromTestCase(Tests))
    """,
    "code": """
        import code
        console = code.InteractiveInterpreter({"outer": outer, "group": group})
        for line in ("outer(1)", "group()", "x = (", "x = )", "1/0", "raise SystemError"):
            console.runsource(line, "<input>", "single")
    """,
    "doctest": """
        import doctest
        def f():
            '''
            >>> outer(1)
            Traceback (most recent call last):
            ValueError: outer failed
            >>> 1/0
            0
            >>> x = (
            '''
        doctest.testmod(sys.modules[__name__])
        doctest.run_docstring_examples(f, globals(), name="f")
    """,
    "asyncio": """
        import asyncio, logging
        logging.basicConfig(stream=sys.stdout, format="%(message)s")
        async def work(n): await asyncio.sleep(0); outer(n)
        async def main():
            loop = asyncio.get_running_loop()
            task = asyncio.ensure_future(work(1))
            await asyncio.wait([task])
            task.print_stack(file=sys.stdout)
            loop.call_exception_handler({"message": "said", "exception": task.exception()})
            try:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(work(1)); tasks.create_task(work(2))
            except* ValueError as errors:
                import traceback
                traceback.print_exception(errors, file=sys.stdout)
        asyncio.run(main())
    """,
    "concurrent.futures": """
        import concurrent.futures, multiprocessing, traceback
        if __name__ == "__main__":
            with concurrent.futures.ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as pool:
                error = pool.submit(outer, 1).exception()
                print(re.sub(r'"[^"]*/', '"', str(error.__cause__)))
    """,
    "socketserver": """
        import socketserver, threading, socket
        class Handler(socketserver.BaseRequestHandler):
            def handle(self): outer(1)
        with socketserver.TCPServer(("127.0.0.1", 0), Handler) as server:
            with socket.create_connection(server.server_address): server.handle_request()
    """,
    "wsgiref": """
        from wsgiref.handlers import SimpleHandler
        import io
        def application(environ, start_response): outer(1)
        SimpleHandler(io.BytesIO(), io.BytesIO(), sys.stdout, {"REQUEST_METHOD": "GET"}).run(application)
    """,
    "threading": """
        import threading
        thread = threading.Thread(target=outer, args=(1,), name="worker")
        thread.start(); thread.join()
    """,
    "timeit and runpy": """
        import timeit
        timeit.main(["-n1", "-r1", "outer_is_not_known(1)"])
    """,
}  # fmt: skip
# What differs from run to run and says nothing of a traceback.
NOISE = re.compile(
    r"0x[0-9a-f]+|\d+\.\d+ ?s(econds)?\b|port \d+|\('127\.0\.0\.1', \d+\)|\bid=\"[^\"]*\"|frame-\d+|\d{6,}|in \d+\.\d+s|Thread-\d+"
)
INSTALLED_AS = {"ipython": "IPython", "timeit and runpy": "timeit"}


def run(folder: Path, *, ours: bool) -> tuple[int, list[str]]:
    environment = {
        "PYTHONHASHSEED": "0",
        "NO_COLOR": "1",
        "COLUMNS": "100",
        "IPYTHONDIR": str(folder / "ipython"),
        "TERM": "dumb",
    }
    program = (SWAP if ours else "import sys\n") + RUN
    done = child.program(program, cwd=folder, env=environment, timeout=100)
    text = NOISE.sub("~", done.stdout + "\n-- stderr --\n" + done.stderr)
    return done.returncode, text.splitlines()


def without_sources(lines: list[str]) -> list[str]:
    """The lines that show no source text, which differs before 3.15 by the rules for carets."""
    shown = re.compile(r"""[\s|+]*File "|[^\s{]""")
    return [line for line in lines if shown.match(line) and not re.match(r"[\s|^~]*$", line)]


@pytest.mark.parametrize("name", PROGRAMS)
def test_library(tmp_path: Path, name: str) -> None:
    pytest.importorskip(INSTALLED_AS.get(name, name), reason=f"{name} is not installed")
    head = f"import re, sys\nSOURCE = {FAIL!r}\n{FAIL}\n"
    results = []
    for ours in (False, True):
        folder = tmp_path / "same"
        if folder.exists():
            folder.rename(tmp_path / "standard")
        folder.mkdir()
        (folder / "program.py").write_text(head + textwrap.dedent(PROGRAMS[name]))
        results.append(run(folder, ours=ours))
    (expected_code, expected), (code, actual) = results
    assert code == expected_code, "\n".join(actual[-20:])
    assert len(expected) > 3
    if sys.version_info < (3, 15):
        expected, actual = without_sources(expected), without_sources(actual)
    assert actual == expected
