"""Libraries that set hooks or format exceptions themselves, with lastwords installed."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

pytestmark = pytest.mark.compat


def isolated(program):
    environment = {k: v for k, v in os.environ.items() if not k.endswith("COLOR")}
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=100,
        env=environment,
        check=False,
    )
    return done.stdout, done.stderr


def test_sentry_on_top_of_ours_reports_and_passes_on():
    out, err = isolated("""
        import lastwords
        installation = lastwords.install(traceback=True)
        import sentry_sdk
        def send(event, hint):
            frames = event["exception"]["values"][0]["stacktrace"]["frames"]
            print(event["exception"]["values"][0]["type"], [f["function"] for f in frames])
        sentry_sdk.init(dsn="http://key@127.0.0.1:9/1", before_send=send)
        import sys
        hook = sys.excepthook
        assert installation.uninstall() == ("excepthook",) and sys.excepthook is hook
        lastwords.install(excepthook=False)
        import threading
        def work(): {}["thread"]
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        def f(): return 1 / 0
        f()
    """)
    assert out.splitlines()[0].startswith("KeyError ")
    assert out.splitlines()[1] == "ZeroDivisionError ['<module>', 'f']"
    assert err.count("Exception in thread Thread-1 (work):\n") == 1
    assert err.count("ZeroDivisionError: division by zero\n") == 1


def test_rich_tracebacks_on_top_of_ours_and_taken_off():
    out, err = isolated("""
        import sys
        import lastwords
        with lastwords.install(traceback=True):
            ours = sys.excepthook
            import rich.traceback
            before = rich.traceback.install(width=80)
            assert before is ours
            sys.excepthook(ValueError, ValueError("rich"), None)
            sys.excepthook = before
        assert sys.excepthook is sys.__excepthook__
    """)
    assert "ValueError: rich" in out + err
    assert "Error" not in (out + err).replace("ValueError: rich", "")


@pytest.mark.parametrize("backtrace", [True, False])
def test_loguru_prints_the_same_with_the_module_replaced(backtrace):
    program = f"""
        {{}}
        import sys
        from loguru import logger
        logger.remove()
        logger.add(sys.stdout, format="{{{{message}}}}", backtrace={backtrace}, diagnose=False)
        def inner(): return [1][
            5]
        try: inner()
        except IndexError: logger.exception("said")
    """
    plain = isolated(program.format(""))
    ours = isolated(program.format("import lastwords; lastwords.install(traceback=True)"))
    if sys.version_info >= (3, 15):
        assert ours == plain
    assert "IndexError: list index out of range" in ours[0]
    assert ours[1] == ""


def test_structlog_renders_ours():
    program = """
        import structlog
        import lastwords
        {}
        structlog.configure(processors=[
            structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()])
        import json
        def f(): return json.loads(
            "{{")
        try: f()
        except ValueError: structlog.get_logger().error("said", exc_info=True)
    """
    out, err = isolated(program.format("lastwords.install(traceback=True)"))
    assert err == ""
    assert "~~^^" in out  # the marks of a call, which 3.11 doesn't make
    if sys.version_info >= (3, 15):
        assert out == isolated(program.format(""))[0]


def test_uvloop_logs_our_traceback():
    out, err = isolated("""
        import lastwords
        lastwords.install()
        import asyncio, uvloop
        async def child():
            return {"a": 1}[
                "b"]
        async def main():
            loop = asyncio.get_running_loop()
            print(type(loop).__module__)
            loop.call_soon(lambda: 1 / 0)
            task = loop.create_task(child())
            await asyncio.sleep(0.01)
            del task
            import gc; gc.collect()
        lastwords.traceback.TracebackException  # loaded
        real = lastwords.traceback.format_exception
        def seen(*args, **kwargs):
            print("ours")
            return real(*args, **kwargs)
        lastwords.traceback.format_exception = seen
        uvloop.run(main())
    """)
    assert out == "uvloop\nours\nours\n"
    assert "Exception in callback" in err
    assert "Task exception was never retrieved" in err
    assert "KeyError: 'b'\n" in err


def test_ipython_in_a_process_where_the_module_is_replaced():
    out, err = isolated("""
        import lastwords
        lastwords.install(traceback=True)
        from IPython.core.interactiveshell import InteractiveShell
        shell = InteractiveShell.instance(colors="nocolor")
        for mode in ("Plain", "Context", "Minimal"):
            shell.InteractiveTB.set_mode(mode)
            shell.run_cell("def f():\\n    return 1 / 0\\nf()")
        shell.run_cell("x = (1 2)")
        lastwords.uninstall()
        shell.run_cell("f()")
    """)
    assert out.count("ZeroDivisionError: division by zero") == 4
    assert "SyntaxError: invalid syntax. Perhaps you forgot a comma?" in out
    assert err == ""
