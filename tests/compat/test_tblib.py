"""What tblib pickles while our hooks are in place can be read without lastwords."""

from __future__ import annotations

import pytest

from support import child

pytestmark = pytest.mark.compat
pytest.importorskip("tblib")

READS = (
    "import pickle, sys; sys.modules['lastwords'] = None; from tblib import pickling_support; "
    "kind, error, tb = pickle.loads(sys.stdin.buffer.read()); "
    "print(kind.__name__, repr(error), tb.tb_frame.f_code.co_name)"
)
PROGRAM = f"""
import asyncio, logging, pickle, subprocess, sys
from tblib import pickling_support
pickling_support.install()
import lastwords
lastwords.install(traceback=True)
class Send(logging.Handler):
    def emit(self, record):
        data = pickle.dumps(record.exc_info)
        assert b"lastwords" not in data
        subprocess.run([sys.executable, "-c", {READS!r}], input=data, check=True)
logger = logging.getLogger("asyncio")
logger.addHandler(Send())
def fails():
    return {{}}["k"]
try:
    fails()
except KeyError:
    logger.exception("said")
"""


def test_the_exc_info_of_a_record_of_asyncio():
    done = child.program(PROGRAM, status=0)
    assert (done.stdout, done.stderr) == ("KeyError KeyError('k') <module>\n", "")
