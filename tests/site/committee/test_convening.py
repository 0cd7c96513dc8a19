"""Preparing a meeting: calendar of the year, agenda, invitations, answers, reminders, papers (issue 4.1, 4.2)."""

import datetime
import email
import io
import unicodedata
from collections import Counter
from pathlib import Path

import frappe
import pytest
from frappe.model.document import Document
from frappe.utils import add_days, getdate, nowdate
from icalendar import Calendar
from pypdf import PdfReader
from uploads import pdf

from kyodo_frappe import reminders
from kyodo_frappe.committee import convening, meetings, papers
from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.demo.clients import Refused

pytestmark = pytest.mark.usefixtures("messages_sent_at_once")

ANSWER = "kyodo_frappe.committee.convening.answer"
PLAN = "kyodo_frappe.committee.meetings.plan_year"
DAY = str(datetime.date.today() + datetime.timedelta(days=20))


def refused(act, *args, **more):
	with pytest.raises(Exception) as caught:
		act(*args, **more)
	assert isinstance(caught.value, frappe.ValidationError | frappe.PermissionError | Refused), repr(caught.value)


def doc(name: str):
	return frappe.get_doc("Kyodo Meeting", name)


def mails(meeting: str, user: str | None = None) -> list:
	found = frappe.get_all("Email Queue", {"reference_name": meeting}, pluck="name", order_by="creation, name")
	found = [frappe.get_doc("Email Queue", name) for name in found]
	return [mail for mail in found if user in (None, *(row.recipient for row in mail.recipients))]


def text_of(mail) -> str:
	parts = email.message_from_string(mail.message).walk()
	return next(part for part in parts if part.get_content_type() == "text/html").get_payload(decode=True).decode()


def entry_of(mail):
	part = next(part for part in email.message_from_string(mail.message).walk() if part.get_content_type() == "text/calendar")
	calendar = Calendar.from_ical(part.get_payload(decode=True))
	assert part.get_filename() == "invite.ics" and part.get_param("method") == str(calendar["method"])
	return calendar, calendar.walk("VEVENT")[0]


def programme(town, **values):
	for field, value in values.items():
		frappe.db.set_value("Kyodo Programme", town.programme, field, value)
	town.rules_changed()


@pytest.fixture
def planned_meeting(town):
	"""A planned meeting of step 1 in three weeks with one proposal."""
	proposal = town.in_step_1()
	town.proposal = proposal
	return cycle_steps.plan_meeting(town.officer, town.committee, "Step 1", [cycle_steps.proposal_item(proposal)], DAY)


# -- the calendar of the year ------------------------------------------------------------


def test_year_is_planned_only_once(town):
	year = getdate().year + 2
	made = town.officer.call(PLAN, committee=town.committee, fiscal_year=year)
	assert [row["meeting_type"] for row in made["made"]] == ["Step 1", "Step 1", "Step 2", "Evaluation", "Learning"]
	assert made["warnings"] == []
	step_2 = doc(made["made"][2]["name"])
	heads = [row.member_name for row in step_2.attendance]
	assert "head" in heads and "head" not in [row.member_name for row in doc(made["made"][0]["name"]).attendance]
	assert step_2.begins_at == "18:30" and getdate(step_2.meeting_date).month == 7
	assert doc(made["made"][4]["name"]).agenda[0].item_type == "Topic"
	again = town.officer.call(PLAN, committee=town.committee, fiscal_year=year)
	assert again == {"made": [], "warnings": []}
	town.officer.update("Kyodo Meeting", step_2.name, {"meeting_date": f"{year}-08-20", "move_reason": "会場の都合"})
	again = town.officer.call(PLAN, committee=town.committee, fiscal_year=year)
	assert not again["made"] and len(again["warnings"]) == 1 and "8月20日" in again["warnings"][0]


