"""Portal pages of committee members: meetings, comparison of a contest, declared relations, tasks.

Members who step aside for an item see neither its scores nor its discussion nor the opinions on it. Fields of permlevel
1 come from functions that leave these items out.
"""

from collections import Counter

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from kyodo_frappe.committee import convening, interests, minutes, relations, seats, selection, written_opinions
from kyodo_frappe.committee import public as meeting_public
from kyodo_frappe.committee import reviews as marking
from kyodo_frappe.committee.meeting_record import CALLED
from kyodo_frappe.committee.review_pages import own_reviews
from kyodo_frappe.common import vocabulary
from kyodo_frappe.common.queries import among
from kyodo_frappe.permissions.people import committees_of, programmes_of_committees
from kyodo_frappe.programme import public as programme_public
from kyodo_frappe.web import forms, metadata, pictures, words
from kyodo_frappe.web.blocks import MOST, sheet_of, task, titles_of
from kyodo_frappe.web.listing import listing, or_not_found
from kyodo_frappe.web.page import Page
from kyodo_frappe.web.records import page_record, pick
from kyodo_frappe.workflows.states import DECIDED, OVER, UNDECIDED, category, category_of, states

# -- tasks ---------------------------------------------------------------------------


def tasks(reviews: list[dict]) -> list[dict]:
	"""Return the answers, reviews (among `own_reviews()`), written opinions and checks of minutes that wait for the user."""
	return [*_answers_and_opinions(), *_marks(reviews), *_minutes()]


def upcoming() -> list[dict]:
	"""Return the next meetings of the user's committees."""
	return frappe.get_list(
		"Kyodo Meeting",
		{"workflow_state": ["in", states("Kyodo Meeting", *UNDECIDED)]},
		["name", "meeting_type", "meeting_date", "begins_at", "place", "workflow_state"],
		order_by="meeting_date asc",
		limit=MOST,
	)


def _answers_and_opinions() -> list[dict]:
	user = frappe.session.user
	seat = _seats(user, ["parent", "name", "answer", "user", "substitute_user", "member_name"])
	rows = _meetings({"name": among(list(seat)), "workflow_state": ["in", states("Kyodo Meeting", *CALLED)]})
	found = []
	for row in rows:
		if row.workflow_state == "Convened" and seat[row.name].answer in (None, "", "Not Answered"):
			due = row.answer_by or row.meeting_date
			found.append(task(_("Invitation to reply to"), _title(row), _address(row), "", due, _("Give an answer")))
	written = [row for row in rows if row.document_review or seat[row.name].answer == "By Document"]
	open_items = _missing_opinions([row.name for row in written], user)
	for row in written:
		if count := open_items.get(row.name):
			note = _("{0} items without your opinion").format(count)
			address = f"{_address(row)}#agenda"
			found.append(task(_("Written opinion to submit"), _title(row), address, note, row.meeting_date, _("Write the opinion")))
	return found


def _seats(user: str, fields: list[str]) -> dict[str, dict]:
	"""Return {meeting: attendance row on which the user sits}."""
	rows = frappe.get_all(
		"Kyodo Attendance",
		{"parenttype": "Kyodo Meeting"},
		fields,
		or_filters={"user": user, "substitute_user": user},
		order_by="parent",
	)
	return {row.parent: row for row in rows if seats.sitting_user(row) == user}


def _missing_opinions(meetings: list[str], user: str) -> dict[str, int]:
	"""Return {meeting: number of items without an opinion of the user}."""
	if not meetings:
		return {}
	filters = {"parenttype": "Kyodo Meeting", "parent": ["in", meetings], "user": user}
	given = set(frappe.get_all("Kyodo Written Opinion", filters, pluck="agenda_item", order_by="parent"))
	given |= {
		row.agenda_item
		for row in frappe.get_all("Kyodo Recusal", filters, ["agenda_item", "ruling"], order_by="parent")
		if row.ruling != "Overruled"
	}
	found = {}
	for row in frappe.get_all(
		"Kyodo Agenda Item",
		{"parenttype": "Kyodo Meeting", "parent": ["in", meetings]},
		["name", "parent"],
		order_by="parent",
	):
		if row.name not in given:
			found[row.parent] = found.get(row.parent, 0) + 1
	return found


