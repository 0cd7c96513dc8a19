"""Style and complexity, as pyproject.toml says them: ruff's own findings, and that its formatter has nothing to do."""

import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("words", [("check", "--output-format=concise"), ("format", "--check")], ids=["check", "format"])
def test_ruff_has_nothing_to_say(words):
	told = subprocess.run([sys.executable, "-m", "ruff", *words, "--no-cache", "."], cwd=CHECKOUT, capture_output=True, text=True)
	assert told.returncode == 0, told.stdout + told.stderr
