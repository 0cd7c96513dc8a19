"""Approval of letters (起案・決裁・施行): order, return, stand-in, own drafts, edits, numbers, many at once, and who sees what."""

import csv
import io
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import frappe
import pytest
from frappe.utils import add_days, nowdate

from kyodo_frappe.common import tasks
from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.demo.clients import Refused
from kyodo_frappe.letters import approval, desk, export, wording
from kyodo_frappe.letters.errors import InvalidApprovers, InvalidWording, NumberGiven, NumberTaken, ReasonMissing
from kyodo_frappe.messages import delivery
from kyodo_frappe.patches import approval_of_letters
from kyodo_frappe.workflows.errors import ConditionNotMet, ContentFrozen, NotEditable

LETTER, PROGRAMME = "Kyodo Letter", "Kyodo Programme"
STEP = "kyodo_frappe.workflows.rehearsal.of_step"
DESK = "kyodo_frappe.letters.desk."
RECEIPT = "Receipt"


def configure(town, approvers=(), letter_type=RECEIPT, **row):
	doc = frappe.get_doc(PROGRAMME, town.programme)
	wording.find_row(doc, letter_type).update({"issuing": approval.AFTER_APPROVAL, **row})
	doc.set("letter_approvers", list(approvers))
	doc.save()


def two(town) -> list[dict]:
	"""The holder of a position in a section, then the manager."""
	return [{"position": "課長", "section": town.section}, {"position": "部長", "user": town.manager.user}]


def draft(town) -> str:
	proposal = town.submitted()
	cycle_steps.receive(town.officer, proposal)
	return frappe.db.get_value(LETTER, {"proposal": proposal, "letter_type": RECEIPT})


def one(answer: list[dict]) -> dict:
	assert len(answer) == 1
	return answer[0]


def state(letter: str) -> str:
	return frappe.db.get_value(LETTER, letter, "workflow_state")


def do(client, act: str, letter: str, **more) -> dict:
	return one(client.call(DESK + act, letters=[letter], **more))


@contextmanager
def counted_queries(most: int):
	"""Fail if the block needs more database queries than `most`."""
	run, number = frappe.db.sql, []
	frappe.db.sql = lambda *args, **more: number.append(args[0]) or run(*args, **more)
	try:
		yield
	finally:
		frappe.db.sql = run
	assert len(number) <= most, len(number)


def listed(client, letter: str) -> list[str]:
	with client:
		return frappe.get_list(LETTER, {"name": letter}, pluck="name", order_by="name")


def steps(letter: str) -> list[tuple]:
	return [(row.round, row.position, row.outcome) for row in frappe.get_doc(LETTER, letter).approvals]


def test_the_whole_way_with_two_approvers(town):
	configure(town, two(town))
	letter = draft(town)
	doc = frappe.get_doc(LETTER, letter)
	assert (doc.workflow_state, doc.letter_number, doc.issued_on, doc.pdf) == ("Draft", None, None, None)
	assert "{" not in doc.subject + doc.opening + doc.get("items"), "a draft reads as it will be read"
	for client in (town.section_officer, town.members["npo1"], town.representative, town.support):
		with pytest.raises(frappe.PermissionError):
			client.read(LETTER, letter)
	assert "problem" in do(town.officer, "issue_letters", letter), "nothing is issued before it is approved"
	assert do(town.officer, "ask", letter)["state"] == "Asked for Approval"
	assert steps(letter) == [(1, "課長", "Waiting for Approval"), (1, "部長", "Waiting for Approval")]
	assert town.section_officer.read(LETTER, letter)["name"] == letter, "who is asked reads it"
	with pytest.raises(frappe.PermissionError):
		town.other_section_officer.read(LETTER, letter)
	assert town.section_officer.call(DESK + "overview")["group"] == "mine"
	assert [client.call(DESK + "sheet", letter=letter)["group"] for client in (town.section_officer, town.officer)] == ["mine", "asked"]
	assert town.manager.call(DESK + "overview")["counts"]["mine"] == 0, "it is not the second one's turn"
	with town.section_officer, counted_queries(30):
		desk.overview()
	assert "problem" in do(town.manager, "approve", letter)
	# returned twice, each time with a reason, which stays
	with pytest.raises(ReasonMissing), town.section_officer:
		approval.give_back(frappe.get_doc(LETTER, letter), " ")
	assert do(town.section_officer, "give_back", letter, reason="団体名の誤り")["state"] == "Draft"
	assert frappe.db.get_value(LETTER, letter, "return_reason") == "団体名の誤り"
	with pytest.raises(frappe.PermissionError):
		town.section_officer.read(LETTER, letter)
	do(town.officer, "ask", letter)
	do(town.section_officer, "approve", letter, comment="よい")
	assert do(town.manager, "give_back", letter, reason="日付を確かめること")["state"] == "Draft"
	do(town.officer, "ask", letter)
	do(town.section_officer, "approve", letter)
	assert state(letter) == "Asked for Approval"
	assert do(town.manager, "approve", letter)["state"] == "Approved"
	assert steps(letter) == [
		*[(1, "課長", "Returned to the Drafter"), (1, "部長", "Not Reached")],
		*[(2, "課長", "Voided"), (2, "部長", "Returned to the Drafter")],
		*[(3, "課長", "Approved"), (3, "部長", "Approved")],
	]
	number = frappe.db.get_value(LETTER, letter, "letter_number")
	assert number and not listed(town.representative, letter), "approved is not yet issued"
	assert do(town.officer, "issue_letters", letter)["state"] == "Issued"
	doc = frappe.get_doc(LETTER, letter)
	assert (doc.letter_number, str(doc.issued_on), doc.issued_by) == (number, nowdate(), town.officer.user)
	with town.representative:
		doc.check_permission("read")
		doc.apply_fieldlevel_read_permissions()
	assert doc.letter_number == number and not any(doc.get(field) for field in ("approvals", "content", "return_reason", "drafted_by"))


