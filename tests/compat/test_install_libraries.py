"""Libraries that set hooks or format exceptions themselves, with lastwords installed."""

from __future__ import annotations

import sys

import pytest

from support import child

pytestmark = pytest.mark.compat


def test_sentry_on_top_of_ours_reports_and_passes_on():
    done = child.program("""
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
    assert done.stdout.splitlines()[0].startswith("KeyError ")
    assert done.stdout.splitlines()[1] == "ZeroDivisionError ['<module>', 'f']"
    assert done.stderr.count("Exception in thread Thread-1 (work):\n") == 1
    assert done.stderr.count("ZeroDivisionError: division by zero\n") == 1


def test_rich_tracebacks_on_top_of_ours_and_taken_off():
    done = child.program("""
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
    assert "ValueError: rich" in done.stdout + done.stderr
    assert "Error" not in (done.stdout + done.stderr).replace("ValueError: rich", "")


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
    plain = child.program(program.format(""))
    ours = child.program(program.format("import lastwords; lastwords.install(traceback=True)"))
    if sys.version_info >= (3, 15):
        assert (ours.stdout, ours.stderr) == (plain.stdout, plain.stderr)
    assert "IndexError: list index out of range" in ours.stdout
    assert ours.stderr == ""


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
    done = child.program(program.format("lastwords.install(traceback=True)"))
    assert done.stderr == ""
    assert "~~^^" in done.stdout  # the marks of a call, which 3.11 doesn't make
    if sys.version_info >= (3, 15):
        assert done.stdout == child.program(program.format("")).stdout


def test_uvloop_logs_our_traceback():
    done = child.program("""
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
    assert done.stdout == "uvloop\nours\nours\n"
    assert "Exception in callback" in done.stderr
    assert "Task exception was never retrieved" in done.stderr
    assert "KeyError: 'b'\n" in done.stderr


def test_ipython_in_a_process_where_the_module_is_replaced():
    done = child.program("""
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
    assert done.stdout.count("ZeroDivisionError: division by zero") == 4
    assert "SyntaxError: invalid syntax. Perhaps you forgot a comma?" in done.stdout
    assert done.stderr == ""