def test_planning_returns_warnings(town):
	year = getdate().year + 3
	rows = [{"meeting_type": "Step 1", "month": 5, "day": 20}]
	plan = frappe.get_doc("Kyodo Programme", town.programme)
	plan.set("meeting_plan", rows)
	plan.save()
	committee = frappe.get_doc("Kyodo Committee", town.committee)
	committee.members[0].to_date = f"{year}-04-30"
	committee.append("members", {"member_name": "公募市民", "side": "Citizen"})
	committee.append("members", {"member_name": "公募市民2", "side": "Citizen"})
	committee.save()
	found = " ".join(town.officer.call(PLAN, committee=town.committee, fiscal_year=year)["warnings"])
	assert "5" in found and "npo1" in found and len(town.officer.call(PLAN, committee=town.committee, fiscal_year=year)["warnings"]) == 4
	plan.set("meeting_plan", [])
	plan.save()
	refused(town.officer.call, PLAN, committee=town.committee, fiscal_year=year)


def test_planning_is_refused_outside_the_office(town):
	for client in (town.members["npo1"], town.section_officer, town.representative, town.guest):
		refused(client.call, PLAN, committee=town.committee, fiscal_year=2030)


def test_moved_meeting_needs_reason_and_keeps_history(town, planned_meeting):
	other = str(add_days(DAY, 7))
	refused(town.officer.update, "Kyodo Meeting", planned_meeting, {"meeting_date": other})
	refused(town.officer.update, "Kyodo Meeting", planned_meeting, {"meeting_date": None, "move_reason": "？"})
	town.officer.update("Kyodo Meeting", planned_meeting, {"meeting_date": other, "move_reason": "会場が使えないため"})
	moved = doc(planned_meeting)
	assert not moved.move_reason and len(moved.moves) == 1
	row = moved.moves[0]
	assert (str(row.from_date), str(row.to_date), row.reason, row.moved_by) == (
		DAY,
		other,
		"会場が使えないため",
		town.officer.user,
	)
	town.officer.update("Kyodo Meeting", planned_meeting, {"moves": []})  # read-only: ignored
	assert len(doc(planned_meeting).moves) == 1


def test_committee_validates_chair_terms_and_substitutes(town):
	def saved(**first):
		committee = frappe.get_doc("Kyodo Committee", town.committee)
		committee.members[0].update(first)
		with town.officer:
			committee.save()
		return committee

	refused(saved, from_date="2026-04-01", to_date="2026-03-31")
	refused(saved, substitute_user=town.members["npo2"].user)
	saved(is_chair=1, substitute_user=town.editor.user)
	committee = frappe.get_doc("Kyodo Committee", town.committee)
	committee.members[1].is_chair = 1
	refused(committee.save)
	note = frappe.db.get_value("Kyodo Committee", town.committee, "balance_note")
	assert note.count("\n") == 1 and committee.members[0].substitute_name


# -- the agenda --------------------------------------------------------------------------


def test_pending_records_are_put_on_agenda_with_times(town, planned_meeting):
	second, third = town.in_step_1(), town.in_step_1()
	with town.officer:
		rows = meetings.waiting(planned_meeting)
	assert {second, third} <= {row.get("proposal") for row in rows} and town.proposal not in {row.get("proposal") for row in rows}
	added = town.officer.call("kyodo_frappe.committee.meetings.put_on_agenda", meeting=planned_meeting, rows=[second, third])
	agenda = doc(planned_meeting).agenda
	assert added == 2 and [row.begins_at for row in agenda] == ["18:30", "18:45", "19:00"]
	assert [row.subject for row in agenda] == ["みんなの食堂"] * 3 and doc(planned_meeting).ends_at == "19:15"
	other = cycle_steps.plan_meeting(town.officer, town.committee, "Step 1", [], add_days(DAY, 7))
	with town.officer:
		assert second not in {row.get("proposal") for row in meetings.waiting(other)}
	refused(town.officer.call, "kyodo_frappe.committee.meetings.put_on_agenda", meeting=other, rows=[second])
	refused(town.section_officer.call, "kyodo_frappe.committee.meetings.waiting", meeting=planned_meeting)
	refused(town.members["npo1"].call, "kyodo_frappe.committee.meetings.lay_out_times", meeting=planned_meeting)


