"""The pictures of the documentation, taken in the demo city where KYODO_DOC_SHOTS is set: `docs/pictures/<document>-<number>.png`.

Taken again after each change of what they show, they never age. Making the city takes minutes, so nobody else waits for it.
"""

import io
import os
from pathlib import Path

import frappe
import pytest
from PIL import Image

from kyodo_frappe.demo import city as demo
from kyodo_frappe.demo import people

pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.skipif(not os.environ.get("KYODO_DOC_SHOTS"), reason="takes minutes; KYODO_DOC_SHOTS=1 takes the pictures")

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures"
MOST_BYTES = 80_000
COLOURS = 48
DESK, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 844}
SHOWN_WIDTH = {1280: 960, 390: 390}


@pytest.fixture(scope="module")
def city(site):
	"""The demo city, removed afterwards."""
	demo.build(log=lambda _line: None)
	yield
	frappe.db.rollback()
	demo.clear()
	frappe.db.commit()


def named(doctype: str, **filters) -> str:
	return frappe.db.get_value(doctype, filters, "name", order_by="creation desc")


def story(title: str) -> str:
	return named("Kyodo Project", project_name=title)


# {document and number: (key of the login or "" for a guest, address, size of the window)}
PICTURES = {
	"readme-1": ("", lambda: "/kyodo", DESK),
	"readme-2": ("", lambda: f"/kyodo/projects/{story('みんなの食堂 ― 水曜の夕ごはん')}", DESK),
	"readme-3": ("group", lambda: "/kyodo/my", PHONE),
	"organisations-1": ("group", lambda: "/kyodo/my", DESK),
	"organisations-2": ("group", lambda: f"/kyodo/my/proposals/{named('Kyodo Proposal', workflow_state='Returned')}", PHONE),
	"organisations-3": ("group", lambda: f"/kyodo/my/projects/{story('食材のめぐる仕組みづくり')}", DESK),
	"committee-members-1": ("member", lambda: "/kyodo/my", DESK),
	"committee-members-2": ("member", lambda: f"/kyodo/meetings/{named('Kyodo Meeting', workflow_state='Published')}", DESK),
	"support-centre-1": ("support", lambda: "/kyodo/my/centre", DESK),
	"officers-1": ("officer", lambda: f"{desk()}/kyodo-today", DESK),
	"officers-2": ("officer", lambda: f"{desk()}/kyodo-proposal/{named('Kyodo Proposal', workflow_state='Step 1')}", DESK),
}


def desk() -> str:
	"""The address of the desk, which Frappe's versions name differently."""
	return "/" + frappe.utils.get_url_to_form("User", "x").split("//", 1)[-1].split("/")[1]


def test_pictures_of_the_documents_are_taken(city, new_page, page_as):
	FOLDER.mkdir(exist_ok=True)
	for name, (login, address, size) in PICTURES.items():
		page = page_as(f"{login}@{people.DOMAIN}", viewport=size) if login else new_page(viewport=size)
		response = page.goto(address())
		assert response.ok, (name, response.status)
		page.wait_for_load_state("networkidle")
		save(name, page.screenshot(), SHOWN_WIDTH[size["width"]])
		page.close()


def save(name: str, picture: bytes, width: int):
	"""Save a picture as a small PNG with a palette."""
	shown = Image.open(io.BytesIO(picture)).convert("RGB")
	shown = shown.resize((width, round(shown.height * width / shown.width)), Image.Resampling.LANCZOS)
	path = FOLDER / f"{name}.png"
	shown.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
	assert path.stat().st_size < MOST_BYTES, (name, path.stat().st_size)
