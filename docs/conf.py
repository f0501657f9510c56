"""Sphinx: how the documentation is built (`make docs`: nitpicky, warnings are errors)."""

from importlib.metadata import version as version_of

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
nitpick_ignore_regex = [(r"py:.*", r"(?!lastwords).*")]
