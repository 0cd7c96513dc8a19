"""The pages of an agreement: its text as it would be signed, and its draft, written section by section."""

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.partnership import (
	agreement_check,
	agreement_drafts,
	agreement_paper,
	agreement_terms,
	agreement_text,
	agreements,
	part_forms,
	parties,
)
from kyodo_frappe.partnership.part_forms import Part
from kyodo_frappe.partnership.plan_pages import form_choices, negotiation_context, parts_by_code, plan_parts, requested_part
from kyodo_frappe.permissions.roles import OFFICER
from kyodo_frappe.web import forms
from kyodo_frappe.web.blocks import MOST, accepted_files, task, titles_of
from kyodo_frappe.web.records import page_record, pick
from kyodo_frappe.workflows.states import category_of

AGREEMENT = "Kyodo Agreement"
PROJECT = "Kyodo Project"


def agreement_parts(doc: Document) -> dict[str, Part]:
	"""{code: part} of an agreement's draft, in the order of its form."""
	plan = plan_parts()
	parts = [
		Part("term", _("Term and form"), ("effective_from", "effective_to", "form")),
		Part(
			"parties",
			_("Who signs"),
			tables={"parties": ("party_name", "representative")},
			help=_("Name and representative as shown at the end of the text."),
			may_add=False,
		),
		Part(
			"clauses",
			_("Clauses"),
			tables={"clauses": ("heading", "body")},
			help=_("The articles are numbered in this order.") + " " + _("To remove a row, clear it and save."),
		),
		plan["roles"],
		Part("costs", _("Costs of both sides"), tables={"costs": ("side", "description", "amount")}, help=plan["income"].help),
		plan["schedule"],
		plan["indicators"],
	]
	if doc.agreement_kind != "Agreement":
		parts.insert(0, Part("minutes", _("What both sides recognised"), ("minutes_date", "minutes_text")))
	if doc.replaces:
		parts.insert(0, Part("reason", _("Reason for the amendment"), ("amend_reason",)))
	return parts_by_code(*parts)


def agreements_of(project: str) -> list[dict]:
	"""[{name, agreement_kind, workflow_state, effective_from, effective_to, concluded_on, replaces}] of a project, oldest first."""
	return frappe.get_list(
		AGREEMENT,
		{"project": project},
		["name", "agreement_kind", "workflow_state", "effective_from", "effective_to", "concluded_on", "replaces"],
		order_by="creation asc",
		limit=MOST,
	)


def agreement(name: str) -> dict:
	"""Context of an agreement's page: its text, hash, confirmations and amendments, and the steps open to the user."""
	doc, project = _opened_agreement(name)
	party = agreements.party_of(doc, frappe.session.user)
	typed = forms.refused_input(f"agreement:{name}")
	waiting = agreements.parties_to_confirm(doc)
	missing = agreements.missing_for_offer(doc) if doc.workflow_state == "Drafting" else []
	chain = agreement_terms.amendment_chain(doc)
	return {
		"title": project.project_name,
		"doc": _agreement_head(doc),
		"paper": agreement_paper.paper_context(doc),
		"waiting": waiting,
		"party": party.party_name if party else None,
		"missing": missing,
		**_differences(doc),
		"chain": chain if len(chain) > 1 else [],
		"annexes": [pick(row, "document", "file") for row in doc.annexes],
		"may_confirm": bool(doc.workflow_state == "Offered" and party and party.party_name in waiting),
		**_allowed_steps(doc, missing),
		"may_amend": _may_amend(doc, project),
		"may_attach_signed": _may_attach_signed(doc, project),
		**accepted_files(doc),
		"position": typed.get("position", ""),
		"reason": typed.get("reason", ""),
		**negotiation_context(project, name),
	}


def _differences(doc: Document) -> dict:
	"""Where a draft differs from the plan, or names other dates than its term."""
	if doc.workflow_state != "Drafting":
		return {"differs": [], "other_days": []}
	return {"differs": agreement_drafts.differences_from_plan(doc), "other_days": agreement_check.clauses_with_other_dates(doc)}


def _allowed_steps(doc: Document, missing: list[str]) -> dict:
	may_write = bool(doc.docstatus == 0 and doc.has_permission("write"))
	may_edit = may_write and doc.workflow_state == "Drafting"
	return {
		"may_edit": may_edit,
		"may_offer": may_edit and not missing,
		"may_reopen": may_write and doc.workflow_state == "Offered",
	}


def agreement_edit(name: str) -> dict:
	"""Context of the page on which a draft is edited part by part. Raises PageDoesNotExistError in any other state."""
	doc, project = _opened_agreement(name)
	if doc.workflow_state != "Drafting" or not doc.has_permission("write"):
		raise frappe.PageDoesNotExistError
	parts = agreement_parts(doc)
	requested = requested_part(parts, True)
	return {
		"title": _("Text of the agreement on “{0}”").format(project.project_name),
		"doc": _agreement_head(doc),
		"may_edit": True,
		"edit": requested and requested.code,
		"shown_parts": [part_forms.part_context(doc, part) for part in parts.values()],
		"form": requested
		and part_forms.form_context(doc, requested, f"text:{name}:{requested.code}", form_choices(project.programme, doc.form)),
		"annexes": [pick(row, "name", "document", "file") for row in doc.annexes],
		**accepted_files(doc),
		"endpoint": "save_agreement_part",
		"here": f"/kyodo/my/agreements/{name}/edit",
		**negotiation_context(project, name),
	}


def _opened_agreement(name: str) -> tuple[Document, Document]:
	doc = page_record(AGREEMENT, name)
	return doc, frappe.get_doc(PROJECT, doc.project)


def _agreement_head(doc: Document) -> dict:
	return pick(
		doc,
		*("name", "project", "agreement_kind", "form", "workflow_state", "effective_from", "effective_to", "content_hash"),
		*("offered_on", "concluded_on", "termination_reason", "terminated_on", "replaces", "replaced_by", "amend_reason"),
		*("signed_file", "esign_service", "esign_id"),
	)


def _may_amend(doc: Document, project: Document) -> bool:
	if doc.workflow_state != "Concluded" or category_of(project) not in agreement_text.ACTIVE_PROJECT:
		return False
	return bool(parties.side_of(project)) or OFFICER in frappe.get_roles()


def _may_attach_signed(doc: Document, project: Document) -> bool:
	"""The city keeps the sealed paper (`open_fields` in workflows/agreement.json)."""
	if doc.workflow_state != "Concluded" or not doc.has_permission("write"):
		return False
	return parties.side_of(project) == parties.CITY or OFFICER in frappe.get_roles()


def agreements_to_confirm() -> list[dict]:
	"""Tasks for the offered agreements that the user may sign."""
	offered = frappe.get_list(
		"Kyodo Agreement",
		{"workflow_state": "Offered"},
		["name", "project", "content_hash"],
		order_by="modified desc",
		limit=MOST,
	)
	if not offered:
		return []
	titles = titles_of("Kyodo Project", "project_name", [row.project for row in offered])
	tasks = []
	for row in offered:
		doc = frappe.get_doc("Kyodo Agreement", row.name)
		party = agreements.party_of(doc, frappe.session.user)
		if party and party.party_name in agreements.parties_to_confirm(doc):
			tasks.append(
				task(_("Agreement to confirm"), titles.get(row.project), f"/kyodo/my/agreements/{row.name}", act=_("Read and confirm"))
			)
	return tasks
