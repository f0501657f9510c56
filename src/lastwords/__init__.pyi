# Types of the package's public names.

from lastwords import faulthandler as faulthandler
from lastwords import traceback as traceback
from lastwords._hooks import Installation as Installation
from lastwords._hooks import install as install
from lastwords._hooks import uninstall as uninstall
from lastwords.errors import FormatError as FormatError
from lastwords.errors import LastwordsError as LastwordsError
from lastwords.errors import RecordError as RecordError
from lastwords.errors import StyleError as StyleError
from lastwords.status import NativeStatus as NativeStatus
from lastwords.status import native_status as native_status
from lastwords.watchdog import watchdog as watchdog

__version__: str
__all__ = [
    "FormatError",
    "Installation",
    "LastwordsError",
    "NativeStatus",
    "RecordError",
    "StyleError",
    "__version__",
    "install",
    "native_status",
    "uninstall",
    "watchdog",
]

def __dir__() -> list[str]: ...
