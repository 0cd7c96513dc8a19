"""Attacks on a meeting: nothing hidden is learnt, nothing is forged, and each attempt ends in a refusal (issue 4)."""

import inspect
import json

import frappe
import pytest
from frappe.model.base_document import get_controller

from kyodo_frappe.committee import amendments
from kyodo_frappe.committee.errors import AlreadyDecided, NotImpartial, WrongProgramme, WrongStep
from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.permissions import overrides

from ..workflows.test_at_once import at_once
from .test_deliberation import REFUSALS, allow_substitutes, item_of, make_chair, proposal_in_step, recused, session

MEETING, DECISION, REVIEW, PROPOSAL = "Kyodo Meeting", "Kyodo Decision", "Kyodo Review", "Kyodo Proposal"
SERVICES = "kyodo_frappe"
DESK = "frappe.desk"

GARBAGE = ("5", "null", "{", "x", '"x"', "[null]", "[[]]", '[{"a": [1]}]', '{"a": {"b": 1}}')


def refused(act, *args, exc: type[Exception] | tuple = REFUSALS, **more) -> str:
	"""Check that the call is refused with `exc`; return the sentence."""
	with pytest.raises(exc) as caught:
		act(*args, **more)
	return str(caught.value)


def decision_on(meeting: str, proposal: str, **more) -> dict:
	item = item_of(meeting, proposal)
	return {"doctype": DECISION, "meeting": meeting, "agenda_item": item, "proposal": proposal, "result": "Passed to Step 2", **more}


# -- over HTTP -------------------------------------------------------------------------------


def test_hostile_http_requests_end_in_a_refusal(real_town):
	town = real_town
	past, own, other = proposal_in_step(town), proposal_in_step(town), proposal_in_step(town)
	town.decided(past, "Passed to Step 2")
	decided = frappe.db.get_value(DECISION, {"proposal": past})
	frappe.db.set_value(DECISION, decided, "average_score", 71.25)
	meeting = session(town, own, other)
	frappe.db.commit()
	for key in ("representative", "section_officer"):
		_check_no_hidden_value_is_guessed(town.over_rest(getattr(town, key)), decided)
	_check_no_hidden_value_is_guessed(town.over_rest(town.members["npo1"]), decided)
	_check_garbage_is_refused(town, meeting, own)
	_check_concurrent_decisions_keep_one(town, meeting, other)
	_check_marks_are_in_before_marking_closes(town, meeting, other)


def _check_no_hidden_value_is_guessed(client, decided: str):
	"""Number cards, charts, calendars and navigation do not reveal whether a guess at a hidden column is right."""
	for guess in (71, 72):
		filters = json.dumps([[DECISION, "average_score", ">", guess]])
		card = {"document_type": DECISION, "function": "Count"}
		highest = {"document_type": DECISION, "function": "Maximum", "aggregate_function_based_on": "average_score"}
		chart = {**highest, "chart_type": "Group By", "group_by_type": "Maximum", "group_by_based_on": "name", "name": "x"}
		columns = json.dumps({"start": "average_score", "end": "average_score", "title": "name"})
		step = {"value": decided, "prev": 0, "filters": "[]", "sort_order": "asc", "sort_field": "average_score"}
		for method, given in (
			("doctype.number_card.number_card.get_result", {"doc": json.dumps(card), "filters": filters}),
			("doctype.number_card.number_card.get_result", {"doc": json.dumps(highest), "filters": "[]"}),
			("doctype.dashboard_chart.dashboard_chart.get", {"chart": json.dumps(chart), "filters": "[]"}),
			("calendar.get_events", {"doctype": DECISION, "start": str(guess), "end": "99", "field_map": columns}),
			("form.utils.get_next", {"doctype": DECISION, **step}),
		):
			response = client._request("POST", f"/api/method/{DESK}.{method}", given, None)
			assert response.status_code == 403, (client.user, method, response.get_data(as_text=True)[:200])


