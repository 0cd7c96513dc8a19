"""Two decide, close, convene, answer or mark at once."""

import frappe

from kyodo_frappe.demo import cycle_steps

from .stage import DECISION, LETTER, MEETING, PROJECT, PROPOSAL, REVIEW, Moment, Stage, count, rewind, wipe


def _on_reserve(stage: Stage) -> list[str]:
	"""The two reserves, back in line."""
	for name in stage.reserves:
		for project in frappe.get_all(PROJECT, {"proposal": name}, pluck="name", order_by="name"):
			frappe.delete_doc(PROJECT, project, force=True, ignore_permissions=True, ignore_on_trash=True)
		wipe(LETTER, proposal=name, letter_type=["in", ["Moved Up", "Declined"]])
		values = dict.fromkeys(("moved_up_on", "move_up_grant", "move_up_reason", "declined_on", "decline_reason"))
		rewind(PROPOSAL, name, workflow_state="Reserve", **values)
		frappe.db.set_value(DECISION, {"proposal": name, "result": "Reserve"}, "moved_up_amount", 0)
	return stage.reserves


def move_up_one(stage: Stage) -> Moment:
	first, _second = _on_reserve(stage)
	move = "proposals.reserve.move_up"
	told = {"proposal": first, "grant": "Whole Amount", "reason": "枠に余裕があるため"}

	def holds():
		assert stage.town.state(PROPOSAL, first) == "Adopted"
		assert count(PROJECT, proposal=first) == count(LETTER, proposal=first, letter_type="Moved Up") == 1

	return Moment([stage.call("officer", move, **told), stage.call("officer2", move, **told)], holds)


def move_up_two(stage: Stage) -> Moment:
	names = _on_reserve(stage)
	acts = [
		stage.call(who, "proposals.reserve.move_up", proposal=name, grant="What Is Left", reason="枠に余裕があるため")
		for who, name in zip(("officer", "officer2"), names, strict=True)
	]

	def holds():
		rows = frappe.get_all(DECISION, {"proposal": ["in", names], "result": "Reserve"}, ["proposal", "moved_up_amount"], order_by="name")
		granted = {row.proposal: row.moved_up_amount for row in rows}
		assert granted[names[0]] == 400000 and sum(granted.values()) <= 500000, granted

	return Moment(acts, holds)


def decline_or_move_up(stage: Stage) -> Moment:
	first, _second = _on_reserve(stage)
	rewind(PROPOSAL, first, decline_reason="会の都合")
	moved = stage.call("officer", "proposals.reserve.move_up", proposal=first, grant="Whole Amount", reason="枠に余裕があるため")

	def holds():
		doc = frappe.get_doc(PROPOSAL, first)
		projects = frappe.get_all(PROJECT, {"proposal": first}, pluck="workflow_state", order_by="name")
		assert doc.workflow_state == ("Declined" if doc.declined_on else "Adopted")
		assert projects == {"Declined": ["Cancelled"] if doc.moved_up_on else [], "Adopted": ["Planning"]}[doc.workflow_state], projects

	return Moment([stage.act("rep", PROPOSAL, first, "Decline"), moved], holds)


def decide_one_item(stage: Stage) -> Moment:
	meeting, proposal, item = stage.in_session
	wipe(DECISION, meeting=meeting)
	rewind(PROPOSAL, proposal, workflow_state="Step 1", decided_on=None)
	rewind(MEETING, meeting, workflow_state="In Session")
	note = {"meeting": meeting, "agenda_item": item, "seen": ""}
	acts = [
		stage.call("officer", "committee.deliberation.record_decision", result="Passed to Step 2", **note),
		stage.call("officer2", "committee.deliberation.record_decision", result="Not Adopted", reasons=cycle_steps.REFUSAL, **note),
	]

	def holds():
		assert count(DECISION, meeting=meeting) == 1

	return Moment(acts, holds)


def frame(stage: Stage) -> Moment:
	_call, items = stage.frame
	meetings = [meeting for meeting, _item in items]
	wipe(DECISION, meeting=["in", meetings])
	acts = [
		stage.call(who, "committee.deliberation.record_decision", meeting=meeting, agenda_item=item, result="Adopted", amount=300000)
		for who, (meeting, item) in zip(("officer", "officer2"), items, strict=True)
	]

	def holds():
		granted = frappe.get_all(DECISION, {"meeting": ["in", meetings]}, pluck="amount", order_by="name")
		assert granted == [300000], granted

	return Moment(acts, holds)


