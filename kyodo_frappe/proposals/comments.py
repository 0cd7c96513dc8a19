"""Comments on parts of a draft by its writers, and by the support centre where they have asked it (くにたち 2: 支援)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_fullname, now_datetime

from kyodo_frappe.common.errors import InputMissing, InvalidChoice
from kyodo_frappe.permissions.people import WRITERS, organisations_of
from kyodo_frappe.permissions.roles import SUPPORT
from kyodo_frappe.proposals import proposals
from kyodo_frappe.workflows.guard import by_service
from kyodo_frappe.workflows.states import DECIDED, OVER, category_of

CLOSED = (DECIDED, OVER)


@frappe.whitelist(methods=["POST"])
def add(proposal: str, comment: str, part: str = "") -> str:
	"""Add a comment on `part` (a fieldname) of a proposal, or on the whole; returns its name.

	Raises PermissionError for users who neither write the proposal nor were asked for help, ValidationError for an empty comment or an
	unknown part.
	"""
	doc = frappe.get_doc("Kyodo Proposal", proposal)
	doc.check_permission("read")
	role = commenter_role(doc, frappe.session.user)
	if role is None or category_of(doc) in CLOSED:
		frappe.throw(_("Only those who write the proposal, and those they have asked for help, can comment."), frappe.PermissionError)
	if not comment.strip():
		frappe.throw(_("Please write the comment."), InputMissing)
	if part and part not in dict(proposals.correctable_fields(doc)):
		frappe.throw(_("There is no part “{0}”.").format(part), InvalidChoice)
	made = frappe.get_doc(
		{
			"doctype": "Kyodo Comment",
			"proposal": proposal,
			"organisation": doc.organisation,
			"part": part or None,
			"comment": comment.strip(),
			"commenter_name": get_fullname(frappe.session.user),
			"commented_as": role,
		}
	)
	with by_service(made):
		made.insert(ignore_permissions=True)  # nobody has the right to write comments; checked above
	return made.name


@frappe.whitelist(methods=["POST"])
def resolve(comment: str):
	"""Mark a comment as resolved. Raises PermissionError for users who may not comment there."""
	doc = frappe.get_doc("Kyodo Comment", comment, for_update=True)
	doc.check_permission("read")
	if commenter_role(frappe.get_doc("Kyodo Proposal", doc.proposal), frappe.session.user) is None:
		raise frappe.PermissionError
	if doc.resolved_on:
		return
	doc.resolved_on, doc.resolved_by = now_datetime().replace(microsecond=0), frappe.session.user
	with by_service(doc):
		doc.save(ignore_permissions=True)  # nobody has the right to write comments; checked above


def by_part(proposal: str) -> dict[str, list[dict]]:
	"""{fieldname or "": [comments, oldest first]} of a proposal, as far as the current user may read them."""
	if not frappe.has_permission("Kyodo Comment", "read"):
		return {}
	found = {}
	for row in frappe.get_list(
		"Kyodo Comment",
		{"proposal": proposal},
		["name", "part", "comment", "commenter_name", "commented_as", "creation", "resolved_on"],
		order_by="creation asc",
		limit=500,
	):
		found.setdefault(row.part or "", []).append(row)
	return found


def commenter_role(proposal: Document, user: str) -> str | None:
	"""Return in whose name `user` comments on a proposal: "Organisation", "Support Centre", or None without the right to."""
	if proposal.organisation in organisations_of(user, WRITERS):
		return "Organisation"
	if SUPPORT in frappe.get_roles(user) and proposal.advice_access in ("Comment", "Write"):
		return "Support Centre"
	return None