def _check_garbage_is_refused(town, meeting: str, proposal: str):
	officer, member = town.over_rest(town.officer), town.over_rest(town.members["npo1"])
	item = item_of(meeting, proposal)
	sheet = frappe.db.get_value(REVIEW, {"proposal": proposal, "member": member.user})
	change = {"key": "k", "table": "agenda", "row": item, "field": "votes_for", "value": str(2**31), "was": ""}
	tries = [(officer, "committee.session.note", {"meeting": meeting, "changes": [change]})]
	for text in GARBAGE:
		tries += [
			(officer, "committee.session.note", {"meeting": meeting, "changes": text}),
			(officer, "committee.session.add_row", {"meeting": meeting, "table": "guests", "key": text, "values": text}),
			(
				officer,
				"committee.deliberation.record_decision",
				{"meeting": meeting, "agenda_item": item, "result": "Adopted", "reasons": text},
			),
			(officer, "committee.deliberation.record_decisions", {"meeting": meeting, "agenda_items": text, "result": "Adopted"}),
			(
				officer,
				"committee.selection.record_selection",
				{"meeting": meeting, "call": "x", "order": text, "chosen": text, "reasons": text},
			),
			(officer, "committee.meetings.put_on_agenda", {"meeting": meeting, "rows": text}),
			(officer, "committee.budget_vote.record", {"proposals": text, "voted_on": text, "passed": text}),
			(member, "committee.reviews.submit_review", {"review": sheet, "marks": text, "comments": text}),
		]
	for client, method, given in tries:
		response = client._request("POST", f"/api/method/{SERVICES}.{method}", given, None)
		assert response.status_code < 500, (method, given, response.get_data(as_text=True)[-400:])
	frappe.db.rollback()
	assert not frappe.db.exists(DECISION, {"meeting": meeting}) and not frappe.get_doc(MEETING, meeting).guests


def _check_concurrent_decisions_keep_one(town, meeting: str, proposal: str):
	"""Bypass the lock of the service: the database keeps one decision."""
	clients = [town.over_rest(town.officer), town.over_rest(town.other_officer)]
	note = decision_on(meeting, proposal)
	answers = at_once(*(lambda client=client: client.insert(note) for client in clients))
	frappe.db.rollback()
	assert answers.count("ok") == 1 and frappe.db.count(DECISION, {"meeting": meeting}) == 1, answers


def _check_marks_are_in_before_marking_closes(town, meeting: str, proposal: str):
	officer, member = town.over_rest(town.officer), town.over_rest(town.members["npo1"])
	sheet = frappe.db.get_value(REVIEW, {"proposal": proposal, "member": member.user})
	marks = {row.criterion: "○" for row in frappe.get_doc(REVIEW, sheet).marks}
	answers = at_once(
		lambda: member.call("kyodo_frappe.committee.reviews.submit_review", review=sheet, marks=marks),
		lambda: officer.call("kyodo_frappe.committee.reviews.close_marking", meeting=meeting),
	)
	frappe.db.rollback()
	assert answers[1] == "ok"
	assert bool(frappe.db.get_value(REVIEW, sheet, "released")) is (answers[0] == "ok"), answers


def test_response_to_save_omits_fields_writer_may_not_read(site):
	"""Frappe returns all permlevels of a saved record, also to users who may not read all of them."""
	shorter = set()
	for doctype in frappe.get_all("DocType", {"module": "Kyodo Frappe", "istable": 0}, pluck="name", order_by="name"):
		meta = frappe.get_meta(doctype)
		rows = [frappe.get_meta(table.options) for table in meta.get_table_fields()]
		levels = {df.permlevel for part in (meta, *rows) for df in part.fields if df.permlevel}
		readers = {level: {row.role for row in meta.permissions if row.permlevel == level and row.read} for level in levels}
		writers = {row.role for row in meta.permissions if not row.permlevel and (row.write or row.create or row.submit)}
		shorter |= {(doctype, role) for role in writers for level in levels if role not in readers[level]}
	assert shorter == {
		(MEETING, "Kyodo Committee Member"),
		("Kyodo Event Registration", "Kyodo Officer"),
		("Kyodo Need", "Kyodo Section Officer"),
		("Kyodo Payment Request", "Kyodo Organisation Member"),
	}
	for doctype, _role in shorter:
		calls = inspect.getsource(get_controller(doctype).on_change)
		assert "remove_unreadable_fields(self)" in calls, doctype