def _marks(reviews: list[dict]) -> list[dict]:
	"""Return one task for all open reviews of a meeting."""
	open_reviews = {}
	for row in reviews:
		if row.open:
			open_reviews.setdefault(row.meeting, []).append(row)
	found = []
	for rows in open_reviews.values():
		first = rows[0]
		title = first.title if len(rows) == 1 else _("{0} proposals").format(len(rows))
		due = first.mark_by or first.meeting_date
		found.append(task(_("Proposal to review"), title, f"/kyodo/my/reviews/{first.name}", "", due, _("Give marks")))
	return found


def _minutes() -> list[dict]:
	rows = frappe.get_all(
		"Kyodo Minutes Check",
		{
			"parenttype": "Kyodo Meeting",
			"user": frappe.session.user,
			"asked_on": ["is", "set"],
			"checked_on": ["is", "not set"],
		},
		["parent"],
		order_by="asked_on",
		limit=MOST,
	)
	meetings = [row.parent for row in rows]
	found = _meetings({"name": among(meetings), "workflow_state": "Closed"})
	return [task(_("Minutes to check"), _title(row), f"{_address(row)}#minutes", act=_("Read and confirm")) for row in found]


def _meetings(filters: dict) -> list[dict]:
	fields = ["name", "meeting_type", "meeting_date", "workflow_state", "answer_by", "document_review"]
	return frappe.get_list("Kyodo Meeting", filters, fields, order_by="meeting_date asc", limit=MOST)


def _title(row: dict) -> str:
	return f"{words.day(row.meeting_date)} {vocabulary.word(vocabulary.MEETING_TYPE, row.meeting_type)}"


def _address(row: dict) -> str:
	return f"/kyodo/my/meetings/{row.name}"


# -- meetings ------------------------------------------------------------------------


def meetings() -> dict:
	"""Return the context of the list of meetings: upcoming ones first, past ones below."""
	fields = ["name", "meeting_type", "meeting_date", "begins_at", "place", "workflow_state", "document_review"]
	# members who also belong to a section may read other committees' published minutes; these are not listed here
	own = {"committee": ["in", committees]} if (committees := committees_of(frappe.session.user)) else {}
	rows = frappe.get_list("Kyodo Meeting", own, fields, order_by="meeting_date desc", limit=MOST * 2)
	answers = _seats(frappe.session.user, ["parent", "answer", "user", "substitute_user"])
	for row in rows:
		row.seated = row.name in answers
		row.answer = (answers.get(row.name) or {}).get("answer")
	return {
		"title": _("My meetings"),
		"coming": [row for row in reversed(rows) if category("Kyodo Meeting", row.workflow_state) in UNDECIDED],
		"past": [row for row in rows if category("Kyodo Meeting", row.workflow_state) not in UNDECIDED],
	}


def meeting(name: str) -> dict:
	"""Return the context of a meeting for one member: answer, papers, agenda with own reviews and opinions, minutes."""
	doc = page_record("Kyodo Meeting", name)
	user = frappe.session.user
	seat = written_opinions.seat_of(doc, user)
	typed = forms.refused_input(f"meeting:{name}")
	announced = doc.workflow_state != "Planned"
	items = _items(doc, user, seat, typed) if announced else []
	sheets = [item.review for item in items if item.review]
	return {
		"title": convening.title(doc)
		if frappe.local.lang == "ja"
		else f"{vocabulary.word(vocabulary.MEETING_TYPE, doc.meeting_type)} {doc.meeting_date}",
		"doc": pick(
			doc,
			*("name", "meeting_type", "meeting_date", "begins_at", "ends_at", "place", "workflow_state", "chair_name"),
			*("open_to_public", "document_review", "answer_by", "mark_by", "marking_closed_on", "cancel_reason"),
		),
		"announced": announced,
		"answer": _answer(doc, user, typed),
		"seated": seat is not None,
		"items": items,
		"written": bool(seat and written_opinions.by_document(doc, seat)),
		"opinions_closed": written_opinions.why_closed(doc, seat) if seat and category_of(doc) == DECIDED else None,
		"progress": {
			"all": len(sheets),
			"done": len([row for row in sheets if row.submitted_on]),
			"next": next((row.name for row in sheets if row.open), None),
			"closed": marking.why_closed(doc),
		},
		"contests": _contests(doc, user),
		"rulings": _rulings(doc, user),
		"minutes": _minutes_of(doc, user, seat, typed),
	}


