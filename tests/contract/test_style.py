"""Style and complexity, as pyproject.toml says them: ruff's own findings, and that its formatter has nothing to do."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("words", [("check", "--output-format=concise"), ("format", "--check")], ids=["check", "format"])
def test_ruff_has_nothing_to_say(words):
	told = subprocess.run([sys.executable, "-m", "ruff", *words, "--no-cache", "."], cwd=CHECKOUT, capture_output=True, text=True)
	assert told.returncode == 0, told.stdout + told.stderr


def test_templates_stay_readable():
	"""A sentence for people stays whole, in a line of its own where it is long."""
	wide = []
	for path in (CHECKOUT / "kyodo_frappe" / "templates" / "kyodo").rglob("*.html"):
		for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
			if len(line) > 140 and not re.search(r'"[^"]{90,}"', line):
				wide.append(f"{path.relative_to(CHECKOUT)}:{number}")
	assert not wide, wide