def test_postponed_proposal_is_pending_again(town):
	proposal = town.in_step_1()
	meeting = town.in_session(proposal)
	held = doc(meeting)
	held.agenda[0].postponed = 1
	with town.officer:
		held.save()
		other = cycle_steps.plan_meeting(town.officer, town.committee, "Step 1", [], DAY)
		assert proposal in {row.get("proposal") for row in meetings.waiting(other)}
	cycle_steps.close(town.officer, meeting)
	with town.officer:
		assert proposal in {row.get("proposal") for row in meetings.waiting(other)}


def test_guest_of_unknown_item_is_refused(town, planned_meeting):
	guest = {"guest_name": "担当 次郎", "section": town.section, "agenda_no": 2}
	refused(town.officer.update, "Kyodo Meeting", planned_meeting, {"guests": [guest]})
	town.officer.update("Kyodo Meeting", planned_meeting, {"guests": [{**guest, "agenda_no": 1, "approved": 1}]})


# -- invitation and answer ---------------------------------------------------------------


def convene_and_read_entry(town, planned_meeting):
	"""Convene a meeting and return a member's calendar entry."""
	cycle_steps.convene(town.officer, planned_meeting)
	meeting = doc(planned_meeting)
	assert meeting.invited_on and str(meeting.answer_by) <= str(add_days(DAY, -7)) and str(meeting.mark_by) < DAY
	assert {row.recipient for mail in mails(planned_meeting) for row in mail.recipients} == {
		town.members[key].user for key in ("npo1", "npo2", "city1", "city2")
	}
	(mail,) = mails(planned_meeting, town.members["npo1"].user)
	assert "みんなの食堂" in text_of(mail) and f"/kyodo/my/meetings/{planned_meeting}" in text_of(mail)
	calendar, event = entry_of(mail)
	assert calendar["method"] == "REQUEST" and event["sequence"] == 0 and event["status"] == "CONFIRMED"
	assert event["dtstart"].dt.isoformat() == f"{DAY}T18:30:00+09:00"
	assert event["location"] == "市役所 第3分庁舎 講堂" and event["attendee"].startswith("MAILTO:")
	assert calendar.walk("VTIMEZONE")[0]["tzid"] == "Asia/Tokyo" == event["dtstart"].params["TZID"]
	return event


def test_invitation_has_calendar_entry(town, planned_meeting):
	assert convene_and_read_entry(town, planned_meeting)["uid"].startswith(planned_meeting)


def test_rescheduled_meeting_sends_new_version_of_calendar_entry(town, planned_meeting):
	first = convene_and_read_entry(town, planned_meeting)
	town.officer.update("Kyodo Meeting", planned_meeting, {"observers": 3})  # sends no notice
	town.officer.update("Kyodo Meeting", planned_meeting, {"place": "市役所402会議室"})
	town.officer.update("Kyodo Meeting", planned_meeting, {"meeting_date": str(add_days(DAY, 7)), "move_reason": "台風のため"})
	sent = mails(planned_meeting, town.members["city1"].user)
	entries = [entry_of(mail)[1] for mail in sent]
	assert [entry["sequence"] for entry in entries] == [0, 1, 2]
	assert {str(entry["uid"]) for entry in entries} == {str(first["uid"])}
	assert entries[2]["dtstart"].dt.date() == getdate(add_days(DAY, 7)) and entries[1]["location"] == "市役所402会議室"
	assert str(doc(planned_meeting).answer_by) > str(add_days(DAY, -7))
	town.officer.update("Kyodo Meeting", planned_meeting, {"cancel_reason": "定足数に満たない見込み"})
	town.officer.act("Kyodo Meeting", planned_meeting, "Call Off")
	calendar, event = entry_of(mails(planned_meeting, town.members["city1"].user)[-1])
	assert calendar["method"] == "CANCEL" and event["sequence"] == 3 and event["status"] == "CANCELLED"