def _answer(doc: Document, user: str, typed: dict) -> dict | None:
	"""Return the form of the answer for the member or substitute; None for users who are not invited."""
	row = next((row for row in doc.attendance if user in (row.user, row.substitute_user)), None)
	if row is None:
		return None
	given = row.answer if row.answer != "Not Answered" else ""
	return frappe._dict(
		open=doc.workflow_state == "Convened",
		values=_answers(doc),
		given=given,
		answer=typed.get("answer", given or ""),
		note=typed.get("note", row.answer_note or ""),
		substitute=typed.get("substitute_name", row.substitute_name or _usual_substitute(doc, row)),
		substitute_name=row.substitute_name,
		answered_on=row.answered_on,
		stands_in_for=row.member_name if row.substitute_user == user and row.user != user else None,
		late=bool(doc.answer_by and getdate(doc.answer_by) < getdate()),
	)


def _answers(doc: Document) -> list[str]:
	if doc.document_review:
		return ["By Document", "Absent"]
	by_substitute = frappe.get_cached_value("Kyodo Programme", doc.programme, "substitutes_allowed")
	return ["Attending", "Substitute", "Absent"] if by_substitute else ["Attending", "Absent"]


def _usual_substitute(doc: Document, row: Document) -> str:
	members = frappe.get_cached_doc("Kyodo Committee", doc.committee).members
	seat = next((seat for seat in members if seat.user == row.user), None)
	return (seat and seat.substitute_name) or ""


def _items(doc: Document, user: str, seat: Document | None, typed: dict) -> list[dict]:
	sheets = {row.proposal: row for row in own_reviews([row.proposal for row in doc.agenda if row.proposal], doc)}
	given = written_opinions.opinions_of(doc, user)
	may_write = bool(seat) and not written_opinions.why_closed(doc, seat)
	found = []
	for row in doc.agenda:
		item = _item(doc, row, user)
		item.may_declare = bool(seat) and not item.recused and category_of(doc) in UNDECIDED
		item.reason = typed.get(f"reason-{row.name}", "")
		if item.recused:
			item.update(_RECUSED)
		else:
			item.update(_opinion(row, given.get(row.name) or frappe._dict(), typed))
			item.update(review=sheets.get(row.proposal), may_write=may_write)
		found.append(item)
	return found


_RECUSED = {"link": None, "review": None, "may_write": False, "opinion": None, "comment": "", "given_on": None}


def _item(doc: Document, row: Document, user: str) -> dict:
	"""Return what an item is about, and who steps aside for it."""
	recused = interests.recused(doc, row)
	recusal = next((entry for entry in doc.recusals if entry.agenda_item == row.name and entry.user == user), None)
	item = pick(row, "idx", "name", "item_type", "subject", "begins_at", "closed", "postponed")
	item.link = _link(row)
	item.result = row.result if category_of(doc) == DECIDED else None
	item.recusal = pick(recusal, "reason", "source", "ruling", "ruling_reason") if recusal else None
	item.recused = user in recused
	item.others_recused = [entry.member_name for entry in recused.values() if entry.user != user]
	return item


def _opinion(row: Document, given: dict, typed: dict) -> dict:
	return {
		"opinion": typed.get(f"opinion-{row.name}", given.get("opinion")),
		"comment": typed.get(f"comment-{row.name}", given.get("comment") or ""),
		"given_on": given.get("given_on"),
	}