def test_dropped_decision_is_hidden_from_sections(town):
	proposal = proposal_in_step(town)
	meeting = session(town, proposal)
	cycle_steps.decide(town.officer, meeting, proposal, "Passed to Step 2")
	town.officer.call("kyodo_frappe.committee.deliberation.drop_decision", meeting=meeting, agenda_item=item_of(meeting, proposal))
	frappe.db.set_value(MEETING, meeting, "workflow_state", "Published")
	for client, told in ((town.officer, True), (town.section_officer, False)):
		with client:
			frappe.local.response["docs"] = []
			overrides.getdoc(MEETING, meeting)
		beside = json.dumps(frappe.local.response["docinfo"], default=str, ensure_ascii=False)
		assert ("取り消しました" in beside) is told, client.user


# -- forgery by officers -----------------------------------------------------------------------


def test_officer_cannot_forge_read_only_fields(town):
	proposal, elsewhere = proposal_in_step(town), proposal_in_step(town)
	other = session(town, elsewhere)
	meeting = session(town, proposal)
	user, stamp = town.members["npo1"].user, "2026-01-01 00:00:00"
	item = item_of(meeting, proposal)
	before = frappe.get_doc(MEETING, meeting)
	for values in (
		{"invited_on": stamp, "marking_closed_on": stamp, "minutes_public": "公表", "minutes_confirmed_by": user},
		{"opinions": [{"agenda_item": item, "user": user, "opinion": "For"}]},
		{"minutes_checks": [{"user": user, "answer": "Agreed", "checked_on": stamp}]},
		{"moves": [{"from_date": "2026-01-01", "to_date": "2026-01-02", "reason": "x"}]},
		{"recusals": [{"agenda_item": item, "user": user, "ruling": "Confirmed"}]},
	):
		town.officer.update(MEETING, meeting, values)
	rows = [{**cycle_steps._client_row(row.as_dict()), "answered_on": stamp} for row in before.attendance]
	town.officer.update(MEETING, meeting, {"attendance": rows})
	agenda = [{**cycle_steps._client_row(row.as_dict()), "result": "Adopted", "quorum_note": "9/9"} for row in before.agenda]
	town.officer.update(MEETING, meeting, {"agenda": agenda})
	doc = frappe.get_doc(MEETING, meeting)
	assert str(doc.invited_on) == str(before.invited_on) and not (doc.marking_closed_on or doc.minutes_public or doc.minutes_confirmed_by)
	assert not (doc.opinions or doc.minutes_checks or doc.moves or doc.recusals)
	assert not any(row.answered_on for row in doc.attendance) and not (doc.agenda[0].result or doc.agenda[0].quorum_note)

	forged = {"rank": 1, "votes_note": "全員賛成", "average_score": 99, "members_present": 99}
	name = town.officer.insert(decision_on(meeting, proposal, **forged))["name"]
	town.officer.update(DECISION, name, {"replaces": name, "rank": 2})
	note = frappe.get_doc(DECISION, name)
	assert not (note.rank or note.replaces or note.votes_note or note.average_score) and note.members_present == 4
	assert name in refused(town.officer.insert, decision_on(meeting, proposal), exc=AlreadyDecided)
	refused(town.officer.insert, {**decision_on(other, elsewhere), "meeting": meeting})
	refused(town.officer.insert, {**decision_on(other, elsewhere), "proposal": proposal})
	refused(town.officer.insert, decision_on(other, elsewhere, docstatus=1))
	with town.officer:
		refused(frappe.get_doc(DECISION, name).submit)
	for action in ("Pass to Step 2", "Adopt", "Turn Down"):
		refused(town.officer.act, PROPOSAL, proposal, action)
	cycle_steps.close(town.officer, meeting)
	refused(town.officer.insert, decision_on(meeting, proposal))
	refused(town.officer.update, DECISION, name, {"result": "Not Adopted"})
	for action in ("Adopt", "Turn Down", "Adopt Pending Budget"):
		refused(town.officer.act, PROPOSAL, proposal, action)
	frappe.db.set_value(PROPOSAL, elsewhere, "workflow_state", "Withdrawn")
	refused(town.officer.insert, decision_on(other, elsewhere))


