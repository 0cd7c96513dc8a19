"""What a login sends from the portal's pages. Plain forms: each endpoint answers with a redirect (portal/forms.py).

Every function asks for the right to its record first, writes only the fields of portal/fields.py, and moves a
record only by its workflow.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.rate_limiter import rate_limit
from frappe.utils import get_datetime, now_datetime

from kyodo_frappe.permissions.people import WRITERS, organisations_of
from kyodo_frappe.portal import fields, forms
from kyodo_frappe.portal.forms import answers_form
from kyodo_frappe.services import agreements, evaluations, letter_text, proposals, reviews
from kyodo_frappe.workflows.guard import move


class ChangedMeanwhile(frappe.ValidationError):
	http_status_code = 409


# -- proposals ---------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
@answers_form("/kyodo/my/proposals/new")
def begin_proposal(
	title: str = "",
	organisation: str = "",
	programme: str = "",
	call: str = "",
	acknowledged: str = "",
	form: str = "",
):
	"""Begin a draft."""
	frappe.has_permission("Kyodo Proposal", "create", throw=True)
	if organisation not in organisations_of(frappe.session.user, WRITERS):
		frappe.throw(_("Please choose an organisation that you write for."), frappe.PermissionError)
	if not title.strip():
		frappe.throw(_("Please give the proposal a title."))
	doc = frappe.new_doc("Kyodo Proposal")
	doc.update({"programme": programme, "organisation": organisation, "origin": "Organisation"})
	forms.fill(doc, ("title", "call"), {}, {"title": title, "call": call})
	_check_call(doc)
	doc.acknowledged_on = now_datetime() if acknowledged else None
	doc.insert()
	return _("The draft is begun. It is saved on the server as you write."), f"/kyodo/my/proposals/{doc.name}"


def _proposal_page(name: str = "", **_rest) -> str:
	return f"/kyodo/my/proposals/{name}"


@frappe.whitelist(methods=["POST"])
@answers_form(_proposal_page)
def save_proposal(name: str, modified: str = "", then: str = "save", form: str = "", **given: str):
	"""Save what was typed; `then` says what else: submit, or show another row of a table (row-<table>)."""
	doc = _writable("Kyodo Proposal", name)
	_save_proposal(doc, modified, given)
	address = f"/kyodo/my/proposals/{name}"
	if then == "submit":
		# what has just been saved stays saved when handing in is refused
		frappe.db.savepoint(forms.SAVEPOINT)
		move(doc, "Submit")
		return _("The proposal is handed in. The office will look through it and confirm that it has received it."), address
	if then.startswith("row-") and then[4:] in fields.PROPOSAL_TABLES:
		return _("Saved at {0}.").format(_now()), address, then[4:]
	return _("Saved at {0}.").format(_now()), address


@frappe.whitelist(methods=["POST"])
def autosave_proposal(name: str, modified: str = "", **given: str) -> dict:
	"""Save a draft while it is being written: {"modified", "at", "missing"}. Raises ChangedMeanwhile (409) when
	somebody else has saved since `modified`; nothing is written then."""
	doc = _writable("Kyodo Proposal", name)
	_save_proposal(doc, modified, given)
	return {"modified": str(doc.modified), "at": _now(), "missing": proposals.missing_parts(doc)}


def _save_proposal(doc: Document, modified: str, given: dict):
	_check_unchanged(doc, modified)
	if doc.workflow_state in ("Draft", "Returned"):
		forms.fill(doc, fields.PROPOSAL, fields.PROPOSAL_TABLES, given)
		_check_call(doc)
		if "has-acknowledged" in given:
			doc.acknowledged_on = (doc.acknowledged_on or now_datetime()) if given.get("acknowledged") else None
	else:
		forms.fill(doc, fields.PROPOSAL_LATER, {}, given)
	doc.save()


def _check_call(doc: Document):
	"""A draft may name a published call of its own programme only."""
	if doc.call and not frappe.db.exists("Kyodo Call", {"name": doc.call, "published": 1, "programme": doc.programme}):
		frappe.throw(_("Please choose one of the published calls."))


@frappe.whitelist(methods=["POST"])
@answers_form(_proposal_page)
def withdraw_proposal(name: str, withdraw_reason: str = "", form: str = ""):
	"""Take a proposal back, with the reason."""
	doc = _writable("Kyodo Proposal", name)
	if not withdraw_reason.strip():
		frappe.throw(_("Please say why you withdraw the proposal."))
	doc.withdraw_reason = withdraw_reason.strip()
	doc.save()
	move(doc, "Withdraw")
	return _("The proposal is withdrawn."), f"/kyodo/my/proposals/{name}"


@frappe.whitelist(methods=["POST"])
@answers_form(_proposal_page)
def propose_again(name: str):
	"""A new draft from a proposal that was not adopted."""
	_writable("Kyodo Proposal", name)
	new = proposals.propose_again(name)
	return _("A new draft is made from the proposal. The advice stands beside the parts it concerns."), f"/kyodo/my/proposals/{new}"


@frappe.whitelist(methods=["GET"])
def letter_pdf(letter: str) -> None:
	"""The PDF of a letter that this login may read."""
	doc = _with_right("Kyodo Letter", letter, "print")
	file = frappe.db.get_value(
		"File", {"file_url": doc.pdf, "attached_to_doctype": doc.doctype, "attached_to_name": doc.name}
	)
	content = frappe.get_doc("File", file).get_content() if doc.pdf and file else letter_text.letter_pdf(doc)
	frappe.local.response.filename = f"{doc.name}.pdf"
	frappe.local.response.filecontent = content
	frappe.local.response.type = "download"


# -- organisation --------------------------------------------------------------------


def _organisation_page(name: str = "", **_rest) -> str:
	return f"/kyodo/my/organisation?name={name or 'new'}"


@frappe.whitelist(methods=["POST"])
@answers_form(lambda **_given: "/kyodo/my/organisation?name=new")
@rate_limit(limit=20, seconds=60 * 60)
def begin_organisation(form: str = "", **given: str):
	"""Begin the registration of an organisation; whoever begins it is its first representative."""
	if frappe.session.user == "Guest":
		raise frappe.PermissionError
	doc = frappe.new_doc("Kyodo Organisation")
	forms.fill(doc, (*fields.ORGANISATION, *fields.ORGANISATION_ALWAYS), {}, given)
	if not doc.organisation_name:
		frappe.throw(_("Please give the name of the organisation."))
	doc.programme = frappe.db.get_value("Kyodo Programme", {"is_active": 1}, "name", order_by="creation asc")
	_choose_activities(doc, given)
	doc.set("members", [{"user": frappe.session.user, "member_role": "Representative"}])
	# anybody with a login may ask for registration: the role that gives the right comes with being named in it
	doc.insert(ignore_permissions=True)
	return _("The organisation is saved as a draft. Check it and apply for registration."), f"/kyodo/my/organisation?name={doc.name}"


@frappe.whitelist(methods=["POST"])
@answers_form(_organisation_page)
def save_organisation(name: str, modified: str = "", then: str = "save", form: str = "", **given: str):
	"""Save what may be changed in the organisation's state; `then`: save, or the step Apply for Registration or Renew."""
	doc = _writable("Kyodo Organisation", name)
	_check_unchanged(doc, modified)
	open_now = doc.workflow_state in ("Draft", "Returned", "Expired")
	allowed = (*fields.ORGANISATION, *fields.ORGANISATION_ALWAYS) if open_now else fields.ORGANISATION_ALWAYS
	forms.fill(doc, allowed, {}, given)
	if open_now:
		_choose_activities(doc, given)
		forms.fill_existing(doc, "requirement_checks", fields.ORGANISATION_TABLES["requirement_checks"], given)
	doc.save()
	address = f"/kyodo/my/organisation?name={name}"
	if then in ("Apply for Registration", "Renew"):
		frappe.db.savepoint(forms.SAVEPOINT)
		move(doc, then)
		return _("The application is handed in. The office will look through it."), address
	return _("Saved at {0}.").format(_now()), address


