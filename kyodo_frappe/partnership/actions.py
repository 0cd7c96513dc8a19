"""Forms of the portal for planning and agreeing: open points, the plan and the agreement.

Each form is answered with a redirect (`web/forms.py`). The rules are enforced by the modules of this room and by the
workflow guard, and hold over REST as well.
"""

from urllib.parse import quote

import frappe
from frappe import _

from kyodo_frappe.common import file_types
from kyodo_frappe.common.errors import InputMissing, InvalidChoice
from kyodo_frappe.partnership import (
	agreement_drafts,
	agreement_pages,
	agreement_terms,
	agreement_text,
	agreements,
	negotiation,
	part_forms,
	parties,
	plan_pages,
)
from kyodo_frappe.partnership.errors import TextFixed
from kyodo_frappe.permissions import attachments
from kyodo_frappe.web import forms
from kyodo_frappe.web.forms import answers_form
from kyodo_frappe.web.records import current_time, readable, writable
from kyodo_frappe.workflows.guard import move

# -- the talk ------------------------------------------------------------------------------


def _talk_page(project: str = "", agreement: str = "", **_rest) -> str:
	"""The page the form was sent from: the agreement's if `agreement` is given, else the plan's."""
	return f"/kyodo/my/agreements/{quote(agreement)}" if agreement else f"/kyodo/my/projects/{quote(project)}/plan"


@frappe.whitelist(methods=["POST"])
@answers_form(_talk_page)
def raise_point(project: str, about: str = "", subject: str = "", suggestion: str = "", agreement: str = "", form: str = ""):
	"""Raise a point for the other side to answer. Raises as `negotiation.raise_point`."""
	point = negotiation.raise_point(project, about, subject, suggestion)
	return _("The point has been raised and the other side notified."), _talk_page(project, agreement), f"point-{point}"


@frappe.whitelist(methods=["POST"])
@answers_form(_talk_page)
def answer_point(
	point: str, project: str = "", then: str = "reply", said: str = "", settlement: str = "", agreement: str = "", form: str = ""
):
	"""Reply to a point (`then`: reply), record what was agreed (settle) or withdraw it (withdraw). Raises as `negotiation`."""
	place = _talk_page(project, agreement)
	if then == "settle":
		negotiation.settle(point, settlement)
		return _("The settlement has been recorded."), place, "settled"
	if then == "withdraw":
		negotiation.withdraw(point)
		return _("The point has been withdrawn."), place, "settled"
	negotiation.reply(point, said)
	return _("Your reply has been sent and the other side notified."), place, f"point-{point}"


# -- plan and agreement, part by part ----------------------------------------------------------


def _plan_page(name: str = "", part: str = "", **_rest) -> str:
	return f"/kyodo/my/projects/{quote(name)}/plan?edit={quote(part)}"


@frappe.whitelist(methods=["POST"])
@answers_form(_plan_page)
def save_plan_part(name: str, part: str = "", then: str = "save", form: str = "", **given: str):
	"""Save one part of a plan.

	Raises NotYourSide outside the two sides and the office, FormOutdated if the part has been changed since.
	"""
	doc = writable("Kyodo Project", name)
	parties.side_or_office(doc)
	return _save_part(doc, plan_pages.plan_parts(bool(doc.yearly_amounts)), part, then, given, f"/kyodo/my/projects/{name}/plan")


def _text_page(name: str = "", part: str = "", **_rest) -> str:
	return f"/kyodo/my/agreements/{quote(name)}/edit?edit={quote(part)}"


@frappe.whitelist(methods=["POST"])
@answers_form(_text_page)
def save_agreement_part(name: str, part: str = "", then: str = "save", form: str = "", **given: str):
	"""Save one part of an agreement that is being drafted. Raises TextFixed, otherwise as `save_plan_part`."""
	doc = _drafted(name)
	return _save_part(doc, agreement_pages.agreement_parts(doc), part, then, given, f"/kyodo/my/agreements/{name}/edit")


def _save_part(doc, parts: dict, code: str, then: str, given: dict, page: str) -> tuple[str, str, str]:
	part = parts.get(code)
	if part is None:
		frappe.throw(_("This is not possible."), InvalidChoice)
	part_forms.save_part(doc, part, given)
	told = _("Saved at {0}.").format(current_time())
	return (told, f"{page}?edit={code}", code) if then.startswith("row-") else (told, page, code)


# -- documents of an agreement ------------------------------------------------------------------


def _annexes(name: str = "", **_rest) -> str:
	return f"/kyodo/my/agreements/{quote(name)}/edit"


@frappe.whitelist(methods=["POST"])
@answers_form(_annexes)
def attach_annex(name: str):
	"""Annex documents to a draft; they become part of the text to be confirmed. Raises as `save_agreement_part`."""
	doc = _drafted(name)
	for file in _chosen("annexes"):
		title = file_types.clean_name(file.filename).rpartition(".")[0][:140] or _("Annex")
		row = doc.append("annexes", {"document": title})
		doc.save()
		attachments.attach(doc, filename=file.filename, content=file.stream.read(), table="annexes", row=row.name, fieldname="file")
	return _("The files are attached."), _annexes(name), "annexes"


