"""What the office checks of a proposal that it reads: every point with its result, from the rules that bind the proposal.

The rules themselves are elsewhere (money: budget_checks.py, documents: later_documents.py, call: programme/call_conditions.py); this
module collects their results, including those in order.
"""

import datetime
import json
from collections.abc import Iterator

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, get_datetime, getdate, nowdate

from kyodo_frappe.common import corrections
from kyodo_frappe.common.checks import FINE, LOOK, MISSING, Check
from kyodo_frappe.common.printing import yen
from kyodo_frappe.organisations import registration
from kyodo_frappe.programme import call_conditions, call_words, calls, form
from kyodo_frappe.programme.errors import OneProposalPerOrganisation
from kyodo_frappe.programme.form_text import display_value
from kyodo_frappe.programme.versions import rules_of
from kyodo_frappe.proposals import budget_checks, consents, later_documents, proposals, reproposal
from kyodo_frappe.rules.era import era_date, era_year
from kyodo_frappe.workflows.states import drafts

PROPOSAL, ORGANISATION = "Kyodo Proposal", "Kyodo Organisation"
MOST = 5  # other proposals of the year that are named


def checks_of(proposal: Document, changes: list[reproposal.Change], whole: bool = True) -> list[Check]:
	"""Return what there is to check of a proposal; changes: its difference from the text before; whole: also what names other
	proposals of the organisation, whoever may read them.

	The caller has checked the right to read the proposal. A bounded number of queries.
	"""
	return [
		*answers(proposal),
		*_money(proposal),
		*_documents(proposal),
		*_registration(proposal),
		*_call(proposal, whole),
		*_consents(proposal),
		*_others_of_the_year(proposal),
		*_earlier(proposal, changes),
		*points(proposal),
	]


def answers(record: Document) -> Iterator[Check]:
	"""Yield whether the required questions of a record's form are answered."""
	subject = _("Questions of the Form")
	empty = form.missing(record)
	for field in empty:
		yield Check(subject, MISSING, _("Not filled in yet: {0}.").format(field.label), field.name)
	if not empty:
		yield Check(subject, FINE, _("Everything that is required is filled in."))


# -- money ------------------------------------------------------------------------------------------


def _money(proposal: Document) -> Iterator[Check]:
	subject = _("Income and Expenses")
	cautions = budget_checks.cautions(proposal)
	for caution in cautions:
		yield Check(subject, LOOK, caution.text, caution.field)
	income, expenses = (sum(flt(row.amount) for row in rows) for rows in (proposal.income, proposal.expenses))
	if income == expenses and income:
		yield Check(subject, FINE, _("Income and expenses are equal: {0}.").format(yen(income)), "expenses")
	if not proposal.needs_budget:
		yield Check(subject, FINE, _("No money of the city is asked for."), "needs_budget")
		return
	if not any(caution.blocking for caution in cautions):
		asked = _("Requested: {0}.").format(yen(proposal.requested_amount))
		yield Check(subject, FINE, asked, "requested_amount")
	for sentence in budget_checks.computation(proposal) or ():
		yield Check(subject, FINE, sentence, "expenses")


# -- documents ---------------------------------------------------------------------------------------


def _documents(proposal: Document) -> Iterator[Check]:
	subject = _("Attached Documents")
	attached = {row.document for row in proposal.attachments if row.file}
	rows = rules_of(proposal).required_documents
	now = later_documents.AFTER_TALK if proposal.later_documents_on else "Proposal"
	for row in rows:
		if row.used_for in ("Proposal", now):
			yield document(subject, row, row.document in attached)
		elif row.used_for == later_documents.AFTER_TALK:
			yield Check(subject, FINE, _("{0}: is brought after the section talk.").format(row.document), "attachments")
	if not any(row.used_for == "Proposal" for row in rows):
		yield Check(subject, FINE, _("The call asks for no documents; {0} attached.").format(len(attached)), "attachments")


def document(subject: str, row: Document, there: bool, field: str = "attachments") -> Check:
	"""Return whether a document of the list (`required_documents`) is attached."""
	if there:
		return Check(subject, FINE, _("{0}: attached.").format(row.document), field)
	if row.required:
		return Check(subject, MISSING, _("{0}: not attached.").format(row.document), field)
	return Check(subject, FINE, _("{0}: not attached (optional).").format(row.document), field)


