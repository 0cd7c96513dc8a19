"""What the public searches, by kind: read through the rooms' public.py, a batch of records at a time."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain

import frappe
from frappe.model.document import Document

from kyodo_frappe.committee import public as meeting_public
from kyodo_frappe.common import background, fulltext, vocabulary
from kyodo_frappe.common.fulltext import Entry, Kind
from kyodo_frappe.common.language import _lt
from kyodo_frappe.common.markup import to_text
from kyodo_frappe.evaluation import public as evaluation_public
from kyodo_frappe.learning import public as learning_public
from kyodo_frappe.organisations import public as organisation_public
from kyodo_frappe.partnership import public as project_public
from kyodo_frappe.programme import form_public
from kyodo_frappe.programme import public as programme_public
from kyodo_frappe.proposals import public as proposal_public
from kyodo_frappe.rules.textkeys import spellings


def _proposals(names: list[str]) -> Iterator[Entry]:
	doctype = "Kyodo Proposal"
	fields = (*proposal_public.PROPOSAL_FIELDS, "section")
	rows = frappe.get_all(doctype, proposal_public.public_filters(name=["in", names]), fields, order_by="name")
	activities = organisation_public.activities_of([row.organisation for row in rows])
	organisations = {row.name: row.organisation for row in rows}
	form_public.blank_undeclared(doctype, rows)
	more = form_public.further_blocks(doctype, rows)
	organisation_public.name_organisations(rows)
	results = proposal_public.results([row.name for row in rows]) if rows else {}
	for row in rows:
		texts = (
			row.plain_summary,
			row.public_summary,
			row.organisation_name,
			*_texts(more[row.name]),
			*_reasons(results.get(row.name, [])),
		)
		yield Entry(
			name=row.name,
			title=row.title or row.name,
			texts=_filled(texts),
			also=spellings(row.organisation_name),
			programme=row.programme,
			year=row.fiscal_year,
			state=row.workflow_state,
			section=row.section,
			fields=activities.get(organisations[row.name], ()),
			day=row.received_on,
		)


def _reasons(results: list[dict]) -> Iterator[str | None]:
	"""The words of decisions, as far as they are public (`proposal_public.results` has emptied those of closed items)."""
	for result in results:
		yield result.conditions
		yield result.below_reason
		yield from chain.from_iterable((reason.question, reason.finding, reason.reason) for reason in result.reasons)


def _projects(names: list[str]) -> Iterator[Entry]:
	rows = project_public.texts_of(names)
	activities = organisation_public.activities_of([row.proposed_by for row in rows])
	evaluated = evaluation_public.texts_of([row.name for row in rows])
	for row in rows:
		yield Entry(
			name=row.name,
			title=row.project_name,
			texts=_filled(chain(row.texts, *map(_report_texts, row.reports), evaluated.get(row.name, ()))),
			also=spellings(row.organisation_name),
			programme=row.programme,
			year=row.fiscal_year,
			state=row.workflow_state,
			section=row.section,
			fields=activities.get(row.proposed_by, ()),
			day=row.from_date,
		)


def _report_texts(report: dict) -> Iterator[str | None]:
	yield from (report.summary, report.continuation)
	yield from (line.indicator for line in report.indicators)
	yield from _texts(report.more)


def _organisations(names: list[str]) -> Iterator[Entry]:
	rows = organisation_public.public_rows(names)
	activities = organisation_public.activities_of([row.name for row in rows])
	for row in rows:
		texts = (row.purpose, row.organisation_kana, row.representative, row.address, *_texts(row.more))
		yield Entry(
			name=row.name,
			title=row.organisation_name,
			texts=_filled(texts),
			also=spellings(row.organisation_name),
			fields=activities.get(row.name, ()),
			day=row.registered_on,
		)


def _meetings(names: list[str]) -> Iterator[Entry]:
	for row in meeting_public.in_full(names):
		agenda = chain.from_iterable((item.subject, item.notes) for item in row.agenda)
		yield Entry(
			name=row.name,
			title=f"{row.committee} {vocabulary.word(vocabulary.MEETING_TYPE, row.meeting_type)}".strip(),
			texts=_filled((*agenda, *chain.from_iterable(row.minutes))),
			programme=row.programme,
			year=row.fiscal_year,
			state=row.workflow_state,
			place=row.place,
			day=row.meeting_date,
		)


def _events(names: list[str]) -> Iterator[Entry]:
	for row in filter(None, map(learning_public.event, names)):
		yield Entry(
			name=row.name,
			title=row.event_name,
			texts=_filled((row.description, row.record, row.lecturer_name, row.place, row.cancel_reason)),
			programme=row.programme,
			year=row.fiscal_year,
			state=row.state,
			section=row.section,
			place=row.place,
			day=row.held_on,
		)


def _guide(names: list[str]) -> Iterator[Entry]:
	for row in filter(None, map(learning_public.guide_page, names)):
		comments = chain.from_iterable((comment.comment, comment.answer) for comment in row.comments)
		yield Entry(
			name=row.name,
			title=row.page_title,
			texts=_filled((to_text(row.body), to_text(row.revision), row.revision_reason, *comments)),
			programme=row.programme,
			day=row.adopted_on or row.modified,
		)


def _calls(names: list[str]) -> Iterator[Entry]:
	for row in programme_public.published_calls(names):
		yield Entry(
			name=row.name,
			title=row.call_name,
			texts=_filled((row.description,)),
			programme=row.programme,
			year=row.fiscal_year,
			section=row.section,
			day=row.opens_on,
		)


# -- what follows other records -----------------------------------------------------------------


def _link(fieldname: str) -> Callable[[Document], list[str]]:
	"""Return a follower that is named in a field of the document."""
	return lambda doc: [doc.get(fieldname)] if doc.get(fieldname) else []


def _of_organisation(doctype: str) -> Callable[[list[str]], list[str]]:
	return lambda names: frappe.get_all(doctype, {"organisation": ["in", names]}, pluck="name", order_by="name")


def _on_agenda(doc: Document) -> list[str]:
	return [item.proposal for item in doc.agenda if item.proposal]


def _meetings_about(fieldname: str, names: list[str]) -> list[str]:
	"""Return the meetings with one of these records on their agenda. fieldname: of the agenda item."""
	about = {"parenttype": "Kyodo Meeting", fieldname: ["in", names]}
	return frappe.get_all("Kyodo Agenda Item", about, pluck="parent", order_by="parent", distinct=True) if names else []


def _meetings_about_proposals(names: list[str]) -> list[str]:
	return _meetings_about("proposal", names)


def _meetings_about_projects(names: list[str]) -> list[str]:
	"""Return the meetings with a report or an evaluation of these projects on their agenda."""
	of_projects = {"project": ["in", names]}
	found = set()
	for fieldname, doctype in (("report", "Kyodo Report"), ("evaluation_round", "Kyodo Evaluation Round")):
		found.update(_meetings_about(fieldname, frappe.get_all(doctype, of_projects, pluck="name", order_by="name")))
	return sorted(found)


def _of_committee(names: list[str]) -> list[str]:
	return frappe.get_all("Kyodo Meeting", {"committee": ["in", names]}, pluck="name", order_by="name")


def _projects_of_round(doc: Document) -> list[str]:
	return [project for project in [frappe.db.get_value("Kyodo Evaluation Round", doc.evaluation_round, "project")] if project]


def on_programme_change(doc: Document, method: str | None = None):
	"""Have the records of a programme read again when it is opened or its forms show something else (doc_events)."""
	before = doc.get_doc_before_save()
	if before and _opened(before) != _opened(doc):
		job = "kyodo_frappe.front.search_kinds.index_programme"
		background.after_commit(job, "long", f"kyodo-search-{doc.name}", programme=doc.name)  # else the daily refresh


def _opened(programme: Document) -> tuple:
	"""What a programme says about what is public."""
	return programme.is_draft, sorted((row.form, row.fieldname) for row in programme.form_fields if row.public)


def index_programme(programme: str):
	"""Read the records of a programme again (a job)."""
	for name, kind in fulltext.kinds(fulltext.PUBLIC).items():
		if frappe.get_meta(kind.doctype).has_field("programme"):
			fulltext.index(name, frappe.get_all(kind.doctype, {"programme": programme}, pluck="name", order_by="name"))


# -- texts --------------------------------------------------------------------------------------


def _texts(blocks: list[dict]) -> Iterator[str]:
	"""Return the texts of blocks of a form (programme/form_text.py)."""
	for block in blocks:
		yield from (cell for row in block.get("rows") or [] for cell in row)
		yield block.get("text") or ""


def _filled(texts: Iterable[str | None]) -> tuple[str, ...]:
	return tuple(text for text in texts if text)


def _listed(read: Callable[[list[str]], Iterator[Entry]]) -> Callable[[list[str]], list[Entry]]:
	return lambda names: list(read(names))


KINDS = (
	Kind(
		"proposals",
		"Kyodo Proposal",
		_lt("Proposals"),
		proposal_public.public_filters,
		_listed(_proposals),
		{"Kyodo Decision": _link("proposal"), "Kyodo Meeting": _on_agenda},
		{"Kyodo Organisation": _of_organisation("Kyodo Proposal")},
	),
	Kind(
		"projects",
		"Kyodo Project",
		_lt("Projects"),
		project_public.public_filters,
		_listed(_projects),
		{
			"Kyodo Progress Note": _link("project"),
			"Kyodo Report": _link("project"),
			"Kyodo Evaluation Round": _link("project"),
			"Kyodo Evaluation Sheet": _projects_of_round,
		},
		{"Kyodo Organisation": _of_organisation("Kyodo Project")},
	),
	Kind("organisations", "Kyodo Organisation", _lt("Organisations"), organisation_public.public_filters, _listed(_organisations)),
	Kind(
		"meetings",
		"Kyodo Meeting",
		_lt("Meetings"),
		meeting_public.public_filters,
		_listed(_meetings),
		looked_up={
			"Kyodo Committee": _of_committee,
			"Kyodo Proposal": _meetings_about_proposals,
			"Kyodo Project": _meetings_about_projects,
		},
	),
	Kind("events", "Kyodo Event", _lt("Events"), learning_public.event_filters, _listed(_events)),
	Kind(
		"guide",
		"Kyodo Page",
		_lt("Guideline and manuals"),
		learning_public.page_filters,
		_listed(_guide),
		{"Kyodo Page Comment": _link("page")},
	),
	Kind("calls", "Kyodo Call", _lt("Calls"), programme_public.call_filters, _listed(_calls)),
)
