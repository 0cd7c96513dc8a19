"""Reading a proposal in the desk: the text, what to check, points with their passages, the queue, receiving several."""

import frappe
import pytest
from frappe.utils import add_days, now_datetime
from portal_client import visit

from kyodo_frappe.common.errors import ChangedMeanwhile, CorrectionReasonMissing, CorrectionSent
from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.permissions import role_links
from kyodo_frappe.proposals import reading

PROPOSAL = "Kyodo Proposal"
READING = "kyodo_frappe.proposals.reading."
REFUSALS = (frappe.PermissionError, frappe.ValidationError)


def read(client, proposal: str) -> dict:
	return client.call(READING + "read", proposal=proposal)


def group(found: dict, subject: str) -> dict:
	return next(one for one in found["checks"] if one["subject"] == subject)


def texts(found: dict, subject: str) -> str:
	return "\n".join(line["text"] for line in group(found, subject)["lines"])


def blocks(found: dict) -> dict[str, dict]:
	return {block["name"]: block for step in found["document"] for block in step["blocks"]}


# -- who reads ---------------------------------------------------------------------------------------


def test_only_who_reads_it_at_city_hall_reads_it_here(town):
	name, draft = town.submitted(), town.draft()
	for client in (town.officer, town.section_officer, town.manager):
		assert read(client, name)["title"] == "みんなの食堂"
	others = (town.other_section_officer, town.representative, town.outsider, town.support, town.members["npo1"], town.guest)
	for client in others:
		for method in ("read", "examine"):
			with pytest.raises(frappe.PermissionError):
				client.call(READING + method, proposal=name)
	for proposal in (draft, "KT-0000-0000"):
		with pytest.raises(frappe.PermissionError):
			read(town.officer, proposal)
	assert read(town.section_officer, name)["acts"] == [] and not read(town.section_officer, name)["may_point"]
	for client in (town.section_officer, town.manager):
		with pytest.raises(REFUSALS):
			client.call(READING + "add_point", proposal=name, reason="直して", field="plan")
		with pytest.raises(REFUSALS):
			client.call(READING + "receive_many", proposals=[name])
	# a section officer who is in the group reads what a member reads, not what city hall notes beside it
	organisation = frappe.get_doc("Kyodo Organisation", town.organisation)
	organisation.append("members", {"user": town.other_section_officer.user, "member_role": "Viewer"})
	organisation.save()
	assert town.other_section_officer.read(PROPOSAL, name)
	with pytest.raises(frappe.PermissionError):
		read(town.other_section_officer, name)


def test_linked_role_reads_only(town):
	name, user = town.submitted(), town.members["head"]
	try:
		role = frappe.get_doc({"doctype": "Role", "role_name": "監査読み", "desk_access": 1}).insert().name
		frappe.get_doc({"doctype": "Kyodo Role Link", "role": role, "kyodo_role": "Kyodo Officer"}).insert()
		town.give_role(user, role)
		found = read(user, name)
		assert found["checks"] and found["acts"] == [] and not found["may_point"]
		assert frappe.db.exists("Has Role", {"parenttype": "Page", "parent": "kyodo-reading", "role": role})
		with pytest.raises(REFUSALS):
			user.call(READING + "act", proposal=name, action="Receive")
	finally:
		frappe.db.rollback()
		frappe.local.kyodo_role_links = None
		frappe.clear_cache()
	assert not role_links.links()


# -- the text ------------------------------------------------------------------------------------------


def test_document_shows_every_question_and_nothing_hidden(town, monkeypatch):
	name = town.submitted()
	doc = frappe.get_doc(PROPOSAL, name)
	found = blocks(read(town.officer, name))
	assert {"title", "purpose", "plan", "roles", "schedule", "expenses", "attachments"} <= set(found)
	assert found["purpose"]["text"] == doc.purpose and found["expenses"]["kind"] == "table"
	assert len(found["expenses"]["rows"]) == len(doc.expenses) and found["expenses"]["total"]
	# what a role may not read stays out: a question on a level that this login lacks
	with town.section_officer:
		meta = frappe.get_meta(PROPOSAL)
		monkeypatch.setattr(meta.get_field("purpose"), "permlevel", 1)
		stored = frappe.get_doc(PROPOSAL, name)
		monkeypatch.setattr(type(stored), "has_permlevel_access_to", lambda self, *args, **more: False)
		assert "purpose" not in blocks(reading.read(name))


# -- what to check -------------------------------------------------------------------------------------


