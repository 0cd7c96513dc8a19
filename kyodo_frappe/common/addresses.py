"""Addresses of whitelisted functions that moved: other programs may know the old one, which answers for one version more.

`old_addresses.json`: {old address: new address}, made from the two trees when rooms took the place of layers (0.6).
"""

import json
from pathlib import Path

OLD: dict[str, str] = json.loads(Path(__file__).with_name("old_addresses.json").read_text(encoding="utf-8"))