def test_record_of_other_programme_is_refused_on_agenda(town):
	proposal, decided = proposal_in_step(town), proposal_in_step(town)
	town.decided(decided, "Passed to Step 2")
	decision = frappe.db.get_value(DECISION, {"proposal": decided})
	programme = frappe.copy_doc(frappe.get_doc("Kyodo Programme", town.programme))
	programme.programme_name = f"{town.tag} 別の制度"
	programme.insert()
	frappe.db.set_value(PROPOSAL, {"name": ["in", (proposal, decided)]}, "programme", programme.name)
	assert proposal in refused(town.meeting, proposal, exc=WrongProgramme)
	meeting = town.meeting(proposal_in_step(town))
	with town.officer:
		assert decided in refused(amendments.put_on_agenda, decision, meeting, exc=WrongProgramme)


# -- users with an interest ----------------------------------------------------------------------


def test_user_with_interest_neither_records_nor_rules(town):
	own, other = proposal_in_step(town), proposal_in_step(town)
	frappe.db.set_value(PROPOSAL, other, "organisation", town.other_organisation)
	meeting = session(town, own, other)
	head, second = town.members["npo1"], town.members["npo2"]
	make_chair(town, "npo1")
	for client in (head, second):
		client.call("kyodo_frappe.committee.interests.declare", meeting=meeting, agenda_item=item_of(meeting, own), reason="親族がいる")
	rule = {"meeting": meeting, "agenda_item": item_of(meeting, own), "user": second.user, "ruling": "Confirmed"}
	refused(head.call, "kyodo_frappe.committee.interests.rule", **rule, exc=NotImpartial)
	# an officer who sits in the committee, and one who belongs to an organisation
	town.give_role(head, "Kyodo Officer")
	organisation = frappe.get_doc("Kyodo Organisation", town.other_organisation)
	organisation.append("members", {"user": town.other_officer.user, "member_role": "Viewer"})
	organisation.save()
	for client, proposal, free in ((head, own, other), (town.other_officer, other, own)):
		record = {"meeting": meeting, "result": "Passed to Step 2"}
		one = {**record, "agenda_item": item_of(meeting, proposal)}
		refused(client.call, "kyodo_frappe.committee.deliberation.record_decision", **one, exc=NotImpartial)
		both = [item_of(meeting, free), item_of(meeting, proposal)]
		refused(client.call, "kyodo_frappe.committee.deliberation.record_decisions", **record, agenda_items=both, exc=NotImpartial)
		frappe.db.delete(DECISION, {"meeting": meeting})  # as a request would have rolled back
		name = cycle_steps.decide(town.officer, meeting, proposal, "Passed to Step 2")
		refused(client.update, DECISION, name, {"advice": "書換え"}, exc=NotImpartial)
		refused(
			client.call,
			"kyodo_frappe.committee.deliberation.drop_decision",
			meeting=meeting,
			agenda_item=one["agenda_item"],
			exc=NotImpartial,
		)
		cycle_steps.decide(client, meeting, free, "Passed to Step 2")
		frappe.db.delete(DECISION, {"meeting": meeting})
	assert {head.user, second.user} == set(recused(meeting, own))


def test_unseated_user_and_wrong_step_are_refused(town):
	allow_substitutes(town, "npo2", town.support.user)
	town.give_role(town.support, "Kyodo Committee Member")
	proposal = proposal_in_step(town)
	meeting = town.meeting(proposal)
	for answer in ("Substitute", "Attending", "Absent"):
		refused(town.support.call, "kyodo_frappe.committee.convening.answer", meeting=meeting, answer=answer)
	sheet = {"doctype": REVIEW, "meeting": meeting, "proposal": proposal, "step": "Step 1", "member": town.support.user}
	refused(town.support.insert, sheet)
	refused(
		town.support.call, "kyodo_frappe.committee.interests.declare", meeting=meeting, agenda_item=item_of(meeting, proposal), reason="x"
	)
	member = town.members["npo1"]
	refused(member.insert, {**sheet, "step": "Step 2", "member": member.user}, exc=WrongStep)
	refused(member.insert, {**sheet, "member": town.members["npo2"].user})
	own = frappe.db.get_value(REVIEW, {"proposal": proposal, "member": member.user})
	refused(member.update, REVIEW, own, {"step": "Step 2"}, exc=WrongStep)
	member.update(REVIEW, own, {"released": 1, "submitted_on": "2026-01-01 00:00:00", "total": 100, "not_counted": 1})
	stored = frappe.db.get_value(REVIEW, own, ["released", "submitted_on", "not_counted"])
	assert stored == (0, None, 0) and not frappe.db.get_value(REVIEW, own, "total")