def test_member_answers_for_own_seat_only(town, planned_meeting):
	member, other = town.members["npo1"], town.members["npo2"]
	refused(member.call, ANSWER, meeting=planned_meeting, answer="Attending")  # not invited yet
	cycle_steps.convene(town.officer, planned_meeting)
	given = member.call(ANSWER, meeting=planned_meeting, answer="Attending", note="10分ほど遅れます。")
	row = next(row for row in doc(planned_meeting).attendance if row.user == member.user)
	assert (row.answer, row.answer_note) == ("Attending", "10分ほど遅れます。") and str(row.answered_on) == given["answered_on"]
	member.call(ANSWER, meeting=planned_meeting, answer="Absent")
	town.officer.call(ANSWER, meeting=planned_meeting, answer="Attending", user=other.user)
	answers = Counter(row.answer or "Not Answered" for row in doc(planned_meeting).attendance)
	assert answers == {"Absent": 1, "Attending": 1, "Not Answered": 2}
	for answer in ("Perhaps", "Not Answered", "Substitute", "By Document"):
		refused(member.call, ANSWER, meeting=planned_meeting, answer=answer)
	refused(member.call, ANSWER, meeting=planned_meeting, answer="Absent", user=other.user)
	for client in (town.members["head"], town.representative, town.section_officer, town.manager, town.guest):
		refused(client.call, ANSWER, meeting=planned_meeting, answer="Attending")
	refused(town.section_officer.call, ANSWER, meeting=planned_meeting, answer="Attending", user=member.user)
	refused(member.update, "Kyodo Meeting", planned_meeting, {"place": "自宅"})
	town.officer.act("Kyodo Meeting", planned_meeting, "Open Session")
	refused(member.call, ANSWER, meeting=planned_meeting, answer="Attending")


def test_substitute_answers_if_programme_allows_substitutes(town, planned_meeting):
	programme(town, substitutes_allowed=1)
	committee = frappe.get_doc("Kyodo Committee", town.committee)
	committee.members[0].update({"substitute_name": "代理 花子", "substitute_user": town.support.user})
	committee.save()
	cycle_steps.convene(town.officer, planned_meeting)
	member = town.members["npo1"]
	member.call(ANSWER, meeting=planned_meeting, answer="Substitute")
	row = next(row for row in doc(planned_meeting).attendance if row.user == member.user)
	assert (row.substitute_name, row.substitute_user) == ("代理 花子", town.support.user)
	assert mails(planned_meeting, town.support.user)
	town.support.call(ANSWER, meeting=planned_meeting, answer="Attending")  # the substitute answers too
	row = next(row for row in doc(planned_meeting).attendance if row.user == member.user)
	assert (row.answer, row.substitute_user) == ("Substitute", town.support.user)
	town.support.call(ANSWER, meeting=planned_meeting, answer="Absent")
	row = next(row for row in doc(planned_meeting).attendance if row.user == member.user)
	assert row.answer == "Absent" and not row.substitute_user
	for answer in ("Attending", "Substitute"):  # users who are not, or no longer, named cannot name themselves
		refused(town.support.call, ANSWER, meeting=planned_meeting, answer=answer)
	refused(town.members["npo2"].call, ANSWER, meeting=planned_meeting, answer="Substitute")
	town.members["npo2"].call(ANSWER, meeting=planned_meeting, answer="Substitute", substitute_name="隣の 人")