def _link(row: Document) -> str | None:
	"""Return the address of the page about the record of an item."""
	for fieldname, path in (("proposal", "proposals"), ("report", "reports"), ("evaluation_round", "evaluations")):
		if row.get(fieldname):
			return f"/kyodo/my/{path}/{row.get(fieldname)}"
	return None


def _contests(doc: Document, user: str) -> list[dict]:
	found = interests.contests(doc) if doc.workflow_state != "Planned" else {}
	names = titles_of("Kyodo Call", "call_name", list(found))
	return [
		frappe._dict(title=names.get(call) or call, address=f"{_address(doc)}/compare/{call}", count=len(rows))
		for call, rows in found.items()
	]


def _rulings(doc: Document, user: str) -> list[dict]:
	"""Return the interests on which the user may rule as the chair, except in items for which the chair steps aside."""
	if user not in seats.chairs(doc.committee) or category_of(doc) not in CALLED:
		return []
	fields = ("agenda_item", "subject", "user", "member_name", "reason", "source", "ruling", "ruling_reason")
	own = minutes.recused_items(doc, user)
	return [pick(row, *fields) for row in doc.recusals if row.user != user and row.agenda_item not in own]


def _minutes_of(doc: Document, user: str, seat: Document | None, typed: dict) -> dict:
	own_check = next((row for row in doc.minutes_checks if row.user == user), None)
	turn = minutes.pending_check(doc) if doc.workflow_state == "Closed" else None
	return frappe._dict(
		text=minutes.member_text(doc.name, user) if seat and category_of(doc) == DECIDED else "",
		my_turn=bool(turn and turn.user == user),
		waiting_for=turn.member_name if turn else None,
		mine=pick(own_check, "answer", "remark", "checked_on") if own_check else None,
		checks=[pick(row, "member_name", "answer", "checked_on") for row in doc.minutes_checks],
		remark=typed.get("remark", ""),
		confirmed_on=doc.minutes_confirmed_on,
		public=f"/kyodo/meetings/{doc.name}" if doc.workflow_state == "Published" else None,
	)


# -- a contest -----------------------------------------------------------------------


def compare(name: str, call: str) -> dict:
	"""Return the context of a comparison: the proposals of one partner selection, with ranks if the user may see them."""
	doc = page_record("Kyodo Meeting", name)
	user = frappe.session.user
	items = interests.contests(doc).get(call)
	if not items or doc.workflow_state == "Planned":
		raise frappe.PageDoesNotExistError
	context = {"title": frappe.db.get_value("Kyodo Call", call, "call_name"), "doc": pick(doc, "name", "meeting_type", "meeting_date")}
	recusal = next((own for row in items if (own := interests.recused(doc, row).get(user))), None)
	if recusal is not None:
		return {**context, "recusal_reason": recusal.reason, "rows": [], "places": 0, "ranked": False}
	scores = selection.compare(doc, call)
	ranked = _may_see_ranks(doc, items, scores["rows"])
	order = {row["proposal"]: row for row in scores["rows"]} if ranked else {}
	rows = _compared(doc, items, order)
	if ranked:
		rows.sort(key=lambda row: (row.score["rank"], row.idx))
	return {**context, "recusal_reason": None, "rows": rows, "places": scores["places"], "ranked": ranked}


def _may_see_ranks(doc: Document, items: list[Document], scores: list[dict]) -> bool:
	visible = marking.visible_proposals(frappe.session.user, [row.proposal for row in items], vocabulary.held_like(doc.meeting_type))
	return len(visible) == len(items) and all(row["points"] or row["average"] is not None for row in scores)


def _compared(doc: Document, items: list[Document], order: dict[str, dict]) -> list[dict]:
	reviews = {row.proposal: row for row in own_reviews([row.proposal for row in items], doc)}
	return [
		frappe._dict(
			idx=row.idx,
			sheet=_whole_sheet(page_record("Kyodo Proposal", row.proposal)),
			score=frappe._dict(order[row.proposal]) if order else None,
			review=reviews.get(row.proposal),
			result=row.result if category_of(doc) == DECIDED else None,
		)
		for row in items
	]


