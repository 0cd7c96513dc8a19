"""Two receive, hand in or withdraw proposals at once."""

import frappe

from .stage import LETTER, PROPOSAL, Moment, Stage, count, rewind, wipe


def receive(stage: Stage) -> Moment:
	name = stage.submitted[0]
	rewind(PROPOSAL, name, workflow_state="Submitted", received_on=None)
	wipe(LETTER, proposal=name)

	def holds():
		assert stage.town.state(PROPOSAL, name) == "Received"
		assert count(LETTER, proposal=name, letter_type="Receipt") == 1

	return Moment([stage.act(who, PROPOSAL, name, "Receive") for who in ("officer", "officer2")], holds)


def receive_or_return(stage: Stage) -> Moment:
	name = stage.submitted[0]
	rewind(PROPOSAL, name, workflow_state="Submitted", received_on=None)
	wipe(LETTER, proposal=name)
	wipe("Kyodo Correction", parent=name)
	row = {"doctype": "Kyodo Correction", "parenttype": PROPOSAL, "parentfield": "corrections", "parent": name, "idx": 1}
	frappe.get_doc({**row, "field": "purpose", "reason": "詳しく"}).db_insert()

	def holds():
		state, letters = stage.town.state(PROPOSAL, name), frappe.get_all(LETTER, {"proposal": name}, pluck="letter_type", order_by="name")
		assert letters == [{"Received": "Receipt", "Returned": "Correction"}[state]], (state, letters)

	return Moment([stage.act("officer", PROPOSAL, name, "Receive"), stage.act("officer2", PROPOSAL, name, "Return")], holds)


def receive_or_withdraw(stage: Stage) -> Moment:
	name = stage.submitted[0]
	rewind(PROPOSAL, name, workflow_state="Submitted", received_on=None, withdrawn_on=None, withdraw_reason="会の都合")
	wipe(LETTER, proposal=name)

	def holds():
		doc = frappe.get_doc(PROPOSAL, name)
		assert bool(doc.received_on) == bool(count(LETTER, proposal=name, letter_type="Receipt"))
		assert doc.workflow_state == ("Withdrawn" if doc.withdrawn_on else "Received")

	return Moment([stage.act("officer", PROPOSAL, name, "Receive"), stage.act("rep", PROPOSAL, name, "Withdraw")], holds)


def two_letters(stage: Stage) -> Moment:
	for name in stage.submitted:
		rewind(PROPOSAL, name, workflow_state="Submitted", received_on=None)
		wipe(LETTER, proposal=name)
	first, second = stage.submitted

	def holds():
		rows = frappe.get_all(LETTER, {"proposal": ["in", stage.submitted]}, pluck="letter_number", order_by="letter_number")
		numbers = sorted(int(row.rpartition("第")[2].rstrip("号")) for row in rows)
		assert len(numbers) == 2 and numbers[1] == numbers[0] + 1, rows

	return Moment([stage.act("officer", PROPOSAL, first, "Receive"), stage.act("officer2", PROPOSAL, second, "Receive")], holds)


def one_of_each(stage: Stage) -> Moment:
	_call, drafts = stage.one_each
	for name in drafts:
		rewind(PROPOSAL, name, workflow_state="Draft", submitted_on=None, first_submitted_on=None)

	def holds():
		assert sorted(stage.town.state(PROPOSAL, name) for name in drafts) == ["Draft", "Submitted"]

	return Moment([stage.act(who, PROPOSAL, name, "Submit") for who, name in zip(("rep", "editor"), drafts, strict=True)], holds)


def one_of_the_year(stage: Stage) -> Moment:
	drafts = stage.one_a_year
	for name in drafts:
		rewind(PROPOSAL, name, workflow_state="Draft", submitted_on=None, first_submitted_on=None)

	def holds():
		assert sorted(stage.town.state(PROPOSAL, name) for name in drafts) == ["Draft", "Submitted"]

	return Moment([stage.act(who, PROPOSAL, name, "Submit") for who, name in zip(("rep", "editor"), drafts, strict=True)], holds)