def close(stage: Stage) -> Moment:
	meeting, proposal, item = stage.in_session
	wipe(DECISION, meeting=meeting)
	wipe(LETTER, proposal=proposal)
	rewind(PROPOSAL, proposal, workflow_state="Step 1", decided_on=None)
	rewind(MEETING, meeting, workflow_state="In Session")
	note = {"meeting": meeting, "agenda_item": item, "reasons": cycle_steps.REFUSAL}
	stage.town.officer.call("kyodo_frappe.committee.deliberation.record_decision", result="Not Adopted", **note)

	def holds():
		assert stage.town.state(MEETING, meeting) == "Closed" and stage.town.state(PROPOSAL, proposal) == "Not Adopted"
		assert count(DECISION, meeting=meeting, docstatus=1) == 1 and count(LETTER, proposal=proposal) == 1

	return Moment([stage.act(who, MEETING, meeting, "Close Session") for who in ("officer", "officer2")], holds)


def decide_while_closing(stage: Stage) -> Moment:
	moment = close(stage)
	meeting, proposal, item = stage.in_session
	note = {"meeting": meeting, "agenda_item": item, "result": "Passed to Step 2"}

	def holds():
		assert stage.town.state(MEETING, meeting) == "Closed"
		results = frappe.get_all(DECISION, {"meeting": meeting}, ["result", "docstatus"], order_by="name")
		assert len(results) == 1 and results[0].docstatus == 1, results
		state = {"Passed to Step 2": "Step 2", "Not Adopted": "Not Adopted"}[results[0].result]
		assert stage.town.state(PROPOSAL, proposal) == state
		letters = frappe.get_all(LETTER, {"proposal": proposal}, pluck="letter_type", order_by="name")
		assert letters == [results[0].result], letters

	return Moment([moment.acts[0], stage.call("officer2", "committee.deliberation.record_decision", **note)], holds)


def convene(stage: Stage) -> Moment:
	meeting, _proposal = stage.convened
	rewind(MEETING, meeting, workflow_state="Planned", invited_on=None, document_review=0)
	wipe("Email Queue", reference_name=meeting)

	def holds():
		assert stage.town.state(MEETING, meeting) == "Convened"
		queued = frappe.get_all("Email Queue", {"reference_name": meeting}, pluck="name", order_by="name")
		mailed = frappe.get_all("Email Queue Recipient", {"parent": ["in", queued or [""]]}, pluck="recipient", order_by="name")
		assert len(mailed) == len(set(mailed)), "nobody is invited twice"

	return Moment([stage.act(who, MEETING, meeting, "Convene") for who in ("officer", "officer2")], holds)


def answer_invitation(stage: Stage) -> Moment:
	meeting, _proposal = stage.convened
	rewind(MEETING, meeting, workflow_state="Convened", document_review=0)
	users = [stage.town.cast[who] for who in ("npo1", "city1")]
	for user in users:
		row = frappe.db.get_value("Kyodo Attendance", {"parent": meeting, "user": user})
		rewind("Kyodo Attendance", row, answer=None, answered_on=None)

	def holds():
		rows = frappe.get_all("Kyodo Attendance", {"parent": meeting, "user": ["in", users]}, pluck="answer", order_by="idx")
		assert rows == ["Attending", "Attending"], rows

	return Moment([stage.call(who, "committee.convening.answer", meeting=meeting, answer="Attending") for who in ("npo1", "city1")], holds)


def written_opinions(stage: Stage) -> Moment:
	meeting, _proposal = stage.convened
	rewind(MEETING, meeting, workflow_state="Convened", document_review=1)
	wipe("Kyodo Written Opinion", parent=meeting)
	item = stage.item(meeting)

	def holds():
		assert count("Kyodo Written Opinion", parent=meeting) == 2

	acts = [
		stage.call(who, "committee.written_opinions.give", meeting=meeting, agenda_item=item, opinion="For") for who in ("npo1", "city1")
	]
	return Moment(acts, holds)


def last_marks(stage: Stage) -> Moment:
	proposal, sheets = stage.last_marks
	rewind(MEETING, stage.convened[0], workflow_state="Convened", marking_closed_on=None)
	for row in frappe.get_all(REVIEW, {"proposal": proposal}, ["name", "member"], order_by="name"):
		rewind(REVIEW, row.name, released=0, **({"submitted_on": None} if row.name in sheets else {}))

	def holds():
		rows = frappe.get_all(REVIEW, {"proposal": proposal, "not_counted": 0}, ["submitted_on", "released"], order_by="name")
		assert all(row.submitted_on and row.released for row in rows), rows

	acts = [
		stage.call(who, "committee.reviews.submit_review", review=sheet, marks=stage.marks_of(sheet))
		for who, sheet in zip(("npo1", "npo2"), sheets, strict=True)
	]
	return Moment(acts, holds)


def mark_while_marking_closes(stage: Stage) -> Moment:
	acts = last_marks(stage).acts
	proposal, sheets = stage.last_marks

	def holds():
		rows = frappe.get_all(REVIEW, {"name": ["in", sheets]}, ["submitted_on", "released"], order_by="name")
		assert all(bool(row.submitted_on) == bool(row.released) for row in rows), rows

	return Moment([acts[0], stage.call("officer", "committee.reviews.close_marking", meeting=stage.convened[0])], holds)
