"""What a login may do now with a record: the transitions of its Workflow, with what stands in their way.

The guard decides when an act is taken; this says beforehand what it would say, for pages that offer acts.
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
	"""Return what the user may do now with a stored record, in the order of its Workflow; [] for those who only read it."""
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
	"""Whether an act hands a record that waits back to its writers, with what they have to correct."""
	return category(doc.doctype, doc.get(guard.STATE)) == WAITING and category(doc.doctype, act.to) == WRITING


def take(doc: Document, action: str, seen: str, reason: str) -> Document:
	"""Take a step with a record that was read before; returns the record as it is then. The caller has checked permissions.

	seen: `modified` of the record as it was read, "" for whatever it is now; reason: for the whole record, on handing it back. Raises
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
	"""{action, label, says, obstacle, returns} of an act, as the page shows it."""
	said = {"action": act.action, "label": _(act.action), "obstacle": act.obstacle, "returns": returns(doc, act)}
	return {**said, "says": " ".join([_("The state becomes “{0}”.").format(_(act.to)), *says])}
