from typing import ClassVar

from kyodo_frappe.letters import approval, issue, numbers
from kyodo_frappe.workflows.facts import WithFacts
from kyodo_frappe.workflows.states import DECIDED, OVER, category


class KyodoLetter(WithFacts):
	"""A numbered letter, made by letters/issue.py only."""

	facts: ClassVar[tuple[str, ...]] = ("approval_wanted", "approval_is_mine", "last_approval_is_mine")

	@property
	def approval_wanted(self) -> bool:
		"""Whether the letter has to be approved here before it is issued."""
		return approval.is_wanted(self)

	@property
	def approval_is_mine(self) -> bool:
		"""Whether the letter waits for the approval of the current user."""
		return approval.is_mine(self)

	@property
	def last_approval_is_mine(self) -> bool:
		"""Whether the approval of the current user is the last one that is missing."""
		return approval.is_mine(self, last=True)

	def own_people(self) -> set[str]:
		"""Return those who have drafted the letter or changed its wording: they do not approve it."""
		return {user for user in (self.drafted_by, self.edited_by) if user}

	def validate(self):
		numbers.check_typed(self)
		approval.reopen_if_changed(self)

	def check_step(self, action: str | None, from_state: str, to_state: str):
		"""Do what a change of state means for the approvals, the number and the date."""
		kind = category(self.doctype, to_state)
		if kind == DECIDED:
			issue.before_issue(self)
		elif kind == OVER:
			numbers.release(self)
		approval.check_step(self, from_state, to_state)
