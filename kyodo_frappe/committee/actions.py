"""Endpoints of the meeting pages and of the page of declared relations in the portal.

Each one answers a plain form with a redirect (web/forms.py). The functions called here check that the user sits in
the meeting.
"""

import frappe
from frappe import _
from werkzeug.wrappers import Response

from kyodo_frappe.committee import convening, interests, minutes, papers, relations, written_opinions
from kyodo_frappe.common.errors import InputMissing, InvalidChoice
from kyodo_frappe.web.forms import answers_form
from kyodo_frappe.web.records import readable, with_right
from kyodo_frappe.web.words import with_query


def _meeting_page(name: str = "", **_rest) -> str:
	return f"/kyodo/my/meetings/{name}"


# -- the invitation --------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
@answers_form(_meeting_page)
def answer_meeting(name: str, answer: str = "", note: str = "", substitute_name: str = "", form: str = ""):
	"""Answer the invitation to a meeting. `answer`: an option of Kyodo Attendance `answer`."""
	readable("Kyodo Meeting", name)
	if not answer:
		frappe.throw(_("Please choose one of the answers."), InvalidChoice)
	convening.answer(name, answer, note, substitute_name if answer == "Substitute" else "")
	text = _("Your answer has been recorded: {0}. You can change it until the session opens.").format(_(answer))
	return text, _meeting_page(name)


@frappe.whitelist(methods=["GET"])
def meeting_papers(name: str) -> Response:
	"""Return the papers of a meeting as a PDF made for this member. Raises PermissionError."""
	with_right("Kyodo Meeting", name, "read")
	return Response(
		papers.papers_pdf(name, frappe.session.user),
		content_type="application/pdf",
		headers={
			"Content-Disposition": f'attachment; filename="{name}.pdf"',
			# another member's papers have other items in them: no cache may hand them on
			"Cache-Control": "no-store, private",
			"X-Content-Type-Options": "nosniff",
		},
	)


# -- stepping aside --------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
@answers_form(_meeting_page)
def step_aside(name: str, agenda_item: str, form: str = "", **given: str):
	"""Declare a conflict of interest in an agenda item and step aside for it."""
	readable("Kyodo Meeting", name)
	interests.declare(name, agenda_item, given.get(f"reason-{agenda_item}", ""))
	return _("You have stepped aside for this item. Thank you for telling us."), _meeting_page(name), f"item-{agenda_item}"


@frappe.whitelist(methods=["POST"])
@answers_form(_meeting_page)
def rule_interest(name: str, agenda_item: str, member: str, ruling: str = "", reason: str = "", form: str = ""):
	"""Confirm or overrule a member's interest, as the chair."""
	readable("Kyodo Meeting", name)
	interests.rule(name, agenda_item, member, ruling, reason)
	return _("The ruling has been recorded."), _meeting_page(name), "rulings"


# -- written opinions ------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
@answers_form(_meeting_page)
def give_opinions(name: str, form: str = "", **given: str):
	"""Record the user's written opinions (書面審議) on the agenda; items left empty can be answered later."""
	doc = readable("Kyodo Meeting", name)
	rows = []
	for item in doc.agenda:
		opinion, comment = given.get(f"opinion-{item.name}", ""), given.get(f"comment-{item.name}", "")
		if opinion or comment.strip():
			rows.append({"agenda_item": item.name, "opinion": opinion, "comment": comment})
	if not rows:
		frappe.throw(_("Please choose for, against or abstain for at least one item."), InputMissing)
	written_opinions.give_all(name, rows)
	text = _("Your opinions on {0} items have been recorded. You can change them until the meeting is over.").format(len(rows))
	return text, _meeting_page(name)


# -- minutes ---------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
@answers_form(_meeting_page)
def check_minutes(name: str, answer: str = "", remark: str = "", form: str = ""):
	"""Agree to the minutes, or add a remark."""
	readable("Kyodo Meeting", name)
	minutes.answer_check(name, answer, remark)
	return _("Thank you for checking the minutes."), _meeting_page(name), "minutes"


# -- relations -------------------------------------------------------------------------


def _relations_page(q: str = "", **_rest) -> str:
	return with_query("/kyodo/my/interests", q=q)


@frappe.whitelist(methods=["POST"])
@answers_form(_relations_page)
def declare_relation(subject: str = "", relation: str = "", note: str = "", programme: str = "", q: str = "", form: str = ""):
	"""Declare one's own relation to an organisation or a section. `subject`: organisation:<name> or section:<name>."""
	kind, _colon, chosen = subject.partition(":")
	if kind not in ("organisation", "section") or not chosen:
		frappe.throw(_("Please choose an organisation or a section."), InputMissing)
	if kind == "organisation" and chosen not in dict(relations.organisations(frappe.session.user, q)):
		frappe.throw(_("Please search for the organisation first, then choose it."), InputMissing)
	relations.declare(programme, relation, note=note, **{kind: chosen})
	return _("Your relation has been declared. It counts in every meeting until you end it."), "/kyodo/my/interests"


@frappe.whitelist(methods=["POST"])
@answers_form("/kyodo/my/interests")
def end_relation(name: str):
	"""End a declared relation; it stays on record."""
	relations.end(name)
	return _("The relation has ended."), "/kyodo/my/interests"