# -- who proposes ------------------------------------------------------------------------------------


def _registration(proposal: Document) -> Iterator[Check]:
	subject = _("Registration of the Organisation")
	if not proposal.organisation:
		if proposal.origin != "City":
			yield Check(subject, MISSING, _("No organisation is named."))
		return
	fields = ["organisation_name", "workflow_state", "registered_on", "valid_until"]
	row = frappe.db.get_value(ORGANISATION, proposal.organisation, fields, as_dict=True)
	place = (ORGANISATION, proposal.organisation)
	until = era_date(getdate(row.valid_until)) if row.valid_until else _("no date")
	text = _("{0}: {1}, valid until {2}.").format(row.organisation_name, _(row.workflow_state), until)
	wanted = frappe.get_cached_value("Kyodo Programme", proposal.programme, "registration_required")
	fine = registration.is_valid(row, getdate(nowdate())) or not wanted
	yield Check(subject, FINE if fine else LOOK, text, "", place)
	if fine and not wanted:
		yield Check(subject, FINE, _("This programme does not require a registration."))


def _consents(proposal: Document) -> Iterator[Check]:
	subject = _("Consents")
	for label in consents.missing(proposal):
		yield Check(subject, MISSING, label)
	for sentence in consents.unconfirmed_paper(proposal):
		yield Check(subject, LOOK, sentence)
	if proposal.objection:
		yield Check(subject, LOOK, _("The organisation asks for this change: {0}").format(proposal.objection))
	if proposal.acknowledged_on:
		day = era_date(getdate(proposal.acknowledged_on))
		yield Check(subject, FINE, _("The definition of kyodo was acknowledged on {0}.").format(day))
	else:
		yield Check(subject, MISSING, _("Acknowledgement of the definition of kyodo"))
	text = _("The summary may be published.") if proposal.publish_consent else _("The summary is not published: no consent.")
	yield Check(subject, FINE, text, "publish_consent")


# -- the call ----------------------------------------------------------------------------------------


def _call(proposal: Document, whole: bool) -> Iterator[Check]:
	subject = _("Rules of the Call")
	yield _came_in(subject, proposal)
	found = [(rule, sentence) for rule, sentence, _exc in call_conditions.findings(proposal)]
	for obstacle in calls.of_call(proposal):
		if whole or obstacle.exc is not OneProposalPerOrganisation:
			yield Check(subject, LOOK, obstacle.sentence)
	conditions, broken = call_words.conditions_of(proposal), {rule for rule, _sentence in found}
	for rule, text in conditions:
		if rule not in broken:
			yield Check(subject, FINE, text)
	for rule, sentence in found:
		named = rule not in call_conditions.COUNTED or whole
		yield Check(subject, LOOK, sentence if named else dict(conditions).get(rule, ""))


def _came_in(subject: str, proposal: Document) -> Check:
	"""When it was handed in, and whether in time; days that are missed are among the obstacles of the call."""
	if not proposal.first_submitted_on:
		return Check(subject, FINE, _("Not handed in yet."))
	moment = get_datetime(proposal.first_submitted_on)
	when = f"{era_date(moment.date())} {moment:%H:%M}"
	call = calls.call_of(proposal)
	if call and call.closes_on:
		text = _("“{0}”: handed in on {1}; the call closes on {2}.")
		return Check(subject, FINE, text.format(call.call_name, when, era_date(getdate(call.closes_on))))
	if proposals.is_late(proposal):
		return Check(subject, LOOK, _("Handed in on {0}, after the deadline of this year's budget.").format(when))
	return Check(subject, FINE, _("Handed in on {0}.").format(when))