def test_document_review_takes_answers_by_document_only(town, planned_meeting):
	town.officer.update("Kyodo Meeting", planned_meeting, {"document_review": 1})
	cycle_steps.convene(town.officer, planned_meeting)
	(mail,) = mails(planned_meeting, town.members["npo1"].user)
	assert "書面による審議" in text_of(mail) and entry_of(mail)[1]["dtstart"].dt == getdate(DAY)
	refused(town.members["npo1"].call, ANSWER, meeting=planned_meeting, answer="Attending")
	town.members["npo1"].call(ANSWER, meeting=planned_meeting, answer="By Document")


def test_answer_over_rest_follows_same_rules(rest_town):
	town = rest_town
	proposal = town.in_step_1()
	meeting = cycle_steps.plan_meeting(town.officer, town.committee, "Step 1", [cycle_steps.proposal_item(proposal)], DAY)
	cycle_steps.convene(town.officer, meeting)
	frappe.db.commit()
	member = town.over_rest(town.members["npo1"])
	member.call(ANSWER, meeting=meeting, answer="Attending")
	with pytest.raises(Refused):
		member._send("GET", f"/api/method/{ANSWER}", query={"meeting": meeting, "answer": "Absent"})
	for client in (town.members["head"], town.representative, town.viewer):
		with pytest.raises(Refused) as refusal:
			town.over_rest(client).call(ANSWER, meeting=meeting, answer="Attending")
		assert refusal.value.status == 403
	with pytest.raises(Refused):
		member.call("kyodo_frappe.committee.meetings.put_on_agenda", meeting=meeting, rows=[])
	frappe.db.rollback()
	assert [row.answer for row in doc(meeting).attendance].count("Attending") == 1


# -- proposers ---------------------------------------------------------------------------


def test_proposer_gets_one_hearing_letter(town, planned_meeting):
	cycle_steps.convene(town.officer, planned_meeting)
	with town.officer:
		for _again in range(2):
			convening.notify_proposers(planned_meeting, convening.INVITED)
	letter = frappe.get_doc("Kyodo Letter", {"letter_type": "Invitation", "proposal": town.proposal})
	assert letter.meeting == planned_meeting and "18時30分から" in letter.details and "講堂" in letter.details
	assert frappe.db.count("Kyodo Letter", {"letter_type": "Invitation", "proposal": town.proposal}) == 1
	before = len(mails(town.proposal, town.representative.user))
	convening.notify_proposers(planned_meeting, "moved", [town.proposal])
	assert len(mails(town.proposal, town.representative.user)) == before + 1


# -- reminders ---------------------------------------------------------------------------


def test_members_are_reminded_once_per_stage(town, planned_meeting):
	cycle_steps.convene(town.officer, planned_meeting)
	meeting = doc(planned_meeting)
	town.members["npo1"].call(ANSWER, meeting=planned_meeting, answer="Attending")
	silent = town.members["npo2"].user
	invited = len(mails(planned_meeting, silent))

	def reminded(day) -> int:
		frappe.db.delete("Kyodo Review", {"meeting": planned_meeting})  # leaves reminders of answers only
		reminders.send("Attendance Reminder", day)
		return len(mails(planned_meeting, silent)) - invited

	assert reminded(add_days(meeting.answer_by, -4)) == 0
	assert reminded(add_days(meeting.answer_by, -3)) == 1 == reminded(meeting.answer_by)
	assert reminded(add_days(meeting.answer_by, 1)) == 2 == reminded(add_days(meeting.answer_by, 2))
	assert len(mails(planned_meeting, town.members["npo1"].user)) == 1
	assert "期限が過ぎています" in text_of(mails(planned_meeting, silent)[-1])


