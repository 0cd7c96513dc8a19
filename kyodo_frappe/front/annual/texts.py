"""The texts of an annual report: what it begins with, before the office writes its own."""

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.common.language import _lt, in_record_language
from kyodo_frappe.front.annual import facts
from kyodo_frappe.programme import city_words

# the parts of a report in their order: {kind: (heading, text it begins with)}
PARTS = {
	"Greeting": (
		_lt("Greeting (heading of a report)"),
		_lt("This report shows what the citizens’ groups and the city did together in {1} in the programme “{0}”."),
	),
	"Figures of the Year": (
		_lt("The year in figures"),
		_lt("The figures count proposals whose proposers have agreed to their publication, and published projects."),
	),
	"Projects of the Year": (_lt("Projects of the year"), ""),
	"Decisions of the Year": (_lt("Decisions and reasons"), ""),
	"Evaluations of the Year": (_lt("Mutual evaluation"), ""),
	"Committee of the Year": (_lt("Committee and meetings"), ""),
	"Events Held in the Year": (_lt("Learning and exchange"), ""),
	"Deadlines of the Year": (_lt("Deadlines and answers"), ""),
}


def fill(report: Document):
	"""Add to a report what it lacks: its title, the parts, the projects of the year. What the office has written stays."""
	with in_record_language():
		programme = frappe.get_cached_doc("Kyodo Programme", report.programme)
		year = facts.year_words(report.fiscal_year)
		report.report_title = report.report_title or _("Annual report of {0}").format(programme.programme_name)
		_add_parts(report, programme, year)
		_add_projects(report)


def _add_parts(report: Document, programme: Document, year: str):
	there = {row.kind for row in report.sections}
	for kind, (heading, text) in PARTS.items():
		if kind in there:
			continue
		said = _(text).format(programme.programme_name, year) if text else ""
		if kind == "Greeting" and (mayor := city_words.mayor(programme)):
			said += f"\n\n{mayor}"
		report.append("sections", {"kind": kind, "heading": _(heading), "text": said, "included": 1})


def _add_projects(report: Document):
	there = {row.project for row in report.projects}
	for project in facts.projects_of(report.programme, report.fiscal_year):
		if project.name not in there:
			photo = project.photos[0].row if project.photos else ""
			report.append(
				"projects",
				{
					"project": project.name,
					"project_name": project.project_name,
					"sentence": project.summary,
					"photo": photo,
					"included": 1,
				},
			)
