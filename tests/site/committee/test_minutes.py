"""Minutes: drafted in the usual form, checked in turn, confirmed, published (issue 4.6)."""

import contextlib
import email

import frappe
import pytest
from frappe.utils import add_days, nowdate
from portal_client import visit

from kyodo_frappe import reminders
from kyodo_frappe.committee import minutes
from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.demo.clients import Refused

pytestmark = pytest.mark.usefixtures("messages_sent_at_once")

START = "kyodo_frappe.committee.minutes.start_checks"
CHECK = "kyodo_frappe.committee.minutes.answer_check"
PUBLIC = {"publish_consent": 1, "public_summary": "公開の要旨"}


def refused(act, *args, **more):
	with pytest.raises(Exception) as caught:
		act(*args, **more)
	assert isinstance(caught.value, frappe.ValidationError | frappe.PermissionError | Refused), repr(caught.value)


def doc(name: str):
	return frappe.get_doc("Kyodo Meeting", name)


def programme(town, **values):
	for field, value in values.items():
		frappe.db.set_value("Kyodo Programme", town.programme, field, value)
	town.rules_changed()


def told(meeting: str) -> list[str]:
	names = frappe.get_all("Email Queue", {"reference_name": meeting}, pluck="name", order_by="creation, name")
	rows = [frappe.get_doc("Email Queue", name) for name in names]
	subject = lambda mail: str(email.header.make_header(email.header.decode_header(email.message_from_string(mail.message)["Subject"])))
	return [mail.recipients[0].recipient for mail in rows if "議事録" in subject(mail)]


@pytest.fixture
def closed(town, walk_once):
	return walk_once(make_closed, town)


def make_closed(town) -> str:
	"""A closed meeting: one proposal decided, one withdrawn in between, a closed item; npo2 steps aside for the first."""
	proposal, gone = town.in_step_1(**PUBLIC), town.in_step_1()
	name = town.meeting(proposal, gone)
	item = doc(name).agenda[0].name
	town.members["npo2"].call("kyodo_frappe.committee.interests.declare", meeting=name, agenda_item=item, reason="会の会員である")
	cycle_steps.open_session(town.officer, name, absent=(town.members["city2"].user,))
	meeting = doc(name)
	meeting.agenda[0].update({"hearing": "代表から説明を受けた。", "notes": "継続の見通しを問う意見があった。", "votes_for": 2})
	meeting.attendance[0].arrived_at = "18:45"
	meeting.append("guests", {"guest_name": "代表 一郎", "organisation": town.organisation, "agenda_no": 1, "approved": 1, "attended": 1})
	meeting.append(
		"agenda",
		{"item_type": "Topic", "subject": "人事の件", "closed": 1, "legal_ground": "条例第7条第1号", "notes": "ひみつの話。"},
	)
	meeting.observers = 2
	with town.officer:
		meeting.save()
	town.representative.update("Kyodo Proposal", gone, {"withdraw_reason": "体制を見直すため"})
	town.representative.act("Kyodo Proposal", gone, "Withdraw")
	cycle_steps.decide(town.officer, name, proposal, "Passed to Step 2", advice="市との役割を詰めること。")
	cycle_steps.close(town.officer, name)
	return name


def test_minutes_are_drafted_from_the_record(town, closed):
	text = doc(closed).minutes
	for words in (
		"日時　令和", "18時30分から", "場所　市役所 第3分庁舎 講堂", "出席　3人", "npo1（18時45分から出席）", "欠席　city2", "傍聴　2人",
		"議題1　みんなの食堂\n", "出席した関係者　代表 一郎（みんなの食卓の会）", "除斥　npo2（会の会員である）",
		"議決に加わることができる3人のうち2人が出席", "ヒアリング　代表から", "発言の要旨　継続の", "表決　賛成2、反対0、棄権0",
		"結果　ステップ2において協議", "附帯意見・助言　市との役割を詰めること。",
		"結果　提案者の申出により取下げ", "議題3　人事の件（非公開）", "ひみつの話。", "条例第7条第1号",
	):  # fmt: skip
		assert words in text, f"{words}\n{text}"