def _whole_sheet(proposal: Document) -> dict:
	"""Return the text of a proposal including empty parts, so that the parts of all proposals line up."""
	sheet = sheet_of(proposal, empty=True)
	sheet.name = proposal.name
	return sheet


# -- declared relations --------------------------------------------------------------


def interests_page() -> dict:
	"""Return the context of the page of declared relations."""
	user = frappe.session.user
	programmes = programmes_of_committees(user)
	if not programmes:
		raise frappe.PageDoesNotExistError
	typed = forms.refused_input("interest")
	search_text = str(frappe.form_dict.get("q") or typed.get("q") or "")[:140]
	rows = frappe.get_list(
		"Kyodo Interest",
		{"member": user},
		["name", "organisation", "section", "relation", "note", "declared_on", "ended_on"],
		order_by="ended_on asc, declared_on desc",
		limit=MOST * 2,
	)
	organisations = titles_of("Kyodo Organisation", "organisation_name", [row.organisation for row in rows])
	sections = titles_of("Kyodo Section", "section_name", [row.section for row in rows])
	for row in rows:
		row.subject = organisations.get(row.organisation) or sections.get(row.section) or ""
	names = titles_of("Kyodo Programme", "programme_name", programmes)
	return {
		"title": _("My relations with organisations and sections"),
		"rows": rows,
		"asked": search_text,
		"organisations": relations.organisations(user, search_text),
		"sections": relations.sections(),
		"relations": [(value, shown) for value, shown in forms.choices("Kyodo Interest", "relation") if value],
		"programmes": sorted(names.items(), key=lambda pair: pair[1]),
		"typed": typed,
	}


# -- public pages ----------------------------------------------------------------------


def public_meetings() -> dict:
	"""Return the context of the public list of meetings."""
	shown = states("Kyodo Meeting", public=True)
	found = listing(_("Meetings"), "/kyodo/meetings", meeting_public.meetings, shown, meeting_public.years())
	return {**found, "sharing": metadata.about(feeds=metadata.subscriptions("meetings"))}


def public_meeting(name: str) -> dict:
	"""Return the context of the public page of a meeting."""
	row = or_not_found(meeting_public.meeting(name))
	title = f"{row.committee} {vocabulary.word(vocabulary.MEETING_TYPE, row.meeting_type)}".strip()
	counted = Counter(item.result for item in row.agenda if item.result)
	return {
		"title": title,
		"row": row,
		"whose": row.programme,
		"results": pictures.parts((vocabulary.word(vocabulary.RESULT, result), number) for result, number in counted.items()),
		"sharing": _about_meeting(row, title),
	}


def _about_meeting(row: dict, title: str) -> dict:
	"""The metadata of the page of a meeting; a meeting that is open to the public is described as an event."""
	address = f"/kyodo/meetings/{row.name}"
	things = [metadata.breadcrumbs((_("Meetings"), "/kyodo/meetings"), (title, address))]
	if row.open_to_public and not row.document_review:
		city = (programme_public.programme(row.programme) or {}).get("municipality_name")
		cancelled = category("Kyodo Meeting", row.workflow_state) == OVER
		things.append(metadata.event(title, address, (row.meeting_date, row.begins_at, row.ends_at), row.place, city, cancelled))
	text = _(", ").join(filter(None, [words.day(row.meeting_date), row.place, *(item.subject for item in row.agenda)]))
	return metadata.about(f"{title} {text}", things=things)


PAGES = (
	Page("meetings", "committee/public_meetings", public_meetings, menu="Meetings"),
	Page("meetings/<name>", "committee/public_meeting", public_meeting),
	Page("my/meetings", "committee/meetings", meetings),
	Page("my/meetings/<name>", "committee/meeting", meeting),
	Page("my/meetings/<name>/compare/<call>", "committee/meeting_compare", compare),
	Page("my/interests", "committee/interests", interests_page),
)