@frappe.whitelist(methods=["POST"])
@answers_form(_annexes)
def detach_annex(name: str, row: str = ""):
	"""Remove an annexed document from a draft. Raises as `save_agreement_part`."""
	doc = _drafted(name)
	if not any(annex.name == row for annex in doc.annexes):
		frappe.throw(_("This is not possible."), InvalidChoice)
	attachments.detach(doc, table="annexes", row=row, fieldname="file")
	doc.set("annexes", [annex for annex in doc.annexes if annex.name != row])
	doc.save()
	return _("The file is removed."), _annexes(name), "annexes"


@frappe.whitelist(methods=["POST"])
@answers_form(lambda name="", **_rest: f"/kyodo/my/agreements/{quote(name)}")
def attach_signed_copy(name: str):
	"""Attach the scan of the signed and sealed paper to a concluded agreement, replacing an earlier one."""
	doc = writable("Kyodo Agreement", name)
	parties.side_or_office(frappe.get_doc("Kyodo Project", doc.project))
	file = _chosen("signed_file")[0]
	attachments.attach(doc, filename=file.filename, content=file.stream.read(), fieldname="signed_file")
	return _("The files are attached."), _agreement_page(name), "confirm"


def _drafted(name: str):
	doc = writable("Kyodo Agreement", name)
	parties.side_or_office(frappe.get_doc("Kyodo Project", doc.project))
	if doc.workflow_state != "Drafting":
		frappe.throw(_("The text is fixed in the state {0}. Please reopen it first.").format(_(doc.workflow_state)), exc=TextFixed)
	return doc


def _chosen(field: str) -> list:
	sent = forms.uploaded_files(field)
	if not sent:
		frappe.throw(_("Please choose a file first."), InputMissing)
	return sent


# -- agreements --------------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
@answers_form(lambda project="", **_rest: f"/kyodo/my/projects/{quote(project)}")
def draft_agreement(project: str, kind: str = "Agreement", form: str = ""):
	"""Draft the agreement of a project from its plan. Raises as `agreement_drafts.draft_for`."""
	readable("Kyodo Project", project)
	if kind not in agreement_text.KINDS:
		frappe.throw(_("This is not possible."), InvalidChoice)
	name = agreement_drafts.draft_for(project, kind)
	return _(
		"The agreement has been drafted from the plan and the programme's clauses. Please read it through together."
	), f"/kyodo/my/agreements/{name}"


def _agreement_page(name: str = "", **_rest) -> str:
	return f"/kyodo/my/agreements/{quote(name)}"


@frappe.whitelist(methods=["POST"])
@answers_form(_agreement_page)
def take_plan(name: str):
	"""Update a draft to the current plan. Raises as `agreement_drafts.take_plan`."""
	writable("Kyodo Agreement", name)
	agreement_drafts.take_plan(name)
	return _("Roles, schedule, evaluation items, costs and term now match the plan."), _agreement_page(name)


@frappe.whitelist(methods=["POST"])
@answers_form(_agreement_page)
def amend_agreement(name: str, reason: str = "", form: str = ""):
	"""Draft an amendment of a concluded agreement, which stays in force until the amendment is concluded."""
	readable("Kyodo Agreement", name)
	draft = agreement_terms.begin_amendment(name, reason)
	return _(
		"The amendment has been drafted. The current agreement stays in force until both sides have confirmed the new text."
	), _agreement_page(draft)


# -- confirming ----------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
@answers_form(_agreement_page)
def confirm_agreement(name: str, content_hash: str = "", position: str = "", agreed: str = "", form: str = ""):
	"""Confirm the text that was read, identified by its hash. Raises as `agreements.confirm`."""
	readable("Kyodo Agreement", name)
	if not agreed:
		frappe.throw(_("Please tick the box to say that you have read the text and agree to it."), InputMissing)
	result = agreements.confirm(name, content_hash, position.strip()[:140] or None)
	if result["waiting"]:
		message = _("Your confirmation has been recorded. Still waiting for: {0}.").format(_(", ").join(result["waiting"]))
	else:
		message = _("Both sides have confirmed the same text. The agreement is concluded.")
	return message, f"/kyodo/my/agreements/{name}"


@frappe.whitelist(methods=["POST"])
@answers_form(_agreement_page)
def move_agreement(name: str, action: str):
	"""Offer the text to all parties, or take it back to drafting."""
	doc = writable("Kyodo Agreement", name)
	if action not in ("Offer", "Reopen"):
		frappe.throw(_("This is not possible."), InvalidChoice)
	move(doc, action)
	done = {
		"Offer": _("The text has been fixed and offered to all parties for confirmation."),
		"Reopen": _("The text has been reopened. Earlier confirmations are void."),
	}
	return done[action], f"/kyodo/my/agreements/{name}"
