"""The reference has every public name, argument, option and environment variable."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lastwords.cli import _USAGE, run

REPO = Path(__file__).resolve().parents[2]
SOURCES = REPO / "src"
REFERENCE = REPO / "docs" / "reference"
FACES = {
    "lastwords": "lastwords.md",
    "lastwords.traceback": "traceback.md",
    "lastwords.faulthandler": "faulthandler.md",
}
RETURNED = {"Installation", "NativeStatus"}  # classes that only functions of ours make
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


def tree_of(module: str) -> ast.Module:
    """Return the syntax tree of a module's stub, or of the module if it has none."""
    path = SOURCES.joinpath(*module.split("."))
    for file in (path / "__init__.pyi", path.with_suffix(".pyi"), path / "__init__.py"):
        if file.exists():
            return ast.parse(file.read_text(encoding="utf-8"))
    return ast.parse(path.with_suffix(".py").read_text(encoding="utf-8"))


def definitions_of(module: str, name: str) -> list[ast.stmt]:
    """Return what defines `name` in a module: several functions if it is overloaded."""
    found = []
    for node in tree_of(module).body:
        if isinstance(node, ast.ImportFrom) and name in [one.name for one in node.names]:
            return definitions_of(str(node.module), name)
        if isinstance(node, (*FUNCTION, ast.ClassDef)) and node.name == name:
            found.append(node)
    return found


def arguments_of(function: ast.FunctionDef) -> set[str]:
    given = function.args
    every = [one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return {one for one in every if one not in ("self", "cls", "klass") and one[0] != "_"}


def signatures_of(module: str, name: str) -> Iterator[tuple[str, set[str]]]:
    """Yield (name, arguments) of a function, or of a class and its public methods."""
    for node in definitions_of(module, name):
        if isinstance(node, ast.FunctionDef):
            yield name, arguments_of(node)
        elif isinstance(node, ast.ClassDef):
            for method in node.body:
                if isinstance(method, ast.FunctionDef):
                    if method.name == "__init__" and name not in RETURNED:
                        yield name, arguments_of(method)
                    elif not method.name.startswith("_"):
                        yield method.name, arguments_of(method)


def public_names(module: str) -> list[str]:
    for node in tree_of(module).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return ast.literal_eval(node.value)
    raise AssertionError(f"{module} has no __all__")


def missing_in(text: str, module: str, name: str) -> set[str]:
    """Return what the text of a page lacks of a public name."""
    lacking = set() if re.search(rf"\b{name}\b", text) else {name}
    for function, arguments in signatures_of(module, name):
        shown = re.findall(rf"\b{function}\(((?:[^()]|\([^()]*\))*)\)", text)
        lists = [set(re.findall(r"\w+", one)) for one in shown]
        if arguments and not any(arguments <= one for one in lists):
            lacking.add(f"{function}({', '.join(sorted(arguments))})")
        explained = set(re.findall(r"`(\w+)`", text))
        lacking |= {f"the meaning of {one}" for one in arguments - explained}
    return lacking


CASES = [(module, name) for module in FACES for name in public_names(module)]


@pytest.mark.parametrize(("module", "name"), CASES)
def test_name_and_arguments(module, name):
    text = REFERENCE.joinpath(FACES[module]).read_text(encoding="utf-8")
    assert not missing_in(text, module, name)


def test_the_check_sees_what_is_missing():
    enable = "enable(file=sys.stderr, all_threads=True, c_stack=True, *, max_threads=100)"
    lacking = missing_in(enable, "lastwords.faulthandler", "enable")
    assert "enable(all_threads, c_stack, file, max_threads, record)" in lacking
    assert "the meaning of record" in lacking
    assert missing_in("", "lastwords.faulthandler", "backend") == {"backend"}


def test_options_of_the_command():
    text = REFERENCE.joinpath("command.md").read_text(encoding="utf-8")
    options = re.findall(r"(?<![\w-])--[a-z-]+", _USAGE + run._USAGE)
    assert {"--style", "--version"} <= set(options)
    assert not [option for option in options if option not in text]


def test_environment_variables():
    text = REFERENCE.joinpath("command.md").read_text(encoding="utf-8")
    asked = re.compile(r"""(?:environ\.get|getenv)\(["']([A-Z_]+)["']""")
    sources = [*SOURCES.rglob("*.py"), *SOURCES.rglob("*.c")]
    names = {name for file in sources for name in asked.findall(file.read_text(encoding="utf-8"))}
    assert {"LASTWORDS_PURE", "NO_COLOR", "PYTHONINSPECT"} <= names
    assert not [name for name in names if f"`{name}`" not in text]
