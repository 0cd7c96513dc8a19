"""What the proposal pages send. Plain forms: each endpoint answers with a redirect (portal/forms.py)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from kyodo_frappe.permissions.people import WRITERS, organisations_of
from kyodo_frappe.portal import fields, forms
from kyodo_frappe.portal.forms import answers_form
from kyodo_frappe.portal.records import check_unchanged, clock_now, with_right, writable
from kyodo_frappe.services import letter_text, proposals
from kyodo_frappe.workflows.guard import move


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
	doc = writable("Kyodo Proposal", name)
	_save_proposal(doc, modified, given)
	address = f"/kyodo/my/proposals/{name}"
	if then == "submit":
		# what has just been saved stays saved when handing in is refused
		frappe.db.savepoint(forms.SAVEPOINT)
		move(doc, "Submit")
		return _("The proposal is handed in. The office will look through it and confirm that it has received it."), address
	if then.startswith("row-") and then[4:] in fields.PROPOSAL_TABLES:
		return _("Saved at {0}.").format(clock_now()), address, then[4:]
	return _("Saved at {0}.").format(clock_now()), address


@frappe.whitelist(methods=["POST"])
def autosave_proposal(name: str, modified: str = "", **given: str) -> dict:
	"""Save a draft while it is being written: {"modified", "at", "missing"}. Raises ChangedMeanwhile (409) when
	somebody else has saved since `modified`; nothing is written then."""
	doc = writable("Kyodo Proposal", name)
	_save_proposal(doc, modified, given)
	return {"modified": str(doc.modified), "at": clock_now(), "missing": proposals.missing_parts(doc)}


def _save_proposal(doc: Document, modified: str, given: dict):
	check_unchanged(doc, modified)
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
	doc = writable("Kyodo Proposal", name)
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
	writable("Kyodo Proposal", name)
	new = proposals.propose_again(name)
	return _("A new draft is made from the proposal. The advice stands beside the parts it concerns."), f"/kyodo/my/proposals/{new}"


@frappe.whitelist(methods=["GET"])
def letter_pdf(letter: str) -> None:
	"""The PDF of a letter that this login may read."""
	doc = with_right("Kyodo Letter", letter, "print")
	file = frappe.db.get_value(
		"File", {"file_url": doc.pdf, "attached_to_doctype": doc.doctype, "attached_to_name": doc.name}
	)
	content = frappe.get_doc("File", file).get_content() if doc.pdf and file else letter_text.letter_pdf(doc)
	frappe.local.response.filename = f"{doc.name}.pdf"
	frappe.local.response.filecontent = content
	frappe.local.response.type = "download"
