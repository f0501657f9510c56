"""The check of sizes reports what is too long, and nothing else."""

from __future__ import annotations

import check_sizes


def test_python_function_without_its_docstring(tmp_path):
    lines = ["    pass"] * check_sizes.PYTHON_FUNCTION_LINES
    docstring = ['    """' + "text", *["    more"] * 50, '    """']
    tmp_path.joinpath("fits.py").write_text("\n".join(["def fits():", *docstring, *lines[1:]]))
    tmp_path.joinpath("long.py").write_text("\n".join(["def too_long():", *lines]))
    (only,) = check_sizes.complaints(tmp_path)
    assert "long.py:1: too_long has 61 lines" in only


def test_c_function(tmp_path):
    body = ["    step();"] * (check_sizes.C_FUNCTION_LINES - 1)
    text = "\n".join(["static int", "too_long(int a,", "         int b)", "{", *body, "}", ""])
    tmp_path.joinpath("long.c").write_text(text)
    (only,) = check_sizes.complaints(tmp_path)
    assert "too_long has 91 lines" in only


def test_module(tmp_path):
    tmp_path.joinpath("long.py").write_text("x = 1\n" * (check_sizes.MODULE_LINES + 1))
    (only,) = check_sizes.complaints(tmp_path)
    assert "long.py: 501 lines" in only
