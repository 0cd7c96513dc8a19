"""The documentation shows each of its pictures with a text, and no other (docs/pictures, tests/browser/test_doc_pictures.py)."""

import json
import re
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
FOLDER = CHECKOUT / "docs" / "pictures"


def _shown() -> dict[str, list[str]]:
	"""{file: texts} of the pictures in README and docs."""
	shown: dict[str, list[str]] = {}
	for page in (CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").glob("*.md"))):
		for text, file in re.findall(r"!\[([^\]]*)\]\((?:docs/)?pictures/([\w-]+\.png)\)", page.read_text(encoding="utf-8")):
			shown.setdefault(file, []).append(text)
	return shown


def test_pictures_are_declared_there_and_shown():
	declared = {picture["file"] for picture in json.loads((FOLDER / "pictures.json").read_text(encoding="utf-8"))}
	assert declared == {file.name for file in FOLDER.glob("*.png")} == set(_shown())


def test_pictures_have_a_text():
	assert all(text.strip() for texts in _shown().values() for text in texts)
