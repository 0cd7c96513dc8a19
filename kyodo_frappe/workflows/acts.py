"""The transitions that a user may take with a record now, and what is still missing for each.

For pages that offer acts: the guard decides when an act is taken, and this module gives the same answer beforehand.
"""

from dataclasses import dataclass

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.workflow import get_workflow, is_transition_condition_satisfied

from kyodo_frappe.common.errors import ChangedMeanwhile
from kyodo_frappe.permissions.hooks import acting_roles
from kyodo_frappe.workflows import guard
from kyodo_frappe.workflows.spec import transition_spec
from kyodo_frappe.workflows.states import WAITING, WRITING, category


@dataclass(frozen=True)
class Act:
	"""A transition that the user may take. to: the state it leads to; needs: labels of fields to fill in before; own: whether a
	colleague has to take it, because the record is the user's own."""

	action: str
	to: str
	needs: tuple[str, ...] = ()
	own: bool = False

	@property
	def obstacle(self) -> str:
		"""Why it cannot be taken now, in a sentence; "" where it can."""
		if self.own:
			return _("You wrote this or belong to it, so a colleague has to do it.")
		return _("Please fill in first: {0}.").format(_(", ").join(self.needs)) if self.needs else ""


def possible(doc: Document) -> list[Act]:
	"""Return the acts that the user may take with a stored record now, in the order of its Workflow; [] without write permission."""
	if not doc.has_permission("write"):
		return []
	roles, state = acting_roles(doc), doc.get(guard.STATE)
	ways = [row for row in get_workflow(doc.doctype).transitions if row.state == state and row.allowed in roles]
	open_now = {(row.action, row.next_state): row for row in ways if is_transition_condition_satisfied(row, doc)}
	own = bool(open_now) and guard.is_own(doc)
	return [_act(doc, row, own) for row in open_now.values()]


def _act(doc: Document, row: Document, own: bool) -> Act:
	step = transition_spec(doc.doctype, row.state, row.next_state)
	four_eyes = step.get("four_eyes") or not row.allow_self_approval
	return Act(row.action, row.next_state, tuple(guard.unfilled(doc, step)), own and bool(four_eyes))


def returns(doc: Document, act: Act) -> bool:
	"""Whether an act returns a waiting record to its writers for correction."""
	return category(doc.doctype, doc.get(guard.STATE)) == WAITING and category(doc.doctype, act.to) == WRITING


def take(doc: Document, action: str, seen: str, reason: str) -> Document:
	"""Take an act with a record and return the changed record. The caller has checked permissions.

	seen: `modified` of the record when it was read, "" to skip the check; reason: why the record is returned. Raises
	ChangedMeanwhile, the errors of the guard and of the step.
	"""
	if seen and str(doc.modified) != seen:
		frappe.throw(_("Somebody has changed this since you opened it. Please read it again."), exc=ChangedMeanwhile)
	act = next((act for act in possible(doc) if act.action == action), None)
	if act and returns(doc, act) and (doc.return_reason or "") != reason.strip():
		doc.return_reason = reason.strip() or None
		doc.save()
	return guard.move(doc, action)


def shown(doc: Document, act: Act, says: list[str]) -> dict:
	"""Return an act for the page: {action, label, says: sentences about its effects, obstacle, returns}."""
	said = {"action": act.action, "label": _(act.action), "obstacle": act.obstacle, "returns": returns(doc, act)}
	return {**said, "says": " ".join([_("The state becomes “{0}”.").format(_(act.to)), *says])}