def _choose_activities(doc: Document, given: dict):
	if "has-activities" in given:
		codes = [key.removeprefix("activity-") for key in given if key.startswith("activity-") and given[key]]
		doc.set("activity_fields", [{"activity_field": code} for code in codes])


# -- reviews -------------------------------------------------------------------------


def _review_page(name: str = "", **_rest) -> str:
	return f"/kyodo/my/reviews/{name}"


@frappe.whitelist(methods=["POST"])
@answers_form(_review_page)
def save_review(name: str, then: str = "save", comment: str = "", form: str = "", **given: str):
	"""Keep a member's marks, or hand them in (`then`: submit)."""
	doc = _writable("Kyodo Review", name)
	marks = {row.criterion: given[f"mark-{row.criterion}"] for row in doc.marks if given.get(f"mark-{row.criterion}")}
	for row in doc.marks:
		row.mark = marks.get(row.criterion, row.mark)
	doc.comment = comment.strip() or None
	reviews.scored(doc)  # a mark outside its scale is refused now, not when handing in
	doc.save()
	if then == "submit":
		frappe.db.savepoint(forms.SAVEPOINT)
		reviews.submit_review(name, marks, doc.comment or "")
		return _("Your marks are handed in."), f"/kyodo/my/reviews/{name}"
	return _("Saved at {0}.").format(_now()), f"/kyodo/my/reviews/{name}"


@frappe.whitelist(methods=["POST"])
@answers_form(_review_page)
def declare_interest(name: str, reason: str = "", form: str = ""):
	"""Step aside for a proposal."""
	_writable("Kyodo Review", name)
	reviews.declare_interest(name, reason)
	return _("You step aside for this proposal. Thank you for saying so."), f"/kyodo/my/reviews/{name}"


# -- agreements ----------------------------------------------------------------------


def _agreement_page(name: str = "", **_rest) -> str:
	return f"/kyodo/my/agreements/{name}"