def test_nobody_approves_their_own_and_a_stand_in_does_while_away(town):
	own = {"position": "課長", "user": town.officer.user}
	configure(town, [own])
	letter = draft(town)
	assert "起案" in do(town.officer, "ask", letter)["problem"]
	row = {"position": "課長", "user": town.manager.user, "stand_in": town.other_officer.user}
	configure(town, [row])
	do(town.other_officer, "ask", letter)
	assert "problem" in do(town.other_officer, "approve", letter), "the approver is there"
	configure(town, [{**row, "away_from": add_days(nowdate(), -1), "away_until": nowdate()}])
	assert steps(letter) == [(1, "課長", "Waiting for Approval")]
	assert "problem" in do(town.other_officer, "approve", letter), "a stand-in does not approve a draft of their own, either"
	do(town.officer, "take_back", letter)
	do(town.officer, "ask", letter)
	assert do(town.other_officer, "approve", letter)["state"] == "Approved"
	done = frappe.get_doc(LETTER, letter).approvals[-1]
	assert (done.done_by, done.as_stand_in, done.done_by_name) == (town.other_officer.user, 1, "事務局 次郎")
	with pytest.raises(InvalidApprovers):
		configure(town, [{"position": "課長"}])


def test_an_edit_voids_the_approvals_also_over_rest(town):
	configure(town, [{"position": "部長", "user": town.manager.user}])
	letter = draft(town)
	do(town.officer, "ask", letter)
	kept = frappe.get_doc(LETTER, letter).content
	frappe.db.set_value("Kyodo Organisation", frappe.db.get_value(LETTER, letter, "organisation"), "organisation_name", "改名の会")
	frappe.clear_document_cache("Kyodo Organisation")
	do(town.manager, "approve", letter)
	doc = frappe.get_doc(LETTER, letter)
	assert doc.content == kept and "改名の会" not in desk._shown(doc)["html"], "what was put before the approvers is what is issued"
	with pytest.raises(NumberGiven):
		town.officer.call(DESK + "change", letter=letter, values={"letter_number": "第99号"})
	town.officer.update(LETTER, letter, {"subject": "直した件名"})  # as the desk's form or REST would
	doc = frappe.get_doc(LETTER, letter)
	assert (doc.workflow_state, doc.content, doc.edited_by, doc.approvals[0].outcome) == ("Draft", None, town.officer.user, "Voided")
	assert doc.letter_number, "a number that was given stays with its letter"
	with pytest.raises(ConditionNotMet):
		town.officer.update(LETTER, letter, {"workflow_state": "Issued"})
	with pytest.raises(frappe.PermissionError):
		town.manager.update(LETTER, letter, {"subject": "x"})
	do(town.officer, "ask", letter)
	do(town.manager, "approve", letter)
	do(town.officer, "issue_letters", letter)
	with pytest.raises((ContentFrozen, NotEditable)):  # whichever is asked first
		town.officer.update(LETTER, letter, {"subject": "発行後"})


def test_approval_is_switched_off_and_numbers_are_typed_once(town):
	configure(town, number_from="Document System")
	doc = frappe.get_doc(PROGRAMME, town.programme)
	doc.approval_outside = 1
	doc.save()
	first, second = draft(town), draft(town)
	assert "problem" in do(town.officer, "ask", first)
	assert "文書番号" in do(town.officer, "issue_letters", first)["problem"]
	town.officer.call(DESK + "change", letter=first, values={"letter_number": "市活　第１２号"})
	with pytest.raises(NumberTaken, match=first):
		town.officer.update(LETTER, second, {"letter_number": "市活第12号"})
	answers = town.officer.call(DESK + "issue_letters", letters=[second, first], issued_on=nowdate())
	assert [set(row) for row in answers] == [{"letter", "problem"}, {"letter", "state"}], "one fails, the other is issued"
	assert (state(first), state(second)) == ("Issued", "Draft")
	assert do(town.officer, "withdraw", second, reason="不要")["state"] == "Withdrawn"
	with pytest.raises(InvalidWording):
		configure(town, issuing="At Once", number_from="Document System")


