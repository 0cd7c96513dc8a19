"""Style: what the hooks of .pre-commit-config.yaml look at, so that CI does not depend on who has installed them.

Style and complexity of Python are pyproject.toml's, those of scripts .prettierrc.json's.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from host.home import Home

CHECKOUT = Path(__file__).resolve().parents[2]
HOOKS = (CHECKOUT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
TYPES = re.search(r"id: conventional-pre-commit\n.*\n\s+args: \[(.*)\]", HOOKS)[1].split(", ")
SUBJECTS_SINCE = "2026-11-29T18:30:00Z"  # earlier ones were written before there was a rule


@pytest.mark.parametrize("words", [("check", "--output-format=concise"), ("format", "--check")], ids=["check", "format"])
def test_ruff_has_nothing_to_say(words):
	told = subprocess.run([sys.executable, "-m", "ruff", *words, "--no-cache", "."], cwd=CHECKOUT, capture_output=True, text=True)
	assert told.returncode == 0, told.stdout + told.stderr


def test_prettier_has_nothing_to_say():
	home = Home(CHECKOUT)
	prettier = home.root / "node" / "bin" / "prettier"
	if not prettier.exists():
		pytest.skip("prettier comes with the bench (./kyodo test)")
	found = subprocess.run(
		[prettier, "--check", "--log-level=warn", "kyodo_frappe", "tests"],
		cwd=CHECKOUT,
		env={**os.environ, "PATH": f"{prettier.parent}{os.pathsep}{os.environ['PATH']}"},
		capture_output=True,
		text=True,
	)
	assert found.returncode == 0, found.stdout + found.stderr


def _is_good_subject(subject: str) -> bool:
	return len(subject) <= 72 and bool(re.fullmatch(rf"({'|'.join(TYPES)})(\([^()]+\))?!?: \S.*[^. ]", subject))


@pytest.mark.parametrize(
	("subject", "good"),
	[
		("feat(letters): a letter keeps its number", True),
		("fix!: what was broken", True),
		("test(at once, rest): two officers close a meeting", True),
		("Merge what came in", False),
		("feature(letters): a letter keeps its number", False),
		("fix(letters) a letter keeps its number", False),
		("fix(letters): a letter keeps its number.", False),
		("docs: " + "x" * 67, False),
	],
)
def test_what_is_a_good_subject(subject, good):
	assert _is_good_subject(subject) == good


def test_subjects_of_commits():
	if not (CHECKOUT / ".git").exists() or not shutil.which("git"):
		pytest.skip("no history of commits")
	log = subprocess.run(
		["git", "log", "--no-merges", "--format=%h %s", f"--since={SUBJECTS_SINCE}"], cwd=CHECKOUT, capture_output=True, text=True
	)
	if log.returncode:
		pytest.skip(log.stderr)
	wrong = [line for line in log.stdout.splitlines() if not _is_good_subject(line.partition(" ")[2])]
	assert not wrong, wrong


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
	assert len(named) == len(set(named)) >= 7, named
	assert not wrong, wrong
	assert all(one.startswith((".paper", ".print-format")) for one in _selectors((PAPERS / "papers.css").read_text(encoding="utf-8")))