def test_member_text_omits_items_of_recused_member(town, closed):
	def read(key: str) -> str:
		client = town.members[key]
		with client:
			return minutes.member_text(closed, client.user)

	assert read("npo1") == doc(closed).minutes
	mine = read("npo2")
	assert "継続の見通し" not in mine and "除斥のため" in mine and "ひみつの話" in mine
	# without its heading the item cannot be cut out: the text is drafted again from the record
	frappe.db.set_value("Kyodo Meeting", closed, "minutes", doc(closed).minutes.replace("議題1　", "一つ目　"))
	assert "継続の見通し" not in read("npo2") and "ひみつの話" in read("npo2")
	assert "一つ目" in read("npo1")
	refused(read, "head")
	for client in (town.representative, town.section_officer, town.guest):
		with client:
			refused(minutes.member_text, closed, client.user)
	with town.members["npo1"]:
		refused(minutes.member_text, closed, town.members["npo2"].user)


def test_members_check_minutes_in_turn(town, closed):
	programme(town, minutes_checked_by="Everyone Present")
	refused(town.officer.act, "Kyodo Meeting", closed, "Confirm Minutes")
	for client in (town.members["npo1"], town.section_officer, town.guest):
		refused(client.call, START, meeting=closed)
	assert town.officer.call(START, meeting=closed) == 3
	refused(town.officer.call, START, meeting=closed)
	npo1, npo2, city1 = (town.members[key] for key in ("npo1", "npo2", "city1"))
	assert told(closed) == [npo1.user]
	refused(npo2.call, CHECK, meeting=closed, answer="Agreed")  # not yet
	refused(npo1.call, CHECK, meeting=closed, answer="Perhaps")
	refused(npo1.call, CHECK, meeting=closed, answer="Remark")
	npo1.call(CHECK, meeting=closed, answer="Remark", remark="2行目の日付が違う。")
	refused(npo1.call, CHECK, meeting=closed, answer="Agreed")
	town.officer.update("Kyodo Meeting", closed, {"minutes": doc(closed).minutes + "\n（修正）"})
	npo2.call(CHECK, meeting=closed, answer="Agreed")
	refused(town.officer.act, "Kyodo Meeting", closed, "Confirm Minutes")
	assert told(closed) == [npo1.user, npo2.user, city1.user]
	# the last member does not answer and is skipped after a reminder
	reminders.send("Minutes Check Due", add_days(nowdate(), 6))
	assert told(closed)[-2:] == [city1.user] * 2
	minutes.skip_overdue_checks(add_days(nowdate(), 8))
	assert [row.answer for row in doc(closed).minutes_checks] == ["Remark", "Agreed", "Passed Over"]
	refused(city1.call, CHECK, meeting=closed, answer="Agreed")
	town.officer.act("Kyodo Meeting", closed, "Confirm Minutes")


def test_waiving_checks_needs_reason_of_the_office(town, closed):
	programme(town, minutes_checked_by="The Chair")
	assert minutes.checkers(doc(closed)) == []  # this committee has no chair
	committee = frappe.get_doc("Kyodo Committee", town.committee)
	committee.members[0].is_chair = 1
	committee.save()
	refused(town.officer.act, "Kyodo Meeting", closed, "Confirm Minutes")
	assert town.officer.call(START, meeting=closed) == 1
	refused(town.members["npo1"].update, "Kyodo Meeting", closed, {"check_waived": "急ぐため"})
	town.officer.update("Kyodo Meeting", closed, {"check_waived": "座長が入院中のため"})
	assert town.officer.act("Kyodo Meeting", closed, "Confirm Minutes") == "Minutes Confirmed"


