# Types of the drop-in module.

from lastwords.traceback._exception import TracebackException as TracebackException
from lastwords.traceback._frame import FrameSummary as FrameSummary
from lastwords.traceback._functions import _print_exception_bltin as _print_exception_bltin
from lastwords.traceback._functions import clear_frames as clear_frames
from lastwords.traceback._functions import extract_stack as extract_stack
from lastwords.traceback._functions import extract_tb as extract_tb
from lastwords.traceback._functions import format_exc as format_exc
from lastwords.traceback._functions import format_exception as format_exception
from lastwords.traceback._functions import format_exception_only as format_exception_only
from lastwords.traceback._functions import format_list as format_list
from lastwords.traceback._functions import format_stack as format_stack
from lastwords.traceback._functions import format_tb as format_tb
from lastwords.traceback._functions import print_exc as print_exc
from lastwords.traceback._functions import print_exception as print_exception
from lastwords.traceback._functions import print_last as print_last
from lastwords.traceback._functions import print_list as print_list
from lastwords.traceback._functions import print_stack as print_stack
from lastwords.traceback._functions import print_tb as print_tb
from lastwords.traceback._stack import StackSummary as StackSummary
from lastwords.traceback._stack_capture import walk_stack as walk_stack
from lastwords.traceback._stack_capture import walk_tb as walk_tb

__all__ = [
    "extract_stack",
    "extract_tb",
    "format_exception",
    "format_exception_only",
    "format_list",
    "format_stack",
    "format_tb",
    "print_exc",
    "format_exc",
    "print_exception",
    "print_last",
    "print_stack",
    "print_tb",
    "clear_frames",
    "FrameSummary",
    "StackSummary",
    "TracebackException",
    "walk_stack",
    "walk_tb",
    "print_list",
]

def __dir__() -> list[str]: ...
