import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from kyodo_frappe.rules.era import fiscal_year
from kyodo_frappe.services import deliberation, reviews

DECIDABLE = ("Step 1", "Step 2")


class KyodoDecision(Document):
	"""Made from an agenda item of a meeting, final when the meeting closes (design.md §4)."""

	def before_insert(self):
		self.fiscal_year = fiscal_year(getdate())

	def validate(self):
		meeting = frappe.get_doc("Kyodo Meeting", self.meeting)
		item = self._agenda_item(meeting)
		if self.docstatus == 0 and meeting.workflow_state != "In Session":
			frappe.throw(_("A decision is recorded while its meeting is in session."))
		self._take_from_proposal()
		self._take_from_meeting(meeting, item)
		self._check_result()

	def before_submit(self):
		if frappe.db.get_value("Kyodo Meeting", self.meeting, "workflow_state") != "Closed":
			frappe.throw(_("A decision becomes final when its meeting is closed."), frappe.PermissionError)

	def before_cancel(self):
		frappe.throw(
			_("A decision of the meeting is not cancelled. A new decision of a meeting can correct it."),
			frappe.PermissionError,
		)

	def on_trash(self):
		if self.docstatus == 1:
			frappe.throw(_("A decision of the meeting is kept."), frappe.PermissionError)

	def _agenda_item(self, meeting: Document) -> Document:
		item = next((row for row in meeting.agenda if row.name == self.agenda_item), None)
		if item is None or item.proposal != self.proposal:
			frappe.throw(_("A decision needs an item of the meeting's agenda about this proposal."))
		other = frappe.db.exists(
			"Kyodo Decision",
			{"meeting": self.meeting, "agenda_item": self.agenda_item, "docstatus": ["<", 2], "name": ["!=", self.name]},
		)
		if other:
			frappe.throw(_("A decision on this item is recorded already: {0}.").format(other))
		return item

	def _take_from_proposal(self):
		proposal = frappe.db.get_value(
			"Kyodo Proposal", self.proposal, ["workflow_state", "organisation", "section", "title"], as_dict=True
		)
		if proposal.workflow_state not in DECIDABLE:
			frappe.throw(
				_("“{0}” is in the state {1}: the meeting cannot decide on it.").format(
					proposal.title, _(proposal.workflow_state)
				)
			)
		self.from_state = proposal.workflow_state
		self.organisation = proposal.organisation
		self.section = proposal.section

	def _take_from_meeting(self, meeting: Document, item: Document):
		self.committee = meeting.committee
		self.decided_on = meeting.meeting_date
		self.fiscal_year = meeting.fiscal_year
		counted = deliberation.quorum_of(meeting, item)
		self.members_eligible = counted.eligible
		self.members_present = counted.present
		self.members_aside = len([row for row in meeting.recusals if row.agenda_item == item.name])
		summary, _passed = reviews.summary_of(self.proposal, self.from_state)
		self.average_score = summary.average or 0

	def _check_result(self):
		two_steps = frappe.get_cached_value(
			"Kyodo Programme", frappe.db.get_value("Kyodo Proposal", self.proposal, "programme"), "two_step_decision"
		)
		if self.result == "Passed to Step 2" and (self.from_state != "Step 1" or not two_steps):
			frappe.throw(_("Only step 1 of a decision in two steps passes a proposal on to step 2."))
		if self.result.startswith("Adopted") and self.from_state == "Step 1" and two_steps:
			frappe.throw(_("This programme decides in two steps: step 1 passes the proposal on or turns it down."))
		if self.result == "Not Adopted" and not self.reasons:
			frappe.throw(_("Please give the reasons: a proposal that is turned down is told why."))
		if self.result == "Adopted Conditionally" and not (self.conditions or "").strip():
			frappe.throw(_("Please state the conditions of the adoption."))