def test_checks_of_a_proposal_in_order(town):
	found = read(town.officer, town.submitted())
	words = {one["subject"]: one["verdict"] for one in found["checks"]}
	assert words["様式の記入"] == words["団体の登録"] == words["同意と確認"] == "No Problem"
	assert "みんなの食卓の会" in texts(found, "団体の登録") and "登録" in texts(found, "団体の登録")
	assert "同額" in texts(found, "収入と支出")


def test_checks_say_what_is_wrong(town):
	name = town.submitted()
	frappe.db.set_value(PROPOSAL, name, {"purpose": "", "requested_amount": 99_000_000, "needs_budget": 1})
	row = frappe.get_doc(PROPOSAL, name).expenses[0]
	frappe.db.set_value("Kyodo Expense Line", row.name, "amount", row.amount + 5000)
	frappe.db.set_value("Kyodo Organisation", town.organisation, "valid_until", add_days(now_datetime(), -1))
	programme = frappe.get_doc("Kyodo Programme", town.programme)
	programme.update({"one_per_year": 1, "registration_required": 1})
	programme.append("required_documents", {"document": "収支の見積書", "code": "QUOTE", "used_for": "Proposal", "required": 1})
	programme.save()
	town.rules_changed()
	other = town.submitted()
	found = read(town.officer, name)
	assert "収支の見積書" in texts(found, "添付書類の有無") and group(found, "添付書類の有無")["verdict"] == "Missing"
	assert group(found, "様式の記入")["verdict"] == "Missing"
	money = texts(found, "収入と支出")
	assert "5,000円" in money and group(found, "収入と支出")["verdict"] == "To Be Checked"
	assert group(found, "団体の登録")["verdict"] == "To Be Checked"
	assert "みんなの食堂" in texts(found, "募集の条件")
	assert any(line["link"] == (PROPOSAL, other) for line in group(found, "ほかの提案との重複")["lines"])
	# a section reads that a limit is passed, not whose proposal it was
	frappe.db.set_value(PROPOSAL, other, {"section": town.other_section, "title": "ひみつの題"})
	seen = read(town.section_officer, name)
	assert "ひみつの題" not in str(seen) and group(seen, "募集の条件")["verdict"] == "To Be Checked"


def test_reproposal_shows_its_difference_and_what_stayed(town):
	old = town.in_step_1()
	town.decided(old, "Not Adopted", reasons=cycle_steps.REFUSAL)
	name = town.representative.call("kyodo_frappe.proposals.proposals.propose_again", proposal=old)
	town.representative.update(PROPOSAL, name, {"plan": "毎週水曜に開く。"})
	cycle_steps.submit(town.representative, name)
	found = read(town.officer, name)
	assert [change["field"] for change in found["changes"]] == ["plan"]
	assert cycle_steps.REFUSAL[0]["reason"] in texts(found, "前回の提案") and group(found, "前回の提案")["verdict"] == "To Be Checked"


# -- points ---------------------------------------------------------------------------------------------


