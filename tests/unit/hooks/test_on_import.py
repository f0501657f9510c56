"""What waits for the first import of a module."""

from __future__ import annotations

from support import child


def test_a_failing_callback_does_not_break_an_import():
    assert (
        child.printed("""
        import sys
        from lastwords._hooks import on_import as onimport
        onimport.when_imported("threading", lambda module: 1 / 0)
        import threading
        print(threading.__name__, onimport._finder in sys.meta_path)
    """)
        == "threading False\n"
    )
