"""Programs that die on purpose, and what their reports must contain."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).resolve().parent
PROGRAM = HERE / "victim.py"
SOURCES = HERE / "crashext"
"""The C sources of the extension `crashext`, and of the programs that use the victim."""
