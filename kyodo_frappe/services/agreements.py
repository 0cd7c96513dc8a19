"""One text, confirmed word for word by both sides: offered, hashed, confirmed, concluded."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate, now_datetime

from kyodo_frappe.permissions.people import REPRESENTATIVE, organisations_of, sections_of
from kyodo_frappe.rules.canonical import content_hash
from kyodo_frappe.rules.era import era_date
from kyodo_frappe.services.letter_text import fill
from kyodo_frappe.services.speech import RECORD_LANGUAGE, rules_speak
from kyodo_frappe.workflows.guard import by_service, move

TABLES = {
	"parties": ("side", "organisation", "section", "party_name", "representative"),
	"roles": ("side", "role"),
	"costs": ("side", "description", "amount"),
	"clauses": ("heading", "body"),
}


def hash_of(agreement: Document) -> str:
	"""sha256 (hex) over everything that the parties agree on, in its order."""
	content = {
		"project": agreement.project,
		"kind": agreement.agreement_kind,
		"form": agreement.form or "",
		"from": str(getdate(agreement.effective_from)) if agreement.effective_from else "",
		"to": str(getdate(agreement.effective_to)) if agreement.effective_to else "",
	}
	for table, fields in TABLES.items():
		content[table] = [{field: _value(row, field) for field in fields} for row in agreement.get(table)]
	with rules_speak():
		return content_hash(content)


def _value(row: Document, field: str) -> str | float:
	# an empty amount comes back from the database as 0
	return flt(row.get(field)) if field == "amount" else (row.get(field) or "")


@frappe.whitelist(methods=["POST"])
def draft_for(project: str) -> str:
	"""Draft the agreement of a project from its plan and the programme's clauses; returns its name."""
	source = frappe.get_doc("Kyodo Project", project)
	source.check_permission("write")
	existing = frappe.db.get_value("Kyodo Agreement", {"project": project, "docstatus": ["<", 2]})
	if existing:
		return existing
	programme = frappe.get_cached_doc("Kyodo Programme", source.programme)
	agreement = frappe.get_doc(
		{
			"doctype": "Kyodo Agreement",
			"project": project,
			"agreement_kind": "Agreement",
			"form": source.form,
			"effective_from": source.from_date,
			"effective_to": source.to_date,
			"parties": _parties(source, programme),
			"roles": [{"side": row.side, "role": row.role} for row in source.roles],
			"costs": [
				{"side": "City" if row.category == "City" else "Organisation", "description": row.description or _(row.category, lang=RECORD_LANGUAGE), "amount": row.amount}
				for row in source.income
			],
			"clauses": _clauses(source, programme),
		}
	)
	agreement.insert()
	return agreement.name


def _parties(project: Document, programme: Document) -> list[dict]:
	parties = [
		{"side": "City", "section": project.section, "party_name": programme.municipality_name},
	]
	for name in [project.organisation, *(row.organisation for row in project.organisations)]:
		if name:
			organisation = frappe.db.get_value(
				"Kyodo Organisation", name, ["organisation_name", "representative"], as_dict=True
			)
			parties.append(
				{
					"side": "Organisation",
					"organisation": name,
					"party_name": organisation.organisation_name,
					"representative": organisation.representative,
				}
			)
	return parties


def _clauses(project: Document, programme: Document) -> list[dict]:
	code = next((row.code for row in programme.forms if row.form_name == project.form), None)
	values = {
		"project_name": project.project_name,
		"municipality_name": programme.municipality_name,
		"organisation_name": frappe.db.get_value("Kyodo Organisation", project.organisation, "organisation_name") or "",
		"section_name": project.section or "",
		"from_date": era_date(getdate(project.from_date)) if project.from_date else "",
		"to_date": era_date(getdate(project.to_date)) if project.to_date else "",
		"granted_amount": f"{int(flt(project.granted_amount)):,}円",
		"retention_years": programme.retention_years,
	}
	return [
		{"heading": row.heading, "body": fill(row.body, values)}
		for row in programme.clauses
		if not row.form_code or row.form_code == code
	]


@frappe.whitelist(methods=["POST"])
def confirm(agreement: str, content_hash: str, position: str | None = None) -> dict:
	"""A party confirms the text it has read, named by its hash. Returns {"state", "waiting": [party names]}.

	The last confirmation concludes the agreement. Raises PermissionError for who cannot speak for a party,
	ValidationError if the text is another one than was read.
	"""
	doc = frappe.get_doc("Kyodo Agreement", agreement, for_update=True)
	doc.check_permission("read")
	if doc.workflow_state != "Offered":
		frappe.throw(_("This agreement is not on offer now, so there is nothing to confirm."))
	if content_hash != doc.content_hash:
		frappe.throw(_("The text has changed since you read it. Please read it again and confirm the new text."))
	party = party_of(doc, frappe.session.user)
	if party is None:
		frappe.throw(_("You cannot confirm for one of the parties."), frappe.PermissionError)
	if any(row.party == party.party_name for row in doc.confirmations):
		frappe.throw(_("{0} has confirmed this text already.").format(party.party_name))
	doc.append(
		"confirmations",
		{
			"party": party.party_name,
			"side": party.side,
			"signatory_name": frappe.utils.get_fullname(frappe.session.user),
			"position": position,
			"user": frappe.session.user,
			"confirmed_on": now_datetime(),
			"content_hash": doc.content_hash,
		},
	)
	with by_service(doc):  # confirmations are read-only in the form
		doc.save()
	if doc.all_confirmed:
		doc = move(doc, "Conclude")
	return {"state": doc.workflow_state, "waiting": waiting_for(doc)}


def party_of(agreement: Document, user: str) -> Document | None:
	"""The party that `user` may bind: a representative its organisation, an officer of the section the city."""
	organisations = organisations_of(user, REPRESENTATIVE)
	sections = sections_of(user)
	for party in agreement.parties:
		if party.side == "Organisation" and party.organisation in organisations:
			return party
		if party.side == "City" and (party.section or agreement.section) in sections:
			return party
	return None


def waiting_for(agreement: Document) -> list[str]:
	done = {row.party for row in agreement.confirmations if row.content_hash == agreement.content_hash}
	return [row.party_name for row in agreement.parties if row.party_name not in done]