@frappe.whitelist(methods=["POST"])
@answers_form(_agreement_page)
def confirm_agreement(name: str, content_hash: str = "", position: str = "", agreed: str = "", form: str = ""):
	"""Confirm the text that was read."""
	_readable("Kyodo Agreement", name)
	if not agreed:
		frappe.throw(_("Please tick that you have read the text and agree to it."))
	result = agreements.confirm(name, content_hash, position.strip()[:140] or None)
	if result["waiting"]:
		message = _("Your confirmation is recorded. Still waiting for: {0}.").format(_(", ").join(result["waiting"]))
	else:
		message = _("Both sides have confirmed the same text: the agreement is concluded.")
	return message, f"/kyodo/my/agreements/{name}"


@frappe.whitelist(methods=["POST"])
@answers_form(_agreement_page)
def move_agreement(name: str, action: str):
	"""Offer the text to all parties, or take it back to work on it."""
	doc = _writable("Kyodo Agreement", name)
	if action not in ("Offer", "Reopen"):
		frappe.throw(_("This is not possible."))
	move(doc, action)
	done = {
		"Offer": _("The text is fixed and offered to all parties for confirmation."),
		"Reopen": _("The text is open again; confirmations so far are void."),
	}
	return done[action], f"/kyodo/my/agreements/{name}"


# -- reports -------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
@answers_form(lambda name="", **_rest: f"/kyodo/my/reports/{name}")
def save_report(name: str, modified: str = "", then: str = "save", form: str = "", **given: str):
	"""Save a report, or hand it in (`then`: submit)."""
	doc = _writable("Kyodo Report", name)
	_check_unchanged(doc, modified)
	forms.fill(doc, fields.REPORT, fields.REPORT_TABLES, given)
	forms.fill_existing(doc, "indicators", fields.REPORT_RESULTS, given)
	doc.save()
	address = f"/kyodo/my/reports/{name}"
	if then == "submit":
		frappe.db.savepoint(forms.SAVEPOINT)
		typed = forms.typed_rows("indicators", ("indicator", "actual"), given)
		if any(row["indicator"] and not str(row["actual"] or "").strip() for row in typed):
			frappe.throw(_("Please enter a result for every indicator."))
		move(doc, "Submit")
		return _("The report is handed in."), address
	if then.startswith("row-") and then[4:] in fields.REPORT_TABLES:
		return _("Saved at {0}.").format(_now()), address, then[4:]
	return _("Saved at {0}.").format(_now()), address


# -- evaluations ---------------------------------------------------------------------


def _evaluation_page(name: str = "", evaluation_round: str = "", **_rest) -> str:
	return f"/kyodo/my/evaluations/{evaluation_round}"


@frappe.whitelist(methods=["POST"])
@answers_form(_evaluation_page)
def save_evaluation(
	name: str, evaluation_round: str = "", then: str = "save", comment: str = "", form: str = "", **given: str
):
	"""Keep the marks of one's own side, or hand them in (`then`: submit). `name`: of the sheet."""
	doc = _writable("Kyodo Evaluation Sheet", name)
	address = f"/kyodo/my/evaluations/{doc.evaluation_round}"
	marks = {}
	for row in doc.marks:
		mark = forms.parse(row.meta.get_field("mark"), given.get(f"mark-{row.item_code}") or row.mark or "")
		reason = given.get(f"reason-{row.item_code}")
		row.mark = mark or 0
		row.reason = row.reason if reason is None else reason.strip() or None
		marks[row.item_code] = {"mark": row.mark, "reason": row.reason}
	doc.comment = comment.strip() or None
	doc.save()
	if then == "submit":
		frappe.db.savepoint(forms.SAVEPOINT)
		state = evaluations.submit_sheet(name, marks, doc.comment or "")["state"]
		if state == "Open":
			return _("Your evaluation is handed in. You will see the other side's once it is in too."), address
		return _("Both evaluations are in. Please look at where they differ and talk about it."), address
	return _("Saved at {0}.").format(_now()), address


# -- session -------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def log_out() -> None:
	"""End the session and go back to the public page."""
	frappe.local.login_manager.logout()
	forms.go("/kyodo")


# -- common --------------------------------------------------------------------------


def _writable(doctype: str, name: str) -> Document:
	return _with_right(doctype, name, "write")


def _readable(doctype: str, name: str) -> Document:
	return _with_right(doctype, name, "read")


def _with_right(doctype: str, name: str, right: str) -> Document:
	"""A locked record this login has `right` to. Says the same of one that is not there and one that is not open."""
	if not frappe.db.exists(doctype, name):
		raise frappe.PermissionError
	doc = frappe.get_doc(doctype, name, for_update=True)
	if not doc.has_permission(right):
		raise frappe.PermissionError
	return doc


def _check_unchanged(doc: Document, modified: str):
	"""Refuse to write over what somebody else has saved since the form was opened."""
	if not _same_moment(modified, doc.modified):
		who = frappe.utils.get_fullname(doc.modified_by)
		raise ChangedMeanwhile(
			_("{0} saved this at {1}, after you opened it. Nothing of yours is lost: check below and save again.").format(
				who, f"{doc.modified:%H:%M}"
			)
		)


def _same_moment(told: str, stored) -> bool:
	try:
		return get_datetime(told) == get_datetime(stored)
	except Exception:
		return False


def _now() -> str:
	return f"{now_datetime():%H:%M}"
