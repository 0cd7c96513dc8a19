"""Pictures of pages for people to look at: taken where KYODO_SHOTS names a folder."""

import os
from pathlib import Path


def shot(page, name: str):
	"""Store a picture of the whole page as <folder>/<name>.png, once what moves has come to rest."""
	if folder := os.environ.get("KYODO_SHOTS"):
		page.wait_for_timeout(600)
		page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
