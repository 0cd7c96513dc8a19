import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from kyodo_frappe.rules.clock import clock
from kyodo_frappe.rules.era import era_date, fiscal_year
from kyodo_frappe.services import deliberation, interests, seats
from kyodo_frappe.services.speech import rules_speak

OPEN = (None, "", "Planned", "Convened", "In Session")


class KyodoMeeting(Document):
	def before_insert(self):
		self.fiscal_year = fiscal_year(getdate(self.meeting_date))

	def validate(self):
		self.fiscal_year = fiscal_year(getdate(self.meeting_date))
		committee = frappe.get_cached_value("Kyodo Committee", self.committee, "committee_name")
		self.meeting_title = f"{era_date(getdate(self.meeting_date))} {committee}" if self.meeting_date else committee
		self._clean_times()
		self._name_items()
		self._check_items()
		if (self._state_before() or "Planned") in OPEN:
			seats.call_members(self)
			interests.find_recusals(self)

	def check_step(self, action: str, state: str, next_state: str):
		if action == "Close Session":
			deliberation.check_before_closing(self)
			deliberation.note_outcome(self)

	def _state_before(self) -> str | None:
		before = self.get_doc_before_save()
		return before.workflow_state if before else None

	def _clean_times(self):
		with rules_speak():
			self.begins_at, self.ends_at = clock(self.begins_at), clock(self.ends_at)
			for item in self.agenda:
				item.begins_at = clock(item.begins_at)
			for row in self.attendance:
				row.arrived_at, row.left_at = clock(row.arrived_at), clock(row.left_at)

	def _name_items(self):
		for item in self.agenda:
			if item.proposal and not item.subject:
				item.subject = frappe.db.get_value("Kyodo Proposal", item.proposal, "title")
			if not item.subject:
				frappe.throw(_("Item {0} of the agenda has no subject.").format(item.idx))

	def _check_items(self):
		for fieldname in ("proposal", "report", "evaluation_round"):
			names = [item.get(fieldname) for item in self.agenda if item.get(fieldname)]
			for name in names:
				if names.count(name) > 1:
					frappe.throw(_("{0} is on the agenda twice.").format(name))
