"""Sphinx: how the documentation is built (`make docs`: nitpicky, warnings are errors)."""

import re
from importlib.metadata import version as version_of

from sphinx.application import Sphinx

project = "lastwords"
author = "the lastwords authors"
copyright = "the lastwords authors"
release = version = version_of("lastwords")

extensions = ["myst_parser", "sphinx.ext.autodoc"]
source_suffix = {".md": "markdown"}
root_doc = "index"
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"lastwords {release}"
html_static_path = ["_static"]
html_copy_source = False
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True, "show-inheritance": True}
# Docstrings are plain prose with Markdown's `code`: one backtick means code there.
default_role = "code"
# The documentation is built without a network, so that names of other projects have no target.
nitpick_ignore_regex = [(r"py:.*", r"(?!lastwords).*"), (r"py:.*", r"lastwords\._native\..*")]

OPTION = re.compile(r"[a-z_]+(, [a-z_]+)*( and [a-z_]+)?: ")


def list_options(
    _app: Sphinx, _what: str, _name: str, _obj: object, _options: object, lines: list[str]
) -> None:
    """Make a list of a paragraph whose lines are `option: meaning`, continued by indented ones."""
    found = []
    for paragraph in "\n".join(lines).split("\n\n"):
        heads = [line for line in paragraph.split("\n") if not line.startswith(" ")]
        if heads and all(OPTION.match(line) for line in heads):
            paragraph = re.sub(r"^(?! )", ":", paragraph, flags=re.MULTILINE)  # noqa: PLW2901
        found.append(paragraph)
    lines[:] = "\n\n".join(found).split("\n")


def setup(app: Sphinx) -> None:
    """Connect what is above."""
    app.connect("autodoc-process-docstring", list_options)