def test_public_minutes_omit_closed_items_and_names(town, closed):
	programme(town, minutes_names="Sides Only")
	changed = doc(closed).minutes.replace("議題3　人事の件（非公開）", "議題３　人事の話")
	town.officer.update("Kyodo Meeting", closed, {"minutes": changed})
	town.officer.act("Kyodo Meeting", closed, "Confirm Minutes")
	refused(town.officer.act, "Kyodo Meeting", closed, "Publish")
	frappe.db.set_value("Kyodo Meeting", closed, "minutes", changed.replace("議題３　人事の話", "議題３ 人事の件(非公開)"))
	town.officer.act("Kyodo Meeting", closed, "Publish")
	text = doc(closed).minutes_public
	assert "ひみつ" not in text and "人事" not in text and "議題3　非公開（条例第7条第1号）" in text
	assert "委員（市民側）A（18時45分から出席）" in text and "委員（市側）" in text and "npo1" not in text and "代表 一郎" not in text
	assert "継続の見通し" in text and "除斥　委員（市民側）B（利害関係があるため）" in text
	page = visit("Guest", f"meetings/{closed}")[1]
	assert "継続の見通し" in page and "委員（市民側）A" in page and "ひみつ" not in page and "npo1" not in page
	refused(town.officer.update, "Kyodo Meeting", closed, {"minutes": "別の記録"})
	before = doc(closed).minutes_public
	with contextlib.suppress(frappe.ValidationError, frappe.PermissionError):
		town.officer.update("Kyodo Meeting", closed, {"minutes_public": "別の記録"})
	assert doc(closed).minutes_public == before
	# when the proposal is no longer public, its part of the minutes is not either
	proposal = doc(closed).agenda[0].proposal
	frappe.db.set_value("Kyodo Proposal", proposal, "publish_consent", 0)
	page = visit("Guest", f"meetings/{closed}")[1]
	assert "継続の見通し" not in page and "公表していない案件" in page


def test_rest_hides_discussion_from_recused_member(rest_town):
	town = rest_town
	proposal = town.in_step_1()
	name = town.meeting(proposal)
	item = doc(name).agenda[0].name
	town.members["npo2"].call("kyodo_frappe.committee.interests.declare", meeting=name, agenda_item=item, reason="会員である")
	cycle_steps.open_session(town.officer, name)
	meeting = doc(name)
	meeting.agenda[0].notes = "内輪の話である。"
	with town.officer:
		meeting.save()
	cycle_steps.decide(town.officer, name, proposal, "Passed to Step 2")
	cycle_steps.close(town.officer, name)
	town.officer.call(START, meeting=name)
	frappe.db.commit()
	first, second = town.over_rest(town.members["npo1"]), town.over_rest(town.members["npo2"])
	assert "内輪の話" not in str(second.read("Kyodo Meeting", name))
	assert "内輪の話" not in str(second.update("Kyodo Meeting", name, {}))
	saved = {"doc": {"doctype": "Kyodo Meeting", **second.read("Kyodo Meeting", name)}}
	assert "内輪の話" not in str(second._send("POST", "/api/method/frappe.client.save", saved))
	with pytest.raises(Refused) as refusal:
		second.call(CHECK, meeting=name, answer="Agreed")
	assert refusal.value.status == 403
	first.call(CHECK, meeting=name, answer="Agreed")
	assert "内輪の話" not in str(second.call(CHECK, meeting=name, answer="Agreed"))
	for client in (town.representative, town.section_officer, town.viewer):
		with pytest.raises(Refused):
			town.over_rest(client).call(CHECK, meeting=name, answer="Agreed")
		with pytest.raises(Refused):
			town.over_rest(client).read("Kyodo Meeting", name)
	frappe.db.rollback()
	assert [row.answer for row in doc(name).minutes_checks][:2] == ["Agreed", "Agreed"]
	# confirming returns nothing more to read
	for client in (town.members["city1"], town.members["city2"]):
		town.over_rest(client).call(CHECK, meeting=name, answer="Agreed")
	answer = second._send(
		"POST",
		"/api/method/frappe.model.workflow.apply_workflow",
		{"doc": frappe.as_json({"doctype": "Kyodo Meeting", "name": name}), "action": "Confirm Minutes"},
	)
	assert answer["message"]["workflow_state"] == "Minutes Confirmed" and "内輪の話" not in str(answer)


def test_patch_writes_public_text_of_old_minutes(town, closed):
	from kyodo_frappe.committee import public as meeting_public
	from kyodo_frappe.patches import minutes_as_published

	refused(cycle_steps.finish_minutes, town.members["city2"], town.officer, closed)  # an absent member
	cycle_steps.finish_minutes(town.members["npo1"], town.officer, closed)
	item = {"parent": closed, "parenttype": "Kyodo Meeting"}
	for is_closed in (1, 0):
		frappe.db.set_value("Kyodo Meeting", closed, "minutes_public", None)
		frappe.db.set_value("Kyodo Agenda Item", item, "closed", is_closed)
		minutes_as_published.execute()
		public = frappe.db.get_value("Kyodo Meeting", closed, "minutes_public")
		assert bool(public) is not bool(is_closed)
		if is_closed:
			shown = meeting_public.meeting(closed)
			assert not shown.minutes and shown.minutes_shortened