def test_point_with_its_passage_reaches_the_organisation(town):
	name = town.submitted()
	plan = frappe.get_doc(PROPOSAL, name).plan
	passage = plan[:12]
	found = town.officer.call(READING + "add_point", proposal=name, field="plan", passage=passage, reason="時期を書いてください。")
	point = found["points"][0]
	assert (point["label"], point["passage"], point["sent"]) == ("事業計画", passage, "")
	with pytest.raises(CorrectionReasonMissing):
		town.officer.call(READING + "add_point", proposal=name, field="plan", reason=" ")
	found = town.officer.call(READING + "change_point", proposal=name, row=point["name"], reason="曜日も書いてください。")
	second = town.officer.call(READING + "add_point", proposal=name, reason="消す点")["points"][1]["name"]
	found = town.officer.call(READING + "remove_point", proposal=name, row=second)
	assert [one["reason"] for one in found["points"]] == ["曜日も書いてください。"]
	status, page = visit(town.representative.user, f"my/proposals/{name}")
	assert status == 200 and "曜日も書いてください" not in page, "nothing is said before it is returned"
	hands_back = next(act for act in found["acts"] if act["returns"])
	assert "代表 一郎" in hands_back["says"] and "補正" in hands_back["says"]
	with pytest.raises(ChangedMeanwhile):
		town.officer.call(READING + "act", proposal=name, action="Return", seen="2026-01-01 00:00:00")
	town.officer.call(READING + "act", proposal=name, action="Return", seen=found["modified"], reason="期限は月末です。")
	assert town.state(PROPOSAL, name) == "Returned"
	page, step = (visit(town.representative.user, f"my/proposals/{name}{part}")[1] for part in ("", "/sheet"))
	for text in (passage, "曜日も書いてください。"):
		assert text in page and text in step
	letter = frappe.get_doc("Kyodo Letter", {"proposal": name, "letter_type": "Correction"})
	assert f"事業計画「{passage}」：曜日も書いてください。" in letter.details and "期限は月末です。" in letter.details
	# the organisation changes neither words nor passage, and answers
	rows = [row.as_dict(no_default_fields=False) for row in frappe.get_doc(PROPOSAL, name).corrections]
	keep = ("name", "field", "passage", "reason", "answer", "settled")
	kept = [{key: row[key] for key in keep if row.get(key) is not None} for row in rows]
	with pytest.raises(REFUSALS):
		town.representative.update(PROPOSAL, name, {"corrections": [{**kept[0], "passage": "別の箇所"}]})
	frappe.db.set_value("Kyodo Correction", rows[0]["name"], "returned_on", add_days(now_datetime(), -1))
	with town.representative:
		doc = frappe.get_doc(PROPOSAL, name)
		doc.plan = "毎週水曜の夕方に開く。"
		doc.save(ignore_version=False)  # Frappe keeps no Versions while tests run
	town.representative.act(PROPOSAL, name, "Submit")
	found = read(town.officer, name)
	assert "記載が変わっています" in texts(found, "前回求めた補正")
	with pytest.raises(CorrectionSent):
		town.officer.call(READING + "remove_point", proposal=name, row=rows[0]["name"])
	found = town.officer.call(READING + "settle_point", proposal=name, row=rows[0]["name"])
	assert found["points"][0]["settled"]
	with pytest.raises(CorrectionReasonMissing):
		town.officer.call(READING + "act", proposal=name, action="Return")


# -- the queue, and several at once -------------------------------------------------------------------------


@pytest.mark.walks
def test_queue_is_in_order_and_one_refusal_hinders_no_other(town):
	names = [town.submitted() for _each in range(4)]
	for days, name in enumerate(names):
		frappe.db.set_value(PROPOSAL, name, "submitted_on", add_days(now_datetime(), -days), update_modified=False)
	queue = [row["name"] for row in town.officer.call(READING + "queue", proposal=names[0])]
	assert [name for name in queue if name in names] == names[::-1], "the oldest first"
	assert names[0] in [row["name"] for row in town.officer.call(READING + "queue")]
	assert town.other_section_officer.call(READING + "queue") == []
	# one was written by the officer, one has been withdrawn meanwhile
	frappe.db.set_value(PROPOSAL, names[1], "owner", town.officer.user)
	frappe.db.set_value(PROPOSAL, names[2], "workflow_state", "Withdrawn")
	assert "ほかの職員" in town.officer.call(READING + "examine", proposal=names[1])["obstacle"]
	with pytest.raises(frappe.ValidationError, match="自分"):
		town.officer.call(READING + "act", proposal=names[1], action="Receive")
	told = town.officer.call(READING + "receive_many", proposals=[*names, "KT-0000-0000"])
	assert [one["done"] for one in told] == [True, False, False, True, False]
	assert "自分" in told[1]["text"] and "権限" in told[4]["text"]
	assert [town.state(PROPOSAL, name) for name in names] == ["Received", "Submitted", "Withdrawn", "Received"]
	assert frappe.db.count("Kyodo Letter", {"proposal": ["in", names], "letter_type": "Receipt"}) == 2


def test_reading_has_bounded_queries(town, monkeypatch):
	name = town.submitted()
	read(town.officer, name)  # Frappe loads metas and workflows the first time
	few = _queries(monkeypatch, lambda: read(town.officer, name))
	doc = frappe.get_doc(PROPOSAL, name)
	for number in range(20):
		for table in ("expenses", "schedule"):
			row = frappe.copy_doc(doc.get(table)[0])
			row.update({"parent": name, "parentfield": table, "parenttype": PROPOSAL, "idx": 10 + number})
			row.set_new_name()
			row.db_insert()
	monkeypatch.setattr(frappe.db, "transaction_writes", 0)  # as if it were committed
	many = _queries(monkeypatch, lambda: read(town.officer, name))
	assert many <= few + 2, (few, many)
	assert many <= 30, many


def _queries(monkeypatch, work) -> int:
	asked, sql = [], frappe.db.sql
	with monkeypatch.context() as patch:
		patch.setattr(frappe.db, "sql", lambda query, *args, **more: asked.append(query) or sql(query, *args, **more))
		work()
	return len(asked)
