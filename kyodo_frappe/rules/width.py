"""Full-width letters, digits and signs (全角) as half-width ones (半角).

Source: domain.md §5 "Text". Unlike NFKC this folds widths only: ① and ² stay what they are, so that 10² never becomes 102.
"""

from __future__ import annotations

import re

_HALF = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0xFFE5: 0xA5}
# what input methods write for a hyphen or minus
HYPHENS = "‐‑‒–—―−ー─"
_HYPHEN = re.compile(f"[{HYPHENS}]")


def half_width(text: str) -> str:
	"""１２０，０００円 → 120,000円."""
	return text.translate(_HALF)


def plain_line(text: str) -> str:
	"""An address of mail or web or a telephone number in half width, without spaces around it: ａ＠ｅｘａｍｐｌｅ．ｊｐ, ０４６７－２３－３０００."""
	plain = half_width(text).strip()
	return _HYPHEN.sub("-", plain) if re.fullmatch(rf"[\s0-9+_\-,.*#(){HYPHENS}]+", plain) else plain
