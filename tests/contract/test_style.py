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


PACKAGE = CHECKOUT / "kyodo_frappe"
PAPERS = PACKAGE / "templates" / "papers"
PRINT_FORMATS = PACKAGE / "kyodo_frappe" / "print_format"


def _papers() -> list[Path]:
	return [*PAPERS.glob("*.html"), *PRINT_FORMATS.rglob("*.html")]


def test_templates_stay_readable():
	"""A sentence for people stays whole, in a line of its own where it is long."""
	wide = []
	for path in [*(PACKAGE / "templates" / "kyodo").rglob("*.html"), *_papers(), PAPERS / "papers.css"]:
		for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
			if len(line) > 140 and not re.search(r'"[^"]{90,}"', line):
				wide.append(f"{path.relative_to(CHECKOUT)}:{number}")
	assert not wide, wide


def _selectors(css: str) -> set[str]:
	plain = re.sub(r"/\*.*?\*/|@page[^{]*\{(?:[^{}]|\{[^{}]*\})*\}", "", css, flags=re.DOTALL)
	found = re.findall(r"([^{};]+)\{", re.sub(r"@media[^{]*\{", "", plain))
	return {one.strip() for group in found for one in group.split(",")}


def test_papers_share_one_style_sheet():
	"""A paper's own rules are those for its own class: everything else is in papers.css."""
	assert _selectors(".a .b, .c { x: y } @page { m: 1; @top { n: 2 } } /* .d { */ @media print { .e { x: y } }") == {".a .b", ".c", ".e"}
	wrong, named = [], []
	for path in _papers():
		text = path.read_text(encoding="utf-8")
		own = re.search(r'<div class="paper(?: formal)? (\w+)"', text)
		named += [own[1]] if own else []
		for style in re.findall(r"<style>(.*?)</style>", text, re.DOTALL):
			if own:
				wrong += [f"{path.name}: {one}" for one in _selectors(style) if not one.startswith((f".paper.{own[1]}", ".print-format"))]
	assert len(named) == len(set(named)) == 7, named
	assert not wrong, wrong
	assert all(one.startswith((".paper", ".print-format")) for one in _selectors((PAPERS / "papers.css").read_text(encoding="utf-8")))
