import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate, now_datetime

from kyodo_frappe.committee import amendments, closing, convening, deliberation, interests, meetings, minutes, seats
from kyodo_frappe.common import vocabulary
from kyodo_frappe.common.language import translate_rule_errors
from kyodo_frappe.permissions.columns import ScopedDocument, remove_unreadable_fields
from kyodo_frappe.rules.clock import clock
from kyodo_frappe.rules.era import era_date, fiscal_year
from kyodo_frappe.workflows.states import UNDECIDED, WAITING, WRITING, category, category_of

# what an item is about, and has to be of the meeting's programme
ABOUT = {"proposal": "Kyodo Proposal", "report": "Kyodo Report", "evaluation_round": "Kyodo Evaluation Round"}
# what an item on which the meeting decides is about
SUBJECT_OF = {"Proposal": "proposal", "Correction": "corrects"}
MOVABLE = (WRITING, WAITING)


class KyodoMeeting(ScopedDocument):
	def before_insert(self):
		self.fiscal_year = fiscal_year(getdate(self.meeting_date))

	def validate(self):
		self.fiscal_year = fiscal_year(getdate(self.meeting_date))
		self._check_table()
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
			seats.call_members(self)
			interests.find_recusals(self)

	def on_change(self):
		remove_unreadable_fields(self)

	def check_step(self, action: str, state: str, next_state: str):
		if action in ("Convene", "Open Session", "Close Session"):
			deliberation.check_colleague(self)
		if action == "Convene":
			convening.prepare(self)
		elif action == "Open Session":
			self.chair_name = self.chair_name or seats.presiding(self)
		elif action == "Close Session":
			closing.check_before_closing(self)
			closing.note_outcome(self)
		elif action == "Confirm Minutes":
			minutes.check_before_confirming(self)
		elif action == "Publish":
			minutes.publish(self)

	def _check_open(self):
		"""国立 2(3)ア 公開審査: who examines does so in public where the programme says so; an item may be closed on its ground."""
		if self.open_to_public or self.document_review or vocabulary.held_like(self.meeting_type) not in seats.STEPS:
			return
		if frappe.get_cached_value("Kyodo Programme", self.programme, "public_presentation"):
			frappe.throw(_("This programme examines proposals in public. Close single items on their legal ground, not the whole meeting."))

	def _state_before(self) -> str | None:
		before = self.get_doc_before_save()
		return before.workflow_state if before else None

	def _note_move(self):
		"""A meeting of the calendar is moved with a reason, and the record keeps each move."""
		before = self.get_doc_before_save()
		if before and category_of(before) in MOVABLE and before.meeting_date:
			if str(before.meeting_date) != str(self.meeting_date or ""):
				self._record_move(before)
			convening.note_changes(self, before)
		self.move_reason = None

	def _record_move(self, before: Document):
		if not self.meeting_date:
			frappe.throw(_("A meeting that has a date keeps one: move it to another day, or call it off."))
		if not (self.move_reason or "").strip():
			frappe.throw(
				_("Please say in “{0}” why the meeting is moved from {1} to {2}.").format(
					_(self.meta.get_label("move_reason")), era_date(before.meeting_date), era_date(getdate(self.meeting_date))
				)
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
					)
				)

	def _clean_times(self):
		with translate_rule_errors():
			self.begins_at, self.ends_at = clock(self.begins_at), clock(self.ends_at)
			for item in self.agenda:
				item.begins_at, item.called_at = clock(item.begins_at), clock(item.called_at)
			for row in self.attendance:
				row.arrived_at, row.left_at = clock(row.arrived_at), clock(row.left_at)

	def _name_items(self):
		for item in self.agenda:
			if item.proposal and not item.subject:
				item.subject = frappe.db.get_value("Kyodo Proposal", item.proposal, "title")
			if not item.subject:
				frappe.throw(_("Item {0} of the agenda has no subject.").format(item.idx))

	def _check_table(self):
		if self.has_value_changed("meeting_type") or self.has_value_changed("committee"):
			if wrong := meetings.wrong_table(frappe.get_cached_doc("Kyodo Committee", self.committee), self.meeting_type):
				frappe.throw(wrong)

	def _check_programme(self):
		"""A committee deliberates on, and corrects, what belongs to its own programme."""
		for fieldname, doctype in ABOUT.items():
			names = [item.get(fieldname) for item in self.agenda if item.get(fieldname)]
			if fieldname == "proposal":
				names += filter(None, map(amendments.proposal_of, self.agenda))
			of_others = {"name": ["in", names or [""]], "programme": ["!=", self.programme]}
			if found := frappe.get_all(doctype, of_others, pluck="name", order_by="name", limit=1):
				frappe.throw(_("{0} belongs to another programme. A committee of that programme deliberates on it.").format(found[0]))

	def _check_items(self):
		for item in self.agenda:
			if (fieldname := SUBJECT_OF.get(item.item_type)) and not item.get(fieldname):
				label = _(item.meta.get_label(fieldname))
				frappe.throw(_("Item {0} of the agenda: please choose its {1}.").format(item.idx, label))
		for fieldname in ("proposal", "report", "evaluation_round", "corrects"):
			names = [item.get(fieldname) for item in self.agenda if item.get(fieldname)]
			for name in names:
				if names.count(name) > 1:
					frappe.throw(_("{0} is on the agenda twice.").format(name))