def test_members_with_open_reviews_are_reminded(town, planned_meeting):
	cycle_steps.convene(town.officer, planned_meeting)
	meeting = doc(planned_meeting)
	member = town.members["npo1"]
	review = frappe.db.get_value("Kyodo Review", {"meeting": planned_meeting, "member": member.user})
	codes = frappe.get_all("Kyodo Review Mark", {"parent": review}, pluck="criterion", order_by="idx")
	cycle_steps.mark(member, review, dict.fromkeys(codes, "○"))
	for row in meeting.attendance:
		town.officer.call(ANSWER, meeting=planned_meeting, answer="Attending", user=row.user)
	before = len(mails(planned_meeting))
	reminders.send("Marks Reminder", add_days(meeting.mark_by, -2))
	asked = {row.recipient for mail in mails(planned_meeting)[before:] for row in mail.recipients}
	assert asked == {town.members[key].user for key in ("npo2", "city1", "city2")}


# -- papers ------------------------------------------------------------------------------


def attach(proposal: str, label: str, content: bytes) -> Document:
	file = frappe.get_doc(
		{
			"doctype": "File",
			"file_name": f"{frappe.generate_hash(length=8)}.pdf",
			"attached_to_doctype": "Kyodo Proposal",
			"attached_to_name": proposal,
			"is_private": 1,
			"content": content,
		}
	).insert(ignore_permissions=True)
	row = {"doctype": "Kyodo Attachment", "parenttype": "Kyodo Proposal", "parentfield": "attachments", "parent": proposal}
	frappe.get_doc({**row, "document": label, "file": file.file_url, "idx": 1}).db_insert()
	return file


def read(content: bytes) -> tuple[PdfReader, str]:
	reader = PdfReader(io.BytesIO(content))
	text = "".join(page.extract_text() for page in reader.pages).replace("\n", "")
	return reader, "".join(unicodedata.normalize("NFKC", text).split())


def test_papers_contain_attachments_but_no_items_of_recused_member(town):
	proposal, own = town.in_step_1(), town.in_step_1()
	frappe.db.set_value("Kyodo Proposal", own, "title", "利害のある提案")
	attach(proposal, "計画図", pdf(pages=2))
	attach(proposal, "鍵つきの書類", pdf(password="ひみつ"))
	damaged = attach(proposal, "こわれた書類", pdf("damaged"))
	Path(damaged.get_full_path()).write_bytes(b"%PDF-1.4 nothing")  # cannot be uploaded
	talk = {"doctype": "Kyodo Consultation", "proposal": proposal, "kind": "Section Talk", "section": town.section}
	frappe.get_doc({**talk, "summary": "三回話し合った。", "opinion": "課の意見である。", "held_on": nowdate()}).insert(
		ignore_permissions=True
	)
	meeting = cycle_steps.plan_meeting(
		town.officer, town.committee, "Step 1", [cycle_steps.proposal_item(proposal), cycle_steps.proposal_item(own)], DAY
	)
	member = town.members["npo1"]
	with member:
		refused(papers.papers_pdf, meeting, member.user)  # not convened yet
	cycle_steps.convene(town.officer, meeting)
	item = doc(meeting).agenda[1].name
	member.call("kyodo_frappe.committee.interests.declare", meeting=meeting, agenda_item=item, reason="役員をしている")
	with member:
		reader, text = read(papers.papers_pdf(meeting, member.user))
	assert "npo1" in text and "課の意見である" in text and cycle_steps.PLAN["roles"][0]["role"][:6] in text
	assert "鍵つきの書類" in text and "こわれた書類" in text and "計画図" not in text
	assert len(reader.outline) == 1 and text.count("利害のある提案") == 1  # on the cover only
	pages = len(reader.pages)
	assert f"{pages}/{pages}" in text
	with town.members["city1"]:
		reader, text = read(papers.papers_pdf(meeting, town.members["city1"].user))
	assert len(reader.outline) == 2 and len(reader.pages) > pages
	for client in (town.members["head"], town.section_officer, town.representative, town.guest):
		with client:
			refused(papers.papers_pdf, meeting, client.user)
	with town.members["npo2"]:
		refused(papers.papers_pdf, meeting, member.user)
	with town.officer:
		assert papers.papers_pdf(meeting, member.user)[:4] == b"%PDF"
