import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, getdate, now_datetime

from kyodo_frappe.committee import amendments, closing, convening, deliberation, interests, meetings, minutes, reviews, seats
from kyodo_frappe.committee.errors import InvalidAgenda, PublicReview, ReasonRequired, WrongCommittee, WrongProgramme
from kyodo_frappe.common import typed_input, vocabulary
from kyodo_frappe.common.errors import ListedTwice
from kyodo_frappe.common.language import translate_rule_errors
from kyodo_frappe.common.queries import among
from kyodo_frappe.permissions.columns import ScopedDocument, remove_unreadable_fields
from kyodo_frappe.proposals import later_documents
from kyodo_frappe.rules.clock import time_of_day
from kyodo_frappe.rules.era import era_date, fiscal_year
from kyodo_frappe.workflows.states import DECIDED, UNDECIDED, WAITING, WRITING, category, category_of

# links of an item to records that have to belong to the meeting's programme
PROGRAMME_RECORDS = {"proposal": "Kyodo Proposal", "report": "Kyodo Report", "evaluation_round": "Kyodo Evaluation Round"}
# {item type: its required link}
REQUIRED_LINK = {"Proposal": "proposal", "Correction": "corrects"}
MOVABLE = (WRITING, WAITING)


class KyodoMeeting(ScopedDocument):
	"""A meeting of a committee, with agenda, attendance, recusals and minutes (design.md §4)."""

	def before_insert(self):
		typed_input.before_validate(self)  # Frappe names the record before it is validated
		self.fiscal_year = fiscal_year(getdate(self.meeting_date))

	def validate(self):
		self.fiscal_year = fiscal_year(getdate(self.meeting_date))
		self._check_committee()
		committee = frappe.get_cached_value("Kyodo Committee", self.committee, "committee_name")
		self.meeting_title = f"{era_date(getdate(self.meeting_date))} {committee}" if self.meeting_date else committee
		self._clean_times()
		self._name_items()
		self._check_items()
		self._check_guests()
		self._note_move()
		if category(self.doctype, self._state_before()) in UNDECIDED:
			self._check_programme()
			self._check_open()
			seats.fill_attendance(self)
			interests.update_recusals(self)

	def onload(self):
		if category_of(self) == DECIDED:
			closing.show_letters_to_come(self)

	def on_change(self):
		remove_unreadable_fields(self)

	def check_step(self, action: str, state: str, next_state: str):
		"""Check a transition of the workflow, and set the fields that belong to it (workflows/guard.py)."""
		if action in ("Convene", "Open Session", "Close Session"):
			deliberation.check_not_proposer(self)
		if action == "Convene":
			for item in self.agenda:
				if item.proposal:
					later_documents.check_handed_in(frappe.get_doc("Kyodo Proposal", item.proposal))
			self._prepare_invitation()
		elif action == "Open Session":
			self.chair_name = self.chair_name or seats.chair_name(self)
		elif action == "Close Session":
			closing.check_before_closing(self)
			closing.record_outcome(self)
		elif action == "Confirm Minutes":
			minutes.check_before_confirming(self)
		elif action == "Publish":
			minutes.publish(self)

	def _check_open(self):
		"""Reviewing meetings are public if the programme says so (国立 2(3)ア 公開審査); single items may be closed."""
		if self.open_to_public or self.document_review or vocabulary.held_like(self.meeting_type) not in seats.STEPS:
			return
		if frappe.get_cached_value("Kyodo Programme", self.programme, "public_presentation"):
			frappe.throw(
				_("This programme reviews proposals in public. Close single items on their legal ground, not the whole meeting."),
				PublicReview,
			)

	def _prepare_invitation(self):
		"""Set the due dates of answers and marks that the office has left empty, and the version of the invitation."""
		programme = frappe.get_cached_doc("Kyodo Programme", self.programme)
		self.answer_by = self.answer_by or convening.due_date_before(self, cint(programme.answer_days))
		if reviews.are_marked(self):
			self.mark_by = self.mark_by or convening.due_date_before(self, cint(programme.mark_days))
		self.invited_on = now_datetime().replace(microsecond=0)
		self.invitation_sequence = 0

	def _state_before(self) -> str | None:
		before = self.get_doc_before_save()
		return before.workflow_state if before else None

	def _note_move(self):
		"""Record a new date with its reason, and update the invitation."""
		before = self.get_doc_before_save()
		if before and category_of(before) in MOVABLE and before.meeting_date:
			if str(before.meeting_date) != str(self.meeting_date or ""):
				self._record_move(before)
			convening.update_invitation(self, before)
		self.move_reason = None

	def _record_move(self, before: Document):
		if not self.meeting_date:
			frappe.throw(_("The date of a meeting cannot be removed. Reschedule the meeting or cancel it."), InvalidAgenda)
		if not (self.move_reason or "").strip():
			frappe.throw(
				_("Please enter in “{0}” why the meeting is moved from {1} to {2}.").format(
					_(self.meta.get_label("move_reason")), era_date(before.meeting_date), era_date(getdate(self.meeting_date))
				),
				ReasonRequired,
			)
		self.append(
			"moves",
			{
				"moved_on": now_datetime().replace(microsecond=0),
				"from_date": before.meeting_date,
				"to_date": self.meeting_date,
				"reason": self.move_reason.strip(),
				"moved_by": frappe.session.user,
			},
		)

	def _check_guests(self):
		for guest in self.guests:
			if guest.agenda_no and not 0 < guest.agenda_no <= len(self.agenda):
				frappe.throw(
					_("{0}: there is no item {1} on the agenda. Leave the number empty for the whole meeting.").format(
						guest.guest_name, guest.agenda_no
					),
					exc=InvalidAgenda,
				)

	def _clean_times(self):
		with translate_rule_errors():
			self.begins_at, self.ends_at = time_of_day(self.begins_at), time_of_day(self.ends_at)
			for item in self.agenda:
				item.begins_at, item.called_at = time_of_day(item.begins_at), time_of_day(item.called_at)
			for row in self.attendance:
				row.arrived_at, row.left_at = time_of_day(row.arrived_at), time_of_day(row.left_at)

	def _name_items(self):
		for item in self.agenda:
			if item.proposal and not item.subject:
				item.subject = frappe.db.get_value("Kyodo Proposal", item.proposal, "title")
			if not item.subject:
				frappe.throw(_("Item {0} of the agenda has no subject.").format(item.idx), InvalidAgenda)

	def _check_committee(self):
		if self.has_value_changed("meeting_type") or self.has_value_changed("committee"):
			if reason := meetings.committee_mismatch(frappe.get_cached_doc("Kyodo Committee", self.committee), self.meeting_type):
				frappe.throw(reason, WrongCommittee)

	def _check_programme(self):
		"""Refuse records of another programme on the agenda."""
		for fieldname, doctype in PROGRAMME_RECORDS.items():
			names = [item.get(fieldname) for item in self.agenda if item.get(fieldname)]
			if fieldname == "proposal":
				names += filter(None, map(amendments.proposal_of, self.agenda))
			filters = {"name": among(names), "programme": ["!=", self.programme]}
			if found := frappe.get_all(doctype, filters, pluck="name", order_by="name", limit=1):
				frappe.throw(
					_("{0} belongs to another programme. Put it on the agenda of a committee of that programme.").format(found[0]),
					WrongProgramme,
				)

	def _check_items(self):
		for item in self.agenda:
			if (fieldname := REQUIRED_LINK.get(item.item_type)) and not item.get(fieldname):
				label = _(item.meta.get_label(fieldname))
				frappe.throw(_("Item {0} of the agenda: please choose its {1}.").format(item.idx, label), InvalidAgenda)
		for fieldname in ("proposal", "report", "evaluation_round", "corrects"):
			names = [item.get(fieldname) for item in self.agenda if item.get(fieldname)]
			for name in names:
				if names.count(name) > 1:
					frappe.throw(_("{0} is on the agenda twice.").format(name), ListedTwice)