def _others_of_the_year(proposal: Document) -> Iterator[Check]:
	"""Other proposals of the organisation in the year, or with the same title; those that the user may read."""
	subject = _("Other Proposals")
	alike = [["search_key", "=", proposal.search_key or "-"]]
	if proposal.organisation:
		alike.append(["organisation", "=", proposal.organisation])
	filters = [
		["programme", "=", proposal.programme],
		["fiscal_year", "=", proposal.fiscal_year],
		["name", "!=", proposal.name],
		["workflow_state", "not in", drafts(PROPOSAL)],
	]
	fields = ["name", "title", "workflow_state", "organisation"]
	rows = frappe.get_list(PROPOSAL, filters=filters, or_filters=alike, fields=fields, order_by="creation asc", limit=MOST)
	for row in rows:
		same = row.organisation == proposal.organisation and proposal.organisation
		text = _("Of the same organisation in {0}: “{1}” ({2})") if same else _("With the same title in {0}: “{1}” ({2})")
		said = text.format(era_year(proposal.fiscal_year), row.title, _(row.workflow_state))
		yield Check(subject, LOOK, said, "", (PROPOSAL, row.name))
	if not rows:
		yield Check(subject, FINE, _("No other proposal of the organisation and none of the same title in this year."))


# -- what was said before -------------------------------------------------------------------------------


def _earlier(proposal: Document, changes: list[reproposal.Change]) -> Iterator[Check]:
	if not proposal.previous_proposal:
		return
	subject = _("Earlier Proposal")
	title = frappe.db.get_value(PROPOSAL, proposal.previous_proposal, "title")
	text = _("It follows “{0}”; {1} parts have changed.").format(title, len(changes))
	yield Check(subject, FINE if changes else LOOK, text, "", (PROPOSAL, proposal.previous_proposal))
	for remark in reproposal.unanswered_remarks(proposal):
		said = " ".join(filter(None, (remark["finding"], remark["reason"])))
		yield Check(subject, LOOK, _("“{0}” has not changed since the decision said: {1}").format(remark["label"], said))


def points(record: Document) -> Iterator[Check]:
	"""Yield the points that the office asked to be corrected before, with what became of each."""
	subject = _("Corrections Asked For Before")
	sent = [row for row in record.corrections if row.returned_on]
	changed = changed_since(record, min(row.returned_on for row in sent)) if sent else {}
	for row in sent:
		place, reason = row.field_label or _("The whole"), corrections.one_line(row.reason)
		if row.field and get_datetime(changed.get(row.field, row.returned_on)) > _after(row.returned_on):
			yield Check(subject, FINE, _("{0}: “{1}” – the text was changed.").format(place, reason), row.field)
		elif row.answer:
			yield Check(subject, LOOK, _("{0}: “{1}” – answer: {2}").format(place, reason, row.answer), row.field)
		elif not row.settled:
			yield Check(subject, LOOK, _("{0}: “{1}” – neither changed nor answered.").format(place, reason), row.field)


def _after(returned_on) -> datetime.datetime:
	"""The end of the second in which something was returned, which is what `returned_on` keeps of the moment."""
	return get_datetime(returned_on) + datetime.timedelta(seconds=1)


def changed_since(doc: Document, moment) -> dict[str, datetime.datetime]:
	"""{fieldname: the last moment} of the fields and tables of a record that were changed after a moment, from its Versions."""
	filters = {"ref_doctype": doc.doctype, "docname": doc.name, "modified": [">", moment]}
	found = {}
	for row in frappe.get_all("Version", filters, ["data", "modified"], order_by="modified asc", limit=100):
		data = json.loads(row.data or "{}")
		names = {entry[0] for key in ("changed", "row_changed", "added", "removed") for entry in data.get(key) or ()}
		found.update(dict.fromkeys(names, row.modified))
	return found


def facts_of(proposal: Document) -> list[tuple[str, str]]:
	"""[(heading, text)] of the facts above the text of a proposal."""
	df = proposal.meta.get_field
	call = calls.call_of(proposal)
	found = [
		(_("Call"), call.call_name if call else ""),
		(_("Organisation"), display_value(df("organisation"), proposal.organisation)),
		(_("Section in Charge"), display_value(df("section"), proposal.section)),
		(_("Origin"), _(proposal.origin or "")),
		(_("Requested Amount"), yen(proposal.requested_amount) if proposal.needs_budget else ""),
		(_("Handed In"), _(proposal.intake) if proposal.intake == "Paper" else ""),
	]
	return [(heading, text) for heading, text in found if text]
