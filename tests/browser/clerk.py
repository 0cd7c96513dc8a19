"""A clerk at a browser whose work is counted: clicks, typed fields, pages opened, seconds."""

import os
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from .screens import at_rest

expect = pytest.importorskip("playwright.sync_api").expect
PATIENCE = 30000  # ms; the desk loads much on the first visit


@dataclass
class Effort:
	"""What a task took. pages: addresses opened, by a load or within the desk; seconds: of the machine, a person reads besides."""

	clicks: int = 0
	fields: int = 0
	pages: int = 0
	seconds: float = 0


class Clerk:
	"""Acts on a page as a person does, who follows what the screen offers and never types an address.

	efforts: {task: Effort}. Where KYODO_SHOTS names a folder, a picture of each screen is stored there.
	"""

	def __init__(self, page, efforts: dict[str, Effort]):
		self.page, self.efforts, self.effort = page, efforts, Effort()
		page.on("framenavigated", lambda frame: self._count_page(frame))

	def _count_page(self, frame):
		if frame == self.page.main_frame:
			self.effort.pages += 1

	@contextmanager
	def task(self, name: str):
		"""Count what is done in the block under a task's name; several blocks of one name add up."""
		self.effort, began = self.efforts.setdefault(name, Effort()), time.monotonic()
		yield
		self.effort.seconds += time.monotonic() - began
		self.effort = Effort()

	def click(self, place):
		"""Click an element once it can be clicked."""
		place.click(timeout=PATIENCE)
		self.effort.clicks += 1

	def fill(self, place, text: str):
		"""Type a text into a field."""
		place.fill(text, timeout=PATIENCE)
		self.effort.fields += 1

	def choose(self, place, **option):
		"""Choose an option of a list: a click."""
		place.select_option(timeout=PATIENCE, **option)
		self.effort.clicks += 1

	def pick(self, place, text: str):
		"""Open a link field of a form and choose what it offers, once the form is still: what it fills in itself closes the list.

		The form takes the value when the server has confirmed it.
		"""
		at_rest(self.page)
		self.click(place)
		self.click(self.page.locator(".awesomplete li:visible, [role=option]:visible", has_text=text).first)
		field = place.evaluate("input => input.closest('[data-fieldname]').dataset.fieldname")
		self.page.wait_for_function("field => cur_frm.doc[field]", arg=field, timeout=PATIENCE)

	def mark(self, place, first: int, last: int):
		"""Choose a passage of a text with the mouse: one movement, counted as a click."""
		place.scroll_into_view_if_needed(timeout=PATIENCE)
		place.evaluate(
			"(text, [first, last]) => getSelection().setBaseAndExtent(text.firstChild, first, text.firstChild, last)", [first, last]
		)
		self.effort.clicks += 1

	def agree(self, label: str | None = None):
		"""Press the button of the dialog that is open, once it has come in: Bootstrap hides none that still moves."""
		dialog = self.page.locator(".modal.show")
		expect(dialog).to_be_visible(timeout=PATIENCE)
		self.page.wait_for_function("() => !$('.modal.show').data('bs.modal')._isTransitioning", timeout=PATIENCE)
		self.look("dialog")
		if label:
			expect(dialog.locator(".btn-primary:visible").last).to_contain_text(label)
		self.click(dialog.locator(".btn-primary:visible").last)
		expect(dialog).to_have_count(0, timeout=PATIENCE)

	def look(self, name: str):
		"""Store a picture of the screen, numbered in the order of the walk."""
		if os.environ.get("KYODO_SHOTS"):
			self.shots = getattr(self, "shots", 0) + 1
			self.page.wait_for_timeout(600)  # until what moves has come to rest
			self.page.screenshot(path=Path(os.environ["KYODO_SHOTS"]) / f"clerk-{self.shots:02}-{name}.png")


def table(efforts: dict[str, Effort], plain: dict[str, Effort]) -> str:
	"""Return the efforts of each task beside those of Frappe's plain lists and forms, as a table in Markdown."""
	lines = [
		"| task | clicks | fields | pages | seconds | plain clicks | plain fields | plain pages |",
		"|---|--:|--:|--:|--:|--:|--:|--:|",
	]
	for name, one in efforts.items():
		other = plain.get(name)
		beside = f"{other.clicks} | {other.fields} | {other.pages}" if other else "| | "
		lines.append(f"| {name} | {one.clicks} | {one.fields} | {one.pages} | {one.seconds:.0f} | {beside} |")
	return "\n".join(lines)
