import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.committee import reviews, seats
from kyodo_frappe.committee.errors import NotOnAgenda, WrongStep
from kyodo_frappe.common import vocabulary
from kyodo_frappe.common.errors import ListedTwice
from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.programme.versions import rules_of_proposal


class KyodoReview(Document):
	"""The review of one proposal by one member in one step (審査票)."""

	def validate(self):
		self._check_once()
		self._check_declaration()
		self._check_open()
		self._set_criteria()
		if any(row.mark for row in self.marks):
			reviews.score_review(self)  # refuse a mark outside its scale now, not when it is submitted

	def on_update(self):
		if self._is_declaring() and not self.flags.kyodo_service:
			reviews.declare_interest(self.name, self.interest_reason)

	def _is_declaring(self) -> bool:
		before = self.get_doc_before_save()
		return bool(self.interest_declared and not (before and before.interest_declared))

	def _check_declaration(self):
		"""An interest may be declared by ticking the field; only the chair can overrule it."""
		before = self.get_doc_before_save()
		if before and before.interest_declared and not self.interest_declared:
			frappe.throw(_("You have declared an interest. Only the chair can overrule it."), frappe.PermissionError)
		if self.interest_declared and not (self.interest_reason or "").strip():
			self.interest_reason = _("Declared by the member", lang=RECORD_LANGUAGE)

	def _check_once(self):
		other = frappe.db.exists(
			"Kyodo Review",
			{"member": self.member, "proposal": self.proposal, "step": self.step, "name": ["!=", self.name]},
		)
		if other:
			frappe.throw(_("This member already has a review of this proposal."), ListedTwice)

	def _check_open(self):
		before = self.get_doc_before_save()
		if before and (before.submitted_on or before.released):
			frappe.throw(_("These marks have been submitted and can no longer be changed."), frappe.PermissionError)
		if self.flags.kyodo_service and not before:
			return  # created when the meeting is convened
		reviews.check_marking_open(self.meeting)
		item = frappe.db.get_value("Kyodo Agenda Item", {"parent": self.meeting, "proposal": self.proposal})
		if not item:
			frappe.throw(_("This proposal is not on the agenda of the meeting."), NotOnAgenda)
		if vocabulary.held_like(frappe.db.get_value("Kyodo Meeting", self.meeting, "meeting_type")) != self.step:
			frappe.throw(_("The review and its meeting belong to different steps."), WrongStep)
		self._check_interest(item)
		rows = frappe.get_all("Kyodo Attendance", {"parent": self.meeting}, ["user", "substitute_user"], order_by="idx")
		if self.member not in [seats.sitting_user(row) for row in rows]:
			frappe.throw(_("{0} is not a member in this meeting.").format(self.member), frappe.PermissionError)

	def _check_interest(self, item: str):
		rows = frappe.get_all(
			"Kyodo Recusal",
			{"parent": self.meeting, "agenda_item": item, "user": self.member},
			["reason", "ruling"],
			order_by="idx",
		)
		if rows and rows[0].ruling != "Overruled":
			frappe.throw(_("You have stepped aside for this item: {0}").format(rows[0].reason), frappe.PermissionError)

	def _set_criteria(self):
		"""Set one row per criterion of the programme, whatever rows were sent."""
		self.committee = frappe.db.get_value("Kyodo Meeting", self.meeting, "committee")
		rules = rules_of_proposal(self.proposal)
		given = list(self.marks)
		by_code = {row.criterion: row for row in given if row.criterion}
		self.set("marks", [])
		for criterion in reviews.criteria_of(rules, self.step):
			row = by_code.get(criterion["code"]) or frappe._dict()
			kept = {"name": row.name} if row.get("name") else {}
			self.append(
				"marks",
				{
					**kept,
					"criterion": criterion["code"],
					"question": criterion["question"],
					"mark": row.get("mark"),
					"comment": row.get("comment"),
				},
			)
