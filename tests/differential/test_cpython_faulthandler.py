"""CPython's own tests of faulthandler, run with lastwords.faulthandler in its place.

They run where the interpreter comes with its test suite and is at 3.15's level.  The children that
these tests start import the standard module by name: their code is given a first statement that puts
ours under that name.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys

import pytest

pytestmark = [pytest.mark.native, pytest.mark.full]

SUITE = "test.test_faulthandler"
RUNNER = """
import sys, unittest
import lastwords.faulthandler as ours
sys.modules["faulthandler"] = ours
from test.support import script_helper
spawn = script_helper.spawn_python
SWAP = "import sys, lastwords.faulthandler; sys.modules['faulthandler'] = lastwords.faulthandler; "
def spawn_swapped(option, code, *args, **kwargs):
    assert option == "-c"
    return spawn(option, SWAP + code, *args, **kwargs)
script_helper.spawn_python = spawn_swapped
suite = unittest.defaultTestLoader.loadTestsFromName(sys.argv[1])
result = unittest.TextTestRunner(verbosity=2).run(suite)
"""
# It looks for a built-in module of the name `faulthandler` among the extension modules; ours is none.
EXPECTED_FAILURES = {"test_dump_ext_modules"}


@pytest.mark.skipif(sys.version_info < (3, 15), reason="its tests before 3.15 expect an older text")
@pytest.mark.timeout(600)
def test_suite_of_cpython() -> None:
    if importlib.util.find_spec("test") is None or importlib.util.find_spec(SUITE) is None:
        pytest.skip("this interpreter comes without CPython's tests")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [sys.executable, "-c", RUNNER, SUITE],
        env=clean,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    failed = set(re.findall(r"^(?:FAIL|ERROR): (\w+)", done.stderr, re.MULTILINE))
    ran = re.search(r"^Ran (\d+) tests", done.stderr, re.MULTILINE)
    assert ran, done.stderr
    assert int(ran[1]) > 40
    assert failed == EXPECTED_FAILURES, done.stderr[-3000:]
