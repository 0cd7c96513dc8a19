"""Former addresses of whitelisted functions, which keep working for one more version because other programs may call them.

`old_addresses.json`: {old address: new address}, generated when rooms replaced layers (0.6).
"""

import json
from pathlib import Path

OLD: dict[str, str] = json.loads(Path(__file__).with_name("old_addresses.json").read_text(encoding="utf-8"))
