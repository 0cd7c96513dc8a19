"""After both sides are in: the talk about where they differ, and the record of it that both agree to."""

from dataclasses import asdict

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from kyodo_frappe.evaluation import public as evaluation_public
from kyodo_frappe.evaluation import rounds as evaluations
from kyodo_frappe.partnership import parties
from kyodo_frappe.rules.canonical import content_hash
from kyodo_frappe.web.typed_values import parse
from kyodo_frappe.workflows.guard import by_service

ROUND = "Kyodo Evaluation Round"
AGREED = {parties.CITY: "city_agreed_on", parties.ORGANISATION: "organisation_agreed_on"}


@frappe.whitelist(methods=["POST"])
def note_talk(evaluation: str, item_code: str, talk: str, seen: str | None = None) -> dict:
	"""Write down what the talk about an item brought; either side, or the office, which documents.

	`seen`: what the writer had before their eyes; when another text stands there by now, nothing is overwritten.
	Returns {"talk", "talk_by"}. Raises PermissionError, ValidationError.
	"""
	doc, project = _in_talk(evaluation)
	voice = parties.side_or_office(project)
	row = next((row for row in doc.items if row.code == item_code), None)
	if row is None:
		frappe.throw(_("This evaluation has no such item."))
	_put(row, "talk", talk, seen, row.item)
	row.talk_by = voice if row.talk else None
	_save(doc)
	return {"talk": row.talk, "talk_by": row.talk_by}


@frappe.whitelist(methods=["POST"])
def write_record(evaluation: str, dialogue: str, seen: str | None = None, talked_on: str | None = None) -> dict:
	"""Write the record of the talk as a whole; either side, or the office. Returns {"dialogue"}.

	`seen` as in `note_talk`. Who has agreed to the record before is asked again. Raises PermissionError,
	ValidationError.
	"""
	doc, project = _in_talk(evaluation)
	parties.side_or_office(project)
	_put(doc, "dialogue", dialogue, seen, _(doc.meta.get_label("dialogue")))
	if talked_on is not None:
		doc.talked_on = parse(doc.meta.get_field("talked_on"), talked_on)
	_save(doc)
	return {"dialogue": doc.dialogue}


@frappe.whitelist(methods=["POST"])
def agree_to_record(evaluation: str, seen: str | None = None) -> dict:
	"""One's side agrees to the record as it stands; returns {side: moment or None}.

	`seen`: `digest` of the record that was read; an outdated one is refused. Raises PermissionError, ValidationError.
	"""
	doc, project = _in_talk(evaluation)
	side = parties.check_side(project)
	if not (doc.dialogue or "").strip():
		frappe.throw(_("Nobody has written the record of the talk yet."))
	if seen is not None and seen != digest(doc):
		frappe.throw(_("The record was changed after you opened it. Please read it again, then agree."))
	if not doc.get(AGREED[side]):
		doc.set(AGREED[side], now_datetime())
		_save(doc)
	return {side: doc.get(fieldname) for side, fieldname in AGREED.items()}


@frappe.whitelist(methods=["GET", "POST"])
def differences(evaluation: str) -> dict:
	"""For the desk's form: what is released of both sides, the largest difference first, and whether this login's side
	may still agree to the record. {"rows", "comments", "missing", "may_agree", "digest", "handed_in"}."""
	doc = parties.get_permitted(ROUND, evaluation)
	both = evaluation_public.both_sides(doc) if doc.workflow_state != "Open" else frappe._dict(marks=[], comments={}, missing=None)
	side = parties.side_of(frappe.get_doc("Kyodo Project", doc.project))
	waits = doc.workflow_state == "Both In" and doc.dialogue and side and not doc.get(AGREED[side])
	return {
		"rows": [{**row, "gap": row.gap and asdict(row.gap)} for row in both.marks],
		"comments": both.comments,
		"missing": both.missing,
		"may_agree": bool(waits),
		"digest": digest(doc),
		"handed_in": evaluations.sides_in(evaluation),
	}


def digest(evaluation: Document) -> str:
	"""What stands for the record of the talk: the text as a whole, its day, and the note at each item."""
	return content_hash(
		{
			"dialogue": evaluation.dialogue or "",
			"talked_on": str(evaluation.talked_on or ""),
			"talks": {row.code: row.talk or "" for row in evaluation.items},
		}
	)


def keep_agreements_true(evaluation: Document):
	"""Who has agreed to a record has not agreed to a changed one."""
	before = evaluation.get_doc_before_save()
	if before and digest(before) != digest(evaluation):
		for fieldname in AGREED.values():
			evaluation.set(fieldname, None)


def missing_agreements(evaluation: Document) -> list[str]:
	"""Sides that have not agreed to the record."""
	return [side for side, fieldname in AGREED.items() if not evaluation.get(fieldname)]


def check_concluded(evaluation: Document):
	"""Raise ValidationError where a side closes the talk before both agree to its record; the office may, it documents."""
	project = frappe.get_doc("Kyodo Project", evaluation.project)
	missing = missing_agreements(evaluation)
	if missing and parties.side_or_office(project) != parties.OFFICE:
		names = _(", ").join(_("City side") if side == parties.CITY else _("Organisation side") for side in missing)
		frappe.throw(_("Not both sides agree to the record yet (missing: {0}). The office may conclude the talk without it.").format(names))


def _in_talk(evaluation: str) -> tuple[Document, Document]:
	"""The round, locked, and its project. Raises ValidationError unless both sides are in and still talk."""
	doc = parties.get_permitted(ROUND, evaluation, lock=True)
	project = frappe.get_doc("Kyodo Project", doc.project)
	parties.side_or_office(project)
	if doc.workflow_state == "Open":
		frappe.throw(_("The talk begins when both sides have handed in their evaluation."))
	if doc.workflow_state != "Both In":
		frappe.throw(_("The talk is concluded: its record is fixed."))
	return doc, project


def _put(row: Document, fieldname: str, text: str, seen: str | None, label: str):
	text = parse(row.meta.get_field(fieldname), text)
	stored = row.get(fieldname)
	if seen is not None and _same(stored) != _same(seen) and _same(stored) != _same(text):
		frappe.throw(
			_("“{0}”: somebody wrote here after you opened the page. Now it says: “{1}”. Please bring both together.").format(
				frappe.utils.escape_html(label), frappe.utils.escape_html(stored or "")
			)
		)
	row.set(fieldname, text)


def _same(text: str | None) -> str:
	return (text or "").replace("\r\n", "\n").strip()


def _save(doc: Document):
	doc.flags.ignore_permissions = True  # each side may write down what the talk brought; that was asked for above
	with by_service(doc):
		doc.save()
