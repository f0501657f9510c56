"""CPython's own tests with our module in place of the standard one: only the failures listed here."""

from __future__ import annotations

import importlib.util
import sys

import pytest

from support import compare, cpython_suite

SUBJECT_IS_STANDARD = compare.SUBJECT == "traceback"

# These assert the rules of their own version, and ours are 3.15's.
OF_3_15 = ["test.test_traceback", "test.test_syntax"] if sys.version_info >= (3, 15) else []
QUICK = [
    "test.test_code_module", "test.test_exception_group", "test.test_linecache", "test.test_contextlib", "test.test_doctest", *OF_3_15,
]  # fmt: skip
SLOW = [
    "test.test_exceptions", "test.test_except_star", "test.test_logging", "test.test_unittest", "test.test_cmd_line_script", "test.test_sys", "test.test_threading",
    "test.test_wsgiref", "test.test_cmd_line", "test.test_runpy", "test.test_zipimport", "test.test_zipimport_support", "test.test_pdb", "test.test_bdb", "test.test_timeit",
    "test.test_py_compile", "test.test_pydoc", "test.test_http_cookiejar", "test.test_socketserver", "test.test_contextlib_async", "test.test_coroutines",
    "test.test_generators", "test.test_with", "test.test_listcomps", "test.test_iter", "test.test_warnings", "test.test_atexit", "test.test_gc", "test.test_builtin",
    "test.test_dataclasses", "test.test_asyncio.test_tasks", "test.test_asyncio.test_futures", "test.test_asyncio.test_base_events", "test.test_asyncio.test_taskgroups",
    "test.test_concurrent_futures.test_interpreter_pool", "test.test_crossinterp", "test.test_interpreters", "test.test_lazy_import", "test.test_repl", "test.test_pyrepl",
    "test.test_cgitb",
]  # fmt: skip
ONLY = {  # of those that repeat the same tests with other settings, for minutes
    "test.test_zipimport": "UncompressedZipImportTestCase",
    "test.test_asyncio.test_tasks": "CTask_CFuture_Tests",
}

# Test id (or its last part) -> why it cannot pass with ours.
EXPECTED: dict[str, str] = {
    "test.test_traceback.TracebackCases.test_print_traceback_at_exit": "expects no `~`: the standard module can't import the parser at the end, ours can",
    "test.test_traceback.MiscTest.test_all": "takes for public what says of itself that its module is `traceback`",
    "test.test_doctest.test_unicode": "before 3.13: expects no carets under a call of several lines, as 3.15 draws them",
}


def available(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ImportError:
        return False


def check(module: str) -> None:
    """Nothing fails but what is expected, and what fails with the standard module too."""
    only = [ONLY[module]] if module in ONLY else []
    report = cpython_suite.run(module, only=only, standard=SUBJECT_IS_STANDARD)
    assert report["run"] > 0
    unexpected = {name: text for name, text in report["failed"].items() if name not in EXPECTED}
    if unexpected and not SUBJECT_IS_STANDARD:
        with_standard = cpython_suite.run(module, only=only, standard=True)
        of_the_machine = unexpected.keys() & with_standard["failed"].keys()
        print(f"{module}: fail with the standard module too: {sorted(of_the_machine)}")
        unexpected = {k: v for k, v in unexpected.items() if k not in of_the_machine}
    assert not unexpected, "\n".join(f"{name}\n{text}" for name, text in unexpected.items())


pytestmark = [
    pytest.mark.timeout(2 * cpython_suite.SECONDS),
    pytest.mark.skipif(
        not available("test.test_traceback"),
        reason="this interpreter was installed without its test-suite",
    ),
]


@pytest.mark.parametrize("module", [name for name in QUICK if available(name)])
def test_module(module: str) -> None:
    check(module)


@pytest.mark.full
@pytest.mark.parametrize("module", [name for name in SLOW if available(name)])
def test_slow_module(module: str) -> None:
    check(module)
