"""Pages about the participants in a proposal: next steps, corrections, consents, partners, comments and consultations."""

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.common import corrections
from kyodo_frappe.permissions.people import WRITERS, organisations_of
from kyodo_frappe.permissions.roles import SUPPORT
from kyodo_frappe.proposals import comments, consents, early_start, next_steps, proposals, reproposal, writing
from kyodo_frappe.web import forms
from kyodo_frappe.web.blocks import MOST, titles_of
from kyodo_frappe.web.records import page_record, pick
from kyodo_frappe.workflows.states import WRITING, category_of, drafts


def overview_context(doc: Document) -> dict:
	"""What the overview of a proposal shows besides its text and record."""
	return {
		"next_steps": next_steps.next_steps(doc),
		"asked": _open_corrections(doc),
		"may_answer": doc.workflow_state not in drafts(doc.doctype) and category_of(doc) == WRITING and doc.has_permission("write"),
		"consent": consents.pending_consent(doc, frappe.session.user),
		"objection": doc.objection or "",
		"early_start": _early_start(doc),
		"is_paper": doc.intake == "Paper",
		"changes": reproposal.changes(doc),
		"unanswered": reproposal.unanswered_remarks(doc),
	}


def _early_start(doc: Document) -> dict | None:
	"""The request to begin before the decision, and whether the user may make one; None where there is neither."""
	may_ask = early_start.may_ask(doc, frappe.session.user)
	if not may_ask and not doc.early_start_on:
		return None
	shown = pick(doc, *("early_start_on", "early_start_reason", "early_start_asked_on"))
	shown.update(pick(doc, *("early_start_approved", "early_start_answered_on", "early_start_answer")))
	typed = forms.refused_input(f"early:{doc.name}")
	return frappe._dict(shown, may_ask=may_ask, typed=typed, waiting=early_start.is_waiting(doc))


def _open_corrections(doc: Document) -> list[dict]:
	"""[{name, label, passage, reason, answer, address}] of the open corrections; address: of the input of the part."""
	typed = forms.refused_input(f"answers:{doc.name}")
	found = []
	for row in corrections.open_rows(doc):
		if row.returned_on:
			step = writing.step_of(doc, row.field)
			found.append(
				frappe._dict(
					name=row.name,
					label=row.field_label or _("The whole"),
					passage=row.passage or "",
					reason=row.reason,
					answer=typed.get(f"answer-{row.name}", row.answer or ""),
					address=f"{writing.address_of(doc.name, step)}#i-{row.field}" if step else "",
				)
			)
	return found


def participation(name: str) -> dict:
	"""Context of the page of the participants: writers, partners, helpers and their comments."""
	doc = page_record("Kyodo Proposal", name)
	may_write = doc.organisation in organisations_of(frappe.session.user, WRITERS)
	editing = may_write and category_of(doc) == WRITING
	programme = frappe.get_cached_doc("Kyodo Programme", doc.programme)
	labels = dict(proposals.correctable_fields(doc))
	comments_by_part = comments.by_part(name)
	return {
		"title": _("Writing it together"),
		"doc": pick(
			doc,
			*("name", "title", "workflow_state", "modified", "origin", "section", "section_consented_on"),
			*("advice_access", "advice_question", "advice_asked_on", "organisation"),
		),
		"editing": editing,
		"people": _people(doc) if may_write else [],
		"partners": [_partner(row) for row in doc.partners],
		"choices": _possible_partners(doc) if editing else [],
		"sections": _sections() if editing else [],
		"support_centre": programme.support_centre_name or _("Support Centre"),
		"may_comment": comments.commenter_role(doc, frappe.session.user) is not None and category_of(doc) not in comments.CLOSED,
		"is_support": SUPPORT in frappe.get_roles(),
		"consultations": consultations_of({"proposal": name}),
		"parts_of_sheet": [("", _("The whole")), *labels.items()],
		"comments": [(labels.get(part) or _("The whole"), rows) for part, rows in comments_by_part.items()],
		"typed": forms.refused_input(f"together:{name}"),
	}


def _people(doc: Document) -> list[dict]:
	rows = frappe.get_all(
		"Kyodo Organisation Member",
		{"parenttype": "Kyodo Organisation", "parent": doc.organisation},
		["member_name", "user", "member_role"],
		order_by="idx",
	)
	return [frappe._dict(name=row.member_name or row.user, role=row.member_role) for row in rows]


def _partner(row: Document) -> dict:
	return frappe._dict(name=row.name, title=consents.partner_title(row), role=row.role or "", consented_on=row.consented_on)


def _possible_partners(doc: Document) -> list[tuple[str, str]]:
	"""[(name, title)] of public organisations; others are named by their registration number."""
	rows = frappe.get_all(
		"Kyodo Organisation",
		{"publish_profile": 1, "workflow_state": "Registered", "name": ["not in", doc.own_organisations() or [""]]},
		["name", "organisation_name"],
		order_by="organisation_kana asc, organisation_name asc",
		limit=500,
	)
	return [(row.name, row.organisation_name) for row in rows]


def _sections() -> list[str]:
	return frappe.get_all("Kyodo Section", {"disabled": 0}, pluck="name", order_by="name")


# -- consultations -------------------------------------------------------------------


def consultations() -> dict:
	"""Context of the list of consultations."""
	return {"title": _("Consultations"), "rows": consultations_of({})}


def consultations_of(filters: dict) -> list[dict]:
	"""Return the consultations that the user may read, latest first, with the title of their proposal."""
	if not frappe.has_permission("Kyodo Consultation", "read"):
		return []
	rows = frappe.get_list(
		"Kyodo Consultation",
		filters,
		["name", "proposal", "proposal_title", "kind", "held_on", "section", "participants", "summary", "opinion"],
		order_by="held_on desc",
		limit=MOST,
	)
	titles = titles_of("Kyodo Proposal", "title", [row.proposal for row in rows])
	for row in rows:
		row.title = titles.get(row.proposal) if row.proposal else row.proposal_title
	return rows
