"""The annual report on paper: cover, table of contents with page numbers, its parts with text, tables and pictures."""

import base64
import io

import frappe
from frappe import _
from frappe.model.document import Document
from PIL import Image

from kyodo_frappe.common import printing
from kyodo_frappe.common.language import _lt, in_record_language
from kyodo_frappe.common.printing import day, lines
from kyodo_frappe.front.annual import facts
from kyodo_frappe.partnership import photos
from kyodo_frappe.permissions import attachments
from kyodo_frappe.permissions.reading_cache import while_reading
from kyodo_frappe.web import charts as geometry
from kyodo_frappe.web import papers as record_papers
from kyodo_frappe.web.papers import Paper

REPORT = "Kyodo Annual Report"
PHOTO_SIDE = 900  # pixels: 150 mm at 150 dpi
CHART_WIDTH = 640  # of the picture's own units, in which percentages of web/charts.py are drawn


@while_reading()
def report(doc: Document) -> dict:
	"""Return {subject, city, programme, date, draft, parts} of a report; parts: [{number, kind, heading, lines, facts}], facts by kind."""
	programme = frappe.get_cached_doc("Kyodo Programme", doc.programme)
	shown = [row for row in doc.sections if row.included]
	projects = _chosen(doc)
	read = {
		"Figures of the Year": lambda: _figures(doc),
		"Projects of the Year": lambda: projects,
		"Decisions of the Year": lambda: facts.decisions_of(doc.programme, doc.fiscal_year),
		"Committee of the Year": lambda: facts.committees_of(doc.programme, doc.fiscal_year),
		"Evaluations of the Year": lambda: facts.evaluations_of(projects),
		"Events Held in the Year": lambda: facts.events_of(doc.programme, doc.fiscal_year),
		"Deadlines of the Year": lambda: facts.deadlines_of(doc.programme, doc.fiscal_year),
	}
	return {
		"title": doc.report_title,
		"subject": "",
		"city": programme.municipality_name or "",
		"office": programme.entrance_name or "",
		"programme": programme.programme_name,
		"year": facts.year_words(doc.fiscal_year),
		"date": day(doc.published_on) or "",
		"draft": "" if doc.state == "Published" else _("Draft of the annual report"),
		"parts": [
			{
				"number": number,
				"kind": row.kind,
				"heading": row.heading,
				"lines": lines(row.text),
				"facts": read[row.kind]() if row.kind in read else None,
			}
			for number, row in enumerate(shown, start=1)
		],
		"running": (f"{doc.report_title}　{facts.year_words(doc.fiscal_year)}", doc.name),
	}


def _chosen(doc: Document) -> list[dict]:
	"""The projects of the report in the order of its table, with the office's sentence and the photo it has chosen.

	A project that is no longer published, or a photo that is no longer released, is left out.
	"""
	public = {row.name: row for row in facts.projects_of(doc.programme, doc.fiscal_year)}
	rows = [row for row in doc.projects if row.included and row.project in public]
	released = photos.photos({row.photo: row.project for row in rows if row.photo})
	found = []
	for row in rows:
		project = public[row.project]
		chosen = next((photo for photo in project.photos if photo.row == row.photo), None)
		project.update(sentence=lines(row.sentence), photo=_photo(released.get(row.photo), chosen))
		found.append(project)
	return found


def _photo(content: bytes | None, chosen: dict | None) -> dict | None:
	"""{data, width, height, text}: a released photo as a data URL, small enough for paper; None without one."""
	if not content or not chosen:
		return None
	picture = Image.open(io.BytesIO(content))
	picture.thumbnail((PHOTO_SIDE, PHOTO_SIDE))
	kept = io.BytesIO()
	picture.save(kept, "JPEG", quality=80)
	data = base64.b64encode(kept.getvalue()).decode()
	return {"data": f"data:image/jpeg;base64,{data}", "width": picture.width, "height": picture.height, "text": chosen.subject}


def _figures(doc: Document) -> dict:
	found = facts.figures_of(doc.programme, doc.fiscal_year)
	for chart in found["charts"]:
		rows = [(facts.year_words(year), cells) for year, cells in chart["rows"]]
		chart.update(width=CHART_WIDTH, height=geometry.HEIGHT, rows=rows)
	return found


# -- printing --------------------------------------------------------------------------------


def print_report(doc: Document) -> bytes:
	"""Print a report as a PDF. The caller has checked the permission to print it."""
	with in_record_language():
		shown = frappe._dict(record_papers.heading(PAPERS[0], doc), name=doc.name, **report(doc))
	return printing.pdf(printing.render("annual_report", {"paper": shown}), shown.title, head=shown["running"])


def _kept_or_printed(doc: Document) -> bytes:
	"""A published report is the file that is published."""
	return attachments.stored_pdf(doc) or print_report(doc)


PAPERS = (
	Paper(
		"annual-report",
		REPORT,
		_lt("Annual Report"),
		report,
		"annual_report",
		pdf=_kept_or_printed,
		code="Annual Report",
		print_format="Kyodo Annual Report Paper",
	),
)
