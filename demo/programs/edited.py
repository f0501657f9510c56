"""A module that is edited while the program runs: its lines are not where they were."""

import sys
import tempfile
from pathlib import Path

PRICES = """\
def price(item):
    cents = item["price"] * 100
    return cents * item["count"]
"""

folder = tempfile.TemporaryDirectory()
module = Path(folder.name, "prices.py")
module.write_text(PRICES)
sys.path.append(folder.name)

import prices

module.write_text("RATE = 1.19\n" + PRICES)
prices.price({"price": 2})