def test_export_for_the_document_system(town):
	configure(town, [{"position": "部長", "user": town.manager.user}])
	letter = draft(town)
	do(town.officer, "ask", letter)
	do(town.manager, "approve", letter)
	do(town.officer, "issue_letters", letter)
	doc = frappe.get_doc(LETTER, letter)
	with zipfile.ZipFile(io.BytesIO(export.as_zip([doc]))) as archive:
		names = archive.namelist()
		listed_rows = list(csv.reader(io.StringIO(archive.read(names[-1]).decode("utf-8-sig"))))
		assert names[-1].endswith(".csv") and archive.read(names[0]).startswith(b"%PDF")
	row = dict(zip(*listed_rows, strict=True))
	assert row["文書番号"] == doc.letter_number and row["ファイル名"] == names[0] and "みんなの食卓の会" in row["宛先"]
	assert row["起案者"] == "事務局 太郎" and row["決裁者"] == "部長 管理 者子"
	assert export.approval_pdf(doc).startswith(b"%PDF")
	for client in (town.representative, town.section_officer):
		with pytest.raises(frappe.PermissionError):
			client.call("kyodo_frappe.letters.export.download", letters=frappe.as_json([letter]))


def test_what_is_shown_before_an_act_is_what_it_sends(town, messages_sent_at_once, monkeypatch):
	proposal = town.in_step_1()
	meeting = town.meeting(proposal, convened=False)
	letters = frappe.db.count(LETTER)
	sent = []
	monkeypatch.setattr(delivery, "_mail", lambda one: sent.append((one.event, one.email, one.message.subject)))
	monkeypatch.setattr(tasks, "later", tasks.at_once)
	shown = town.officer.call(STEP, doctype="Kyodo Meeting", name=meeting, action="Convene")
	assert not sent and frappe.db.count(LETTER) == letters and town.state("Kyodo Meeting", meeting) == "Planned"
	told = [(one["event"], to["email"], to["subject"]) for one in shown["messages"] for to in one["to"] if "mail" in to["ways"]]
	invited = next(one for one in shown["messages"] if one["event"] == "Meeting Invitation")
	assert invited["attachments"] == ["invite.ics"] and [one["letter_type"] for one in shown["letters"]] == ["Invitation"]
	town.officer.act("Kyodo Meeting", meeting, "Convene")
	assert sorted(sent) == sorted(told) and len(told) >= 5
	assert frappe.db.count(LETTER) == letters + 1
	for client in (town.representative, town.members["npo1"]):
		with pytest.raises(frappe.PermissionError):
			client.call(STEP, doctype="Kyodo Meeting", name=meeting, action="Close Session")


def typed_draft(town) -> frappe.model.document.Document:
	"""Store a draft whose number is typed, without changing the programme, which other tests share."""
	values = {"letter_type": RECEIPT, "programme": town.programme, "organisation": town.organisation, "subject": "受領について"}
	given = {"workflow_state": "Draft", "issuing": wording.BY_HAND, "number_from": "Document System", "filled": 1}
	doc = frappe.get_doc({"doctype": LETTER, **values, **given})
	doc.set_new_name()
	doc.db_insert()
	return doc


def test_one_number_for_two_letters_at_once_over_rest(town, over_rest, committed):
	first, second = (committed.add(typed_draft(town)).name for _each in range(2))
	clients = [over_rest(town.officer), over_rest(town.other_officer)]

	def put(client, letter):
		try:
			return client.update(LETTER, letter, {"letter_number": "市活第7号"}) and "done"
		except Refused as refusal:
			return refusal.exc_type

	with ThreadPoolExecutor(2) as pool:
		answers = list(pool.map(put, clients, (first, second)))
	frappe.db.rollback()
	assert sorted(answers) == ["NumberTaken", "done"]
	assert frappe.db.count(LETTER, {"letter_number": "市活第7号", "programme": town.programme}) == 1


def test_letters_of_earlier_versions_are_issued(town):
	letter = draft(town)
	frappe.db.set_value(LETTER, letter, {"workflow_state": None, "issuing": None, "number_key": None}, update_modified=False)
	for _twice in range(2):
		approval_of_letters.execute()
	doc = frappe.get_doc(LETTER, letter)
	assert (doc.workflow_state, doc.issuing) == ("Issued", "At Once") and doc.number_key.startswith(f"{town.programme}:")
	assert listed(town.representative, letter) == [letter]
