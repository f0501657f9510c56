"""CPython's own tests of faulthandler, run with lastwords.faulthandler in its place.

They run where the interpreter comes with its test suite.  The children that these tests start import
the standard module by name: their code is given a first statement that puts ours under that name.
Our text is 3.15's on all versions; for the tests of 3.11 to 3.13, what came in since is taken out of
it: the names of threads, the C stack and a hyphen.
"""

from __future__ import annotations

import importlib.util
import re

import pytest

from support import child

pytestmark = [pytest.mark.native, pytest.mark.full]

SUITE = "test.test_faulthandler"
RUNNER = r"""
import re, sys, unittest
import lastwords.faulthandler as ours
sys.modules["faulthandler"] = ours
from test.support import script_helper
spawn = script_helper.spawn_python
SWAP = "import sys, lastwords.faulthandler; sys.modules['faulthandler'] = lastwords.faulthandler; "
def spawn_swapped(option, code, *args, **kwargs):
    assert option == "-c"
    return spawn(option, SWAP + code, *args, **kwargs)
script_helper.spawn_python = spawn_swapped
def before_3_14(lines):
    output = "\n".join(lines)
    output = re.sub(r"^((?:Current t|T)hread \S+) \[.*?\] \(", r"\1 (", output, flags=re.M)
    stack = r"\n*^Current thread's C stack trace \(most recent call first\):(?:\n  .*)*"
    output = re.sub(stack, "", output, flags=re.M)
    if sys.version_info < (3, 13):
        output = output.replace("Floating-point", "Floating point")
    return output.split("\n") if lines else lines
if sys.version_info < (3, 14):
    from test.test_faulthandler import FaultHandlerTests
    get_output = FaultHandlerTests.get_output
    def get_older_output(*args, **kwargs):
        output, exitcode = get_output(*args, **kwargs)
        return before_3_14(output), exitcode
    FaultHandlerTests.get_output = get_older_output
suite = unittest.defaultTestLoader.loadTestsFromName(sys.argv[1])
result = unittest.TextTestRunner(verbosity=2).run(suite)
"""
# It looks for a built-in module of the name `faulthandler` among the extension modules; ours is none.
EXPECTED_FAILURES = {"test_dump_ext_modules"}


@pytest.mark.timeout(600)
def test_suite_of_cpython() -> None:
    if importlib.util.find_spec("test") is None or importlib.util.find_spec(SUITE) is None:
        pytest.skip("this interpreter comes without CPython's tests")
    done = child.python("-c", RUNNER, SUITE, timeout=500)
    failed = set(re.findall(r"^(?:FAIL|ERROR): (\w+)", done.stderr, re.MULTILINE))
    ran = re.search(r"^Ran (\d+) tests", done.stderr, re.MULTILINE)
    assert ran, done.stderr
    assert int(ran[1]) >= 40
    assert failed == EXPECTED_FAILURES, done.stderr[-3000:]
