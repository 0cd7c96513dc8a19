"""The dialogue after both sides have evaluated: where they differ, and the record to which both agree."""

from dataclasses import asdict

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from kyodo_frappe.common.errors import ChangedMeanwhile
from kyodo_frappe.evaluation import public as evaluation_public
from kyodo_frappe.evaluation import rounds as evaluations
from kyodo_frappe.evaluation.errors import DialogueNotOpen, NoRecord, RecordNotAgreed, UnknownItem
from kyodo_frappe.partnership import parties
from kyodo_frappe.rules.canonical import content_hash
from kyodo_frappe.web.typed_values import parse
from kyodo_frappe.workflows.guard import by_service

ROUND = "Kyodo Evaluation Round"
AGREEMENT_FIELDS = {parties.CITY: "city_agreed_on", parties.ORGANISATION: "organisation_agreed_on"}


@frappe.whitelist(methods=["POST"])
def note_talk(evaluation: str, item_code: str, talk: str, seen: str | None = None) -> dict:
	"""Write the notes of the dialogue about an item; for either side, or the office as its secretary.

	`seen`: the text as it was shown; if another one is stored by now, nothing is overwritten. Returns {"talk", "talk_by"}.
	Raises PermissionError, ChangedMeanwhile, DialogueNotOpen, ValidationError.
	"""
	doc, project = _open_dialogue(evaluation)
	author = parties.side_or_office(project)
	row = next((row for row in doc.items if row.code == item_code), None)
	if row is None:
		frappe.throw(_("This evaluation has no such item."), UnknownItem)
	_write_text(row, "talk", talk, seen, row.item)
	row.talk_by = author if row.talk else None
	_save(doc)
	return {"talk": row.talk, "talk_by": row.talk_by}


@frappe.whitelist(methods=["POST"])
def write_record(evaluation: str, dialogue: str, seen: str | None = None, talked_on: str | None = None) -> dict:
	"""Write the record of the dialogue; for either side, or the office. Returns {"dialogue"}.

	`seen` as in `note_talk`. A changed record voids the agreement of both sides. Raises like `note_talk`.
	"""
	doc, project = _open_dialogue(evaluation)
	parties.side_or_office(project)
	_write_text(doc, "dialogue", dialogue, seen, _(doc.meta.get_label("dialogue")))
	if talked_on is not None:
		doc.talked_on = parse(doc.meta.get_field("talked_on"), talked_on)
	_save(doc)
	return {"dialogue": doc.dialogue}


@frappe.whitelist(methods=["POST"])
def agree_to_record(evaluation: str, seen: str | None = None) -> dict:
	"""Agree to the record for one's side. Returns {side: time of its agreement or None}.

	`seen`: the `digest` of the record that was read. Raises PermissionError, ChangedMeanwhile for an outdated digest,
	DialogueNotOpen, ValidationError.
	"""
	doc, project = _open_dialogue(evaluation)
	side = parties.check_side(project)
	if not (doc.dialogue or "").strip():
		frappe.throw(_("The record of the dialogue has not been written yet."), NoRecord)
	if seen is not None and seen != digest(doc):
		frappe.throw(_("The record has changed since you opened it. Please read it again before you agree."), ChangedMeanwhile)
	if not doc.get(AGREEMENT_FIELDS[side]):
		doc.set(AGREEMENT_FIELDS[side], now_datetime())
		_save(doc)
	return {side: doc.get(fieldname) for side, fieldname in AGREEMENT_FIELDS.items()}


@frappe.whitelist(methods=["GET", "POST"])
def differences(evaluation: str) -> dict:
	"""Return the released marks of both sides for the desk, largest difference first.

	{"rows", "comments", "missing", "may_agree": whether the user's side can still agree to the record, "digest",
	"handed_in"}. Raises PermissionError.
	"""
	doc = parties.get_permitted(ROUND, evaluation)
	both = evaluation_public.both_sides(doc) if doc.workflow_state != "Open" else frappe._dict(marks=[], comments={}, missing=None)
	side = parties.side_of(frappe.get_doc("Kyodo Project", doc.project))
	may_agree = doc.workflow_state == "Both In" and doc.dialogue and side and not doc.get(AGREEMENT_FIELDS[side])
	return {
		"rows": [{**row, "gap": row.gap and asdict(row.gap)} for row in both.marks],
		"comments": both.comments,
		"missing": both.missing,
		"may_agree": bool(may_agree),
		"digest": digest(doc),
		"handed_in": evaluations.submitted_sides(evaluation),
	}


def digest(evaluation: Document) -> str:
	"""Return a hash of the record: its text, its date, and the notes on each item."""
	return content_hash(
		{
			"dialogue": evaluation.dialogue or "",
			"talked_on": str(evaluation.talked_on or ""),
			"talks": {row.code: row.talk or "" for row in evaluation.items},
		}
	)


def void_outdated_agreements(evaluation: Document):
	"""Void the agreements of both sides if the record has changed."""
	before = evaluation.get_doc_before_save()
	if before and digest(before) != digest(evaluation):
		for fieldname in AGREEMENT_FIELDS.values():
			evaluation.set(fieldname, None)


def missing_agreements(evaluation: Document) -> list[str]:
	"""Return the sides that have not agreed to the record."""
	return [side for side, fieldname in AGREEMENT_FIELDS.items() if not evaluation.get(fieldname)]


def check_may_conclude(evaluation: Document):
	"""Raise RecordNotAgreed if a side has not agreed to the record; the office may conclude the dialogue without it."""
	project = frappe.get_doc("Kyodo Project", evaluation.project)
	missing = missing_agreements(evaluation)
	if missing and parties.side_or_office(project) != parties.OFFICE:
		names = _(", ").join(_("City side") if side == parties.CITY else _("Organisation side") for side in missing)
		frappe.throw(
			_(
				"Not all sides have agreed to the record (missing: {0}). Only the office can conclude the dialogue without their agreement."
			).format(names),
			RecordNotAgreed,
		)


def _open_dialogue(evaluation: str) -> tuple[Document, Document]:
	"""Return the round, locked, and its project. Raises DialogueNotOpen before both sides are in and after the conclusion."""
	doc = parties.get_permitted(ROUND, evaluation, lock=True)
	project = frappe.get_doc("Kyodo Project", doc.project)
	parties.side_or_office(project)
	if doc.workflow_state == "Open":
		frappe.throw(_("The dialogue begins when both sides have submitted their evaluation."), DialogueNotOpen)
	if doc.workflow_state != "Both In":
		frappe.throw(_("The dialogue is concluded. Its record can no longer be changed."), DialogueNotOpen)
	return doc, project


def _write_text(row: Document, fieldname: str, text: str, seen: str | None, label: str):
	text = parse(row.meta.get_field(fieldname), text)
	stored = row.get(fieldname)
	if seen is not None and _normalised(stored) != _normalised(seen) and _normalised(stored) != _normalised(text):
		frappe.throw(
			_("“{0}”: this text has changed since you opened the page. It now reads: “{1}”. Please combine both texts.").format(
				frappe.utils.escape_html(label), frappe.utils.escape_html(stored or "")
			),
			ChangedMeanwhile,
		)
	row.set(fieldname, text)


def _normalised(text: str | None) -> str:
	return (text or "").replace("\r\n", "\n").strip()


def _save(doc: Document):
	doc.flags.ignore_permissions = True  # _open_dialogue has checked that the user acts for a side or the office
	with by_service(doc):
		doc.save()
