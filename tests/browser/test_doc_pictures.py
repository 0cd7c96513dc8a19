"""The pictures of the documentation, taken anew from the demo city, so that they never age.

docs/pictures/pictures.json declares each: address or `list` (a DocType's list in the desk), login of the demo, size, and what is opened
one after the other. They are taken with KYODO_DOC_PICTURES=1 ./kyodo test tests/browser/test_doc_pictures.py while a demo runs.
"""

import io
import json
import os

import frappe
import pytest
from PIL import Image

from . import demo_city

FOLDER = demo_city.CHECKOUT / "docs" / "pictures"
PICTURES = json.loads((FOLDER / "pictures.json").read_text(encoding="utf-8"))
COLOURS = 96  # of the palette: a small file in which texts stay clear
LARGEST = 120_000  # bytes


@pytest.fixture(scope="module")
def demo():
	return demo_city.running()


@pytest.mark.skipif(not os.environ.get("KYODO_DOC_PICTURES"), reason="pictures are taken where KYODO_DOC_PICTURES is set")
@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture["file"])
def test_picture_is_taken(picture, demo, browser, site):
	context = browser.new_context(
		viewport={"width": picture["width"], "height": picture["height"]}, locale="ja-JP", timezone_id="Asia/Tokyo", reduced_motion="reduce"
	)
	try:
		if "user" in picture:
			demo_city.log_in(context, demo, picture["user"])
		page = context.new_page()
		page.goto(demo["url"] + _address(picture))
		for selector in picture.get("open", ()):
			page.locator(selector).first.click()
			page.wait_for_load_state("load")
		page.wait_for_timeout(5000 if "list" in picture else 600)
		found = Image.open(io.BytesIO(page.screenshot()))
	finally:
		context.close()
	small = found.convert("RGB").quantize(COLOURS, method=Image.Quantize.MEDIANCUT)
	small.save(FOLDER / picture["file"], optimize=True)
	assert (FOLDER / picture["file"]).stat().st_size < LARGEST


def _address(picture: dict) -> str:
	if "list" in picture:
		return "/" + frappe.utils.get_url_to_list(picture["list"]).split("//", 1)[-1].partition("/")[2]
	return picture["address"]
