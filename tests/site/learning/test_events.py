"""Events: announcing, registrations of guests and users, attendance, questionnaires and certificates."""

import io
import json
from concurrent.futures import ThreadPoolExecutor

import frappe
import pytest
from frappe.utils import add_days, nowdate
from icalendar import Calendar
from portal_client import acting, send, visit
from pypdf import PdfReader

from kyodo_frappe import reminders
from kyodo_frappe.common.errors import InvalidRequest, violation_of
from kyodo_frappe.demo.clients import Refused, RestClient
from kyodo_frappe.front import open_data
from kyodo_frappe.learning import certificates, event_keys, event_mail
from kyodo_frappe.learning import registrations as event_registrations
from kyodo_frappe.learning import reminders as event_reminders
from kyodo_frappe.learning.errors import (
	AlreadyRegistered,
	EventIncomplete,
	EventStateError,
	InvalidEventTimes,
	NoCertificate,
	QuestionnaireError,
)
from kyodo_frappe.learning.registrations import find_by_key
from kyodo_frappe.rules.clock import NotATimeOfDay

pytestmark = pytest.mark.usefixtures("messages_sent_at_once")

EVENT, REGISTRATION = "Kyodo Event", "Kyodo Event Registration"
ONLINE = "https://meet.example.jp/secret-room"
SERVICES = "kyodo_frappe"


def plan(client, town, **more) -> str:
	values = {
		"event_name": "協働入門講座",
		"programme": town.programme,
		"held_on": add_days(nowdate(), 10),
		"begins_at": "１８時３０分",
		"ends_at": "20:30",
		"place": "市民活動センター",
		"online_address": ONLINE,
		"description": "はじめての方向けの講座です。",
		**more,
	}
	return client.insert({"doctype": EVENT, **values})["name"]


def announced(town, **more) -> str:
	name = plan(town.officer, town, **more)
	town.officer.call("kyodo_frappe.learning.events.announce", event=name)
	return name


@pytest.fixture
def event(town, walk_once):
	"""An announced event."""
	return walk_once(announced, town)


@pytest.fixture
def event_of_one(town, walk_once):
	"""An announced event with one place."""
	return walk_once(lambda: announced(town, capacity=1))


def ask(event: str, email: str = "hanako@example.jp", **more) -> dict:
	typed = {"attendee_name": "鈴木 花子", "email": email, "organisation_name": "", **more}
	return send("Guest", "learning.actions.ask_for_place", event=event, form=f"event:{event}", **typed)[1]


def registration(event: str, email: str = "hanako@example.jp") -> str:
	return frappe.db.get_value(REGISTRATION, {"event": event, "email": email, "state": ["!=", "Cancelled"]})


def key(event: str, email: str = "hanako@example.jp") -> str:
	return event_keys.make_key(frappe.get_doc(REGISTRATION, registration(event, email)))


def comes(event: str, *emails: str):
	for email in emails:
		ask(event, email)
		send("Guest", "learning.actions.confirm_place", key=key(event, email))


def states(event: str) -> dict[str, str]:
	rows = frappe.get_all(REGISTRATION, {"event": event}, ["email", "state"], order_by="creation")
	return {row.email.partition("@")[0]: row.state for row in rows}


def mails(event: str, email: str) -> list[str]:
	names = frappe.get_all("Email Queue", {"reference_name": event}, pluck="name", order_by="creation, name")
	found = [frappe.get_doc("Email Queue", name) for name in names]
	return [subject_of(mail) for mail in found if email in [row.recipient for row in mail.recipients]]


def subject_of(mail) -> str:
	import email as standard
	from email.header import decode_header, make_header

	return str(make_header(decode_header(standard.message_from_string(mail.message)["Subject"])))


def day_comes(event: str):
	frappe.db.set_value(EVENT, event, {"held_on": nowdate(), "registration_until": None})


@pytest.fixture(autouse=True)
def _mail(site):
	frappe.flags.mute_emails = False
	yield
	frappe.cache.delete_keys("kyodo-mails-of-day")


# -- planning and announcing ----------------------------------------------------------------------


def test_event_becomes_public_once_announced_with_all_details(town):
	name = plan(town.officer, town, place="", online_address="", begins_at="", ends_at="")
	doc = frappe.get_doc(EVENT, name)
	assert doc.state == "Planned" and visit("Guest", f"events/{name}")[0] == 404
	with pytest.raises(EventIncomplete, match="場所.*開始時刻"):
		town.officer.call("kyodo_frappe.learning.events.announce", event=name)
	town.officer.update(EVENT, name, {"place": "市役所", "begins_at": "9時"})
	assert town.officer.call("kyodo_frappe.learning.events.announce", event=name) == "Announced"
	doc.reload()
	assert doc.begins_at == "09:00"
	assert visit("Guest", f"events/{name}")[0] == 200 and name in visit("Guest", "events")[1]
	with pytest.raises(EventIncomplete):
		town.officer.update(EVENT, name, {"place": ""})
	with pytest.raises(EventStateError):
		town.officer.call("kyodo_frappe.learning.events.announce", event=name)
	with pytest.raises(frappe.PermissionError):
		with town.officer:
			frappe.delete_doc(EVENT, name)


def test_invalid_event_or_step_is_refused(town):
	for wrong, refusal in (
		({"begins_at": "25:00"}, violation_of(NotATimeOfDay)),
		({"begins_at": "18:30", "ends_at": "18:00"}, InvalidEventTimes),
		({"begins_at": "", "ends_at": "18:00"}, InvalidEventTimes),
		({"registration_from": add_days(nowdate(), 5), "registration_until": add_days(nowdate(), 4)}, InvalidEventTimes),
		({"registration_until": add_days(nowdate(), 11)}, InvalidEventTimes),
		({"questions": [{"question": "都合のよい曜日", "kind": "Choice", "choices": "平日"}]}, QuestionnaireError),
		({"questions": [{"question": "満足度", "kind": "Scale"}, {"question": "満足度", "kind": "Text"}]}, QuestionnaireError),
	):
		with pytest.raises(refusal):
			plan(town.officer, town, **wrong)
	over = plan(town.officer, town, held_on=add_days(nowdate(), -1))
	with pytest.raises(EventStateError):
		town.officer.call("kyodo_frappe.learning.events.announce", event=over)
	to_come = announced(town)
	with pytest.raises(EventStateError):
		town.officer.call("kyodo_frappe.learning.events.hold", event=to_come)
	with pytest.raises(EventIncomplete):
		town.officer.call("kyodo_frappe.learning.events.call_off", event=to_come, reason=" ")


def test_fiscal_year_and_state_of_event_cannot_be_written(town):
	name = plan(town.officer, town, held_on="2027-03-31", fiscal_year=1999, state="Announced", announced_on="2020-01-01")
	doc = frappe.get_doc(EVENT, name)
	assert (doc.fiscal_year, doc.state, doc.announced_on) == (2026, "Planned", None)
	assert name.startswith("KEV-2026-")
	town.officer.update(EVENT, name, {"state": "Held", "held_on": "2027-04-01"})
	doc.reload()
	assert (doc.fiscal_year, doc.state) == (2027, "Planned")


# -- guests ------------------------------------------------------------------------------------------


def test_guest_confirms_and_cancels_registration_by_mailed_link(town, event):
	page = visit("Guest", f"events/{event}")[1]
	assert ONLINE not in page and "ask_for_place" in page and "協働入門講座" in page
	first = ask(event)
	assert first["kind"] == "done" and "hanako@example.jp" in first["text"]
	assert states(event) == {"hanako": "Unconfirmed"}
	link = key(event)
	status, mine = visit("Guest", f"registration/{link}")
	assert status == 200 and "confirm_place" in mine and ONLINE not in mine
	assert send("Guest", "learning.actions.confirm_place", key=link)[1]["kind"] == "done"
	assert states(event) == {"hanako": "Registered"}
	mine = visit("Guest", f"registration/{link}")[1]
	assert ONLINE in mine and "cancel_place" in mine
	send("Guest", "learning.actions.confirm_place", key=link)  # confirming again changes nothing
	assert send("Guest", "learning.actions.cancel_place", key=link)[1]["kind"] == "done"
	assert states(event) == {"hanako": "Cancelled"}
	assert ONLINE not in visit("Guest", f"registration/{link}")[1]
	assert len(mails(event, "hanako@example.jp")) == 3
	again = ask(event)  # people who have cancelled may register again
	assert again == first and states(event)["hanako"] in ("Unconfirmed", "Cancelled")
	assert registration(event)


def test_answer_to_guest_does_not_reveal_registrations(town, event):
	comes(event, "known@example.jp")
	known, unknown = ask(event, "known@example.jp"), ask(event, "other@example.jp")
	assert known["text"].replace("known", "other") == unknown["text"] and known["kind"] == unknown["kind"]
	assert len(frappe.get_all(REGISTRATION, {"event": event, "email": "known@example.jp"})) == 1
	assert "お申込みについて" in mails(event, "known@example.jp")[-1]
	assert "お申込みの確認" in mails(event, "other@example.jp")[-1]
	# a typed name is not mailed to an unconfirmed address
	ask(event, "victim@example.jp", attendee_name="振込先はこちら")
	queue = frappe.get_last_doc("Email Queue", {"reference_name": event})
	assert "振込先" not in queue.message and "5oyv6L6" not in queue.message
	for _time in range(9):
		ask(event, "victim@example.jp")
	assert len(mails(event, "victim@example.jp")) == 5


@pytest.mark.parametrize("typed", [{"attendee_name": " "}, {"email": "nobody"}, {"email": "a@b.jp, c@d.jp"}, {"attendee_name": "<b>x</b>"}])
def test_refused_registration_form_keeps_typed_values(town, event, typed):
	notice = ask(event, **{"email": "x@example.jp", **typed})
	assert notice["kind"] == "refused" and notice["typed"]["attendee_name"] == typed.get("attendee_name", "鈴木 花子")
	assert not frappe.db.count(REGISTRATION, {"event": event})


def test_registration_outside_period_or_audience_is_refused(town):
	early = announced(town, registration_from=add_days(nowdate(), 2))
	late = announced(town, registration_from=add_days(nowdate(), -5), registration_until=add_days(nowdate(), -1))
	free = announced(town, needs_registration=0)
	organisations = announced(town, audience="Organisations")
	staff = announced(town, audience="City Staff")
	planned = plan(town.officer, town)
	for event in (early, late, free, organisations, staff, planned, "KEV-1-1"):
		assert ask(event)["kind"] == "refused"
		if event not in (staff, planned, "KEV-1-1"):
			assert "ask_for_place" not in visit("Guest", f"events/{event}")[1]
	assert ask(staff)["text"] == ask(planned)["text"] == ask("KEV-1-1")["text"]
	for event in (staff, planned, "KEV-1-1"):
		assert visit("Guest", f"events/{event}") == visit("Guest", "events/<x>")
		for client in (town.representative, town.support, town.officer):
			assert visit(client.user, f"events/{event}")[0] == 404
	assert staff not in visit("Guest", "events")[1] and staff not in visit(town.representative.user, "my/events")[1]
	assert organisations in visit("Guest", "events")[1]
	with pytest.raises(frappe.PermissionError):
		town.representative.call("kyodo_frappe.learning.registrations.take_part", event=staff)
	assert town.representative.call("kyodo_frappe.learning.registrations.take_part", event=organisations) == "Registered"
	assert town.section_officer.call("kyodo_frappe.learning.registrations.take_part", event=staff) == "Registered"
	assert staff in visit(town.other_section_officer.user, "my/events")[1]
	assert "協働入門講座" in open_data.as_csv("events").decode("utf-8-sig")
	rows = {row["ID"]: row for row in open_data.rows("events")}
	assert organisations in rows and staff not in rows and planned not in rows
	assert rows[early]["開始時間"] == "18:30" and rows[early]["参加申込終了日"] == ""
	assert ONLINE not in json.dumps(list(rows.values()), default=str, ensure_ascii=False)


def test_user_registers_with_one_click_and_cancels_on_own_page(town, event):
	user = town.representative.user
	assert "take_part" in visit(user, f"events/{event}")[1]
	location, notice = send(user, "learning.actions.take_part", event=event, back="event")
	assert notice["kind"] == "done" and location.startswith(f"/kyodo/events/{event}")
	row = frappe.get_doc(REGISTRATION, {"event": event, "user": user})
	assert (row.state, row.organisation, row.organisation_name) == ("Registered", town.organisation, "みんなの食卓の会")
	mine = visit(user, "my/events")[1]
	assert "cancel_mine" in mine and ONLINE in mine
	assert send(user, "learning.actions.take_part", event=event)[1]["kind"] == "refused"
	assert send(town.outsider.user, "learning.actions.cancel_mine", event=event)[1]["kind"] == "refused"
	assert send(user, "learning.actions.cancel_mine", event=event)[1]["kind"] == "done"
	row.reload()
	assert row.state == "Cancelled"
	# a place requested as a guest with the address of the login is taken over, not doubled
	ask(event, frappe.db.get_value("User", user, "email"))
	town.representative.call("kyodo_frappe.learning.registrations.take_part", event=event)
	assert frappe.db.count(REGISTRATION, {"event": event, "state": "Registered"}) == 1


# -- places ------------------------------------------------------------------------------------------


def test_waiting_list_fills_free_places_in_order(town, event_of_one):
	event = event_of_one
	comes(event, "a@example.jp", "b@example.jp", "c@example.jp", "d@example.jp")
	assert states(event) == {"a": "Registered", "b": "On the Waiting List", "c": "On the Waiting List", "d": "On the Waiting List"}
	assert ONLINE not in visit("Guest", f"registration/{key(event, 'b@example.jp')}")[1]
	assert "キャンセル待ち" in visit("Guest", f"events/{event}")[1]
	send("Guest", "learning.actions.cancel_place", key=key(event, "a@example.jp"))
	assert states(event)["b"] == "Registered" and states(event)["c"] == "On the Waiting List"
	assert "お席をご用意できました" in mails(event, "b@example.jp")[-1]
	town.officer.update(EVENT, event, {"capacity": 3})
	assert set(states(event).values()) == {"Cancelled", "Registered"}
	town.officer.update(EVENT, event, {"capacity": 1})  # nobody loses a place
	assert list(states(event).values()).count("Registered") == 3
	assert frappe.get_doc(EVENT, event).calendar_sequence in (0, None)
	closed = announced(town, capacity=1, waiting_list=0)
	comes(closed, "a@example.jp")
	assert ask(closed, "b@example.jp")["kind"] == ask(closed, "a@example.jp")["kind"] == "refused"
	assert "ask_for_place" not in visit("Guest", f"events/{closed}")[1]


def test_registration_made_in_desk_follows_same_rules(town, event_of_one):
	event = event_of_one
	values = {"doctype": REGISTRATION, "event": event, "attendee_name": "電話 太郎", "email": "Tel@Example.jp"}
	assert (
		town.officer.insert({**values, "state": "Registered", "attendance": "Attended", "certificate_number": 7})["state"] == "Registered"
	)
	row = frappe.get_doc(REGISTRATION, registration(event, "tel@example.jp"))
	assert not row.attendance and not row.certificate_number
	with pytest.raises(AlreadyRegistered):
		town.officer.insert(values)
	assert town.officer.insert({**values, "email": "tel2@example.jp", "state": "Registered"})["state"] == "On the Waiting List"
	with pytest.raises(frappe.PermissionError):
		town.section_officer.insert({**values, "email": "tel3@example.jp"})


def test_simultaneous_registrations_never_share_a_place(town, over_rest):
	event = announced(town, capacity=2)
	frappe.db.commit()
	clients = [over_rest(client) for client in (town.representative, town.outsider, town.editor, town.viewer)]

	def attempt(client):
		return client.call("kyodo_frappe.learning.registrations.take_part", event=event)

	try:
		with ThreadPoolExecutor(len(clients)) as pool:
			got = sorted(pool.map(attempt, clients))
		frappe.db.rollback()
		assert got == ["On the Waiting List"] * 2 + ["Registered"] * 2
		assert sorted(states(event).values()) == got
		# two places that become free at once go to two people
		placed = frappe.get_all(REGISTRATION, {"event": event, "state": "Registered"}, pluck="user", order_by="name")
		with ThreadPoolExecutor(2) as pool:
			list(
				pool.map(
					lambda client: client.call("kyodo_frappe.learning.registrations.cancel_mine", event=event),
					[d for d in clients if d.user in placed],
				)
			)
		frappe.db.rollback()
		assert sorted(states(event).values()) == ["Cancelled"] * 2 + ["Registered"] * 2
		# the guest form sent several times at once makes one registration
		guests = [RestClient(frappe.local.site) for _number in range(3)]

		host = {"Host": frappe.local.site}

		def ask_over_http(client):
			typed = {"event": event, "attendee_name": "二重 送信", "email": "twice@example.jp"}
			return client.http.post("/api/method/kyodo_frappe.learning.actions.ask_for_place", data=typed, headers=host).status_code

		with ThreadPoolExecutor(3) as pool:
			list(pool.map(ask_over_http, guests))
		frappe.db.rollback()
		assert frappe.db.count(REGISTRATION, {"event": event, "email": "twice@example.jp"}) == 1
	finally:
		_remove(event)


def _remove(event: str):
	frappe.db.rollback()
	for doctype, filters in ((REGISTRATION, {"event": event}), ("Email Queue", {"reference_name": event}), (EVENT, {"name": event})):
		frappe.db.delete(doctype, filters)
	frappe.db.commit()


# -- changes, calling off, reminders ---------------------------------------------------------------------


def test_moved_or_cancelled_event_is_mailed_to_everybody_registered(town, event_of_one):
	event = event_of_one
	comes(event, "a@example.jp", "b@example.jp")
	ask(event, "c@example.jp")
	before = Calendar.from_ical(_calendar(town, event))
	town.officer.update(EVENT, event, {"place": "公民館"})
	town.officer.update(EVENT, event, {"description": "説明だけ変わる"})
	assert [("変更" in subject) for subject in mails(event, "a@example.jp")].count(True) == 1
	assert "変更" in mails(event, "b@example.jp")[-1] and "変更" not in mails(event, "c@example.jp")[-1]
	town.officer.call("kyodo_frappe.learning.events.call_off", event=event, reason="大雨のため")
	assert "中止" in mails(event, "a@example.jp")[-1] and "中止" in mails(event, "b@example.jp")[-1]
	status, page = visit("Guest", f"events/{event}")
	assert status == 200 and "大雨のため" in page and "ask_for_place" not in page
	after = Calendar.from_ical(_calendar(town, event))
	one, two = (calendar.walk("VEVENT")[0] for calendar in (before, after))
	assert one["uid"] == two["uid"] and two["sequence"] > one["sequence"] and str(two["status"]) == "CANCELLED"
	assert one["dtstart"].dt.isoformat().endswith("T18:30:00+09:00") and ONLINE not in str(one)
	assert send("Guest", "learning.actions.confirm_place", key=key(event, "c@example.jp"))[1]["kind"] == "refused"


def _calendar(town, event: str) -> bytes:
	from kyodo_frappe.learning import actions

	with acting("Guest", {"event": event}):
		frappe.cache.delete("rl:None:127.0.0.1")
		return actions.event_calendar(event=event).get_data()


def test_reminder_is_sent_once_on_day_before_to_people_with_a_place(town, event_of_one):
	event = event_of_one
	comes(event, "a@example.jp", "b@example.jp")
	the_day_before = add_days(nowdate(), 9)
	assert event not in reminders.send("Event Tomorrow", nowdate())
	assert event in reminders.send("Event Tomorrow", the_day_before)
	assert event not in reminders.send("Event Tomorrow", the_day_before)
	assert "明日" in mails(event, "a@example.jp")[-1] and "明日" not in mails(event, "b@example.jp")[-1]


def test_unconfirmed_registration_is_deleted_after_three_days(town, event):
	ask(event, "a@example.jp")
	comes(event, "b@example.jp")
	link = key(event, "a@example.jp")
	event_reminders.delete_unconfirmed()
	assert registration(event, "a@example.jp")
	frappe.db.set_value(REGISTRATION, registration(event, "a@example.jp"), "creation", add_days(nowdate(), -4))
	event_reminders.delete_unconfirmed()
	assert states(event) == {"b": "Registered"}
	assert find_by_key(link) is None and "確定されない" in visit("Guest", f"registration/{link}")[1]


def test_registrations_are_deleted_after_retention(town, event):
	comes(event, "a@example.jp")
	years = frappe.db.get_value("Kyodo Programme", town.programme, "retention_years")
	year = frappe.db.get_value("Kyodo Event", event, "fiscal_year")
	event_reminders.delete_expired(f"{year + years + 1}-03-31")
	assert registration(event, "a@example.jp"), "the last day of the last year"
	event_reminders.delete_expired(f"{year + years + 1}-04-01")
	assert not registration(event, "a@example.jp") and frappe.db.exists("Kyodo Event", event)


# -- afterwards -------------------------------------------------------------------------------------------

QUESTIONS = [
	{"question": "内容は役に立ちましたか", "kind": "Scale"},
	{"question": "都合のよい曜日", "kind": "Choice", "choices": "平日\n土日"},
	{"question": "ご意見", "kind": "Text"},
]


def test_held_event_has_attendance_questionnaire_and_certificates(town):
	event = announced(town, questions=QUESTIONS, gives_certificate=1)
	comes(event, "a@example.jp", "b@example.jp", "c@example.jp")
	names = {email: registration(event, f"{email}@example.jp") for email in "abc"}
	rows = [{"name": names["a"], "attendance": "Attended"}, {"name": names["b"], "attendance": "Absent"}]
	with pytest.raises(EventStateError):  # not before its day
		town.officer.call("kyodo_frappe.learning.registrations.note_attendance", event=event, rows=rows)
	day_comes(event)
	assert town.officer.call("kyodo_frappe.learning.registrations.note_attendance", event=event, rows=json.dumps(rows)) == 2
	town.officer.call(
		"kyodo_frappe.learning.registrations.register_somebody", event=event, attendee_name="飛び入り", email="w@example.jp", came=True
	)
	for wrong in ([{"name": "KER-0", "attendance": "Attended"}], [{"name": names["a"], "attendance": "Late"}], "{}", [1]):
		with pytest.raises(InvalidRequest):
			town.officer.call("kyodo_frappe.learning.registrations.note_attendance", event=event, rows=wrong)
	sheet = certificates.attendance_sheet_pdf(frappe.get_doc(EVENT, event))
	assert "受付名簿" in _text(sheet)
	with pytest.raises(NoCertificate):  # before it was held
		certificates.certificate_pdf(names["a"])
	town.officer.call("kyodo_frappe.learning.events.hold", event=event, record="30人が参加し、5団体がつながりました。")
	assert "30人が参加" in visit("Guest", f"events/{event}")[1]
	asked = {email: "アンケート" in mails(event, f"{email}@example.jp")[-1] for email in "ac"}
	assert asked == {"a": True, "c": True} and "アンケート" not in mails(event, "b@example.jp")[-1]

	link = key(event, "a@example.jp")
	assert "answer_questions" in visit("Guest", f"registration/{link}")[1]
	for wrong in ({"answer-1": "6"}, {"answer-2": "祝日"}, {}, {"answer-3": "あ" * 3000}, {"answer-9": "x"}, {"answer-x": "1"}):
		assert send("Guest", "learning.actions.answer_questions", key=link, **wrong)[1]["kind"] == "refused"
	given = {"answer-1": "4", "answer-2": "土日", "answer-3": "とてもよかった"}
	assert send("Guest", "learning.actions.answer_questions", key=link, **given)[1]["kind"] == "done"
	assert send("Guest", "learning.actions.answer_questions", key=link, **given)[1]["kind"] == "refused", "once"
	assert send("Guest", "learning.actions.answer_questions", key=key(event, "b@example.jp"), **given)[1]["kind"] == "refused"
	send("Guest", "learning.actions.answer_questions", key=key(event, "c@example.jp"), **{"answer-1": "5"})
	totals = town.officer.call("kyodo_frappe.learning.questionnaires.totals", event=event)
	assert (totals["asked"], totals["answered"]) == (3, 2)
	scale, choice, text = totals["questions"]
	assert (scale["average"], scale["count"], choice["counts"], text["texts"]) == (4.5, 2, [["平日", 0], ["土日", 1]], ["とてもよかった"])
	page = visit(town.officer.user, f"my/centre/events/{event}")[1]
	assert "とてもよかった" in page and "4.5" in page
	with pytest.raises(QuestionnaireError):  # sent questions are fixed
		town.officer.update(EVENT, event, {"questions": QUESTIONS[:1]})

	paper = _text(certificates.certificate_pdf(names["a"]))
	number = f"{event.removeprefix('KEV-')}-01"
	assert "鈴木" in paper and number in paper and "協働入門講座" in paper and "令和" in paper
	assert number in _text(certificates.certificate_pdf(names["a"])), "the number stays"
	assert "-02" in _text(certificates.certificate_pdf(registration(event, "w@example.jp")))
	for without in (names["b"], names["c"]):
		with pytest.raises(NoCertificate):
			certificates.certificate_pdf(without)


def _text(pdf: bytes) -> str:
	import unicodedata

	return unicodedata.normalize("NFKC", "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages))


# -- who may what ---------------------------------------------------------------------------------------------


def test_centre_runs_its_own_event_on_its_pages(town):
	event = plan(town.officer, town, organiser="Support Centre", questions=[{"question": "役に立ちましたか", "kind": "Scale"}])
	run = lambda user, **typed: send(user, "learning.actions.run_event", event=event, **typed)[1]
	assert "催しの案内を始める" in visit(town.support.user, f"my/centre/events/{event}")[1]
	assert run(town.representative.user, then="announce")["kind"] == "refused"
	assert run(town.support.user, then="announce")["kind"] == "done"
	comes(event, "a@example.jp", "b@example.jp")
	held = key(event, "b@example.jp")
	send("Guest", "learning.actions.cancel_place", key=held)
	page = visit("Guest", f"registration/{held}")[1]
	assert "申込取消済み" in page and "中止" not in page  # the event itself is not cancelled
	assert "開催済みにする" not in visit(town.support.user, f"my/centre/events/{event}")[1]
	for typed in ({"then": "hold"}, {"then": "call_off", "reason": " "}, {"then": "other"}):
		assert run(town.support.user, **typed)["kind"] == "refused"
	frappe.db.set_value(EVENT, event, "held_on", nowdate())
	assert "開催済みにする" in visit(town.support.user, f"my/centre/events/{event}")[1]
	assert run(town.support.user, then="hold", record="1人が参加した。")["kind"] == "done"
	assert frappe.db.get_value(EVENT, event, ["state", "record"]) == ("Held", "1人が参加した。")
	assert "アンケート" in mails(event, "a@example.jp")[-1]
	other = announced(town, organiser="Support Centre")
	assert send(town.support.user, "learning.actions.run_event", event=other, then="call_off", reason="大雨のため")[1]["kind"] == "done"
	assert frappe.db.get_value(EVENT, other, "cancel_reason") == "大雨のため"


@pytest.mark.parametrize("also", ["", "Kyodo Organisation Member"])
def test_event_is_managed_by_its_organisers_only(town, also):
	if also:  # membership in an organisation gives the centre's staff no further write permission
		town.give_role(town.support, also)
	event = announced(town, section=town.section)
	centre = plan(town.support, town, organiser="Support Centre")
	town.support.call("kyodo_frappe.learning.events.announce", event=centre)
	with pytest.raises(frappe.PermissionError):
		plan(town.support, town, organiser="City")
	with pytest.raises(frappe.PermissionError):
		plan(town.section_officer, town, section=town.other_section)
	with pytest.raises(frappe.PermissionError):
		plan(town.representative, town)
	with pytest.raises(frappe.PermissionError):
		town.support.update(EVENT, centre, {"organiser": "City"})
	comes(event, "a@example.jp")
	comes(centre, "b@example.jp")
	mine, theirs = registration(event, "a@example.jp"), registration(centre, "b@example.jp")
	strangers = (town.representative, town.outsider, town.other_section_officer, town.members["npo1"], town.guest)
	methods = (
		("learning.events.announce", {}), ("learning.events.call_off", {"reason": "x"}), ("learning.events.hold", {}),
		("learning.registrations.listing", {}), ("learning.registrations.note_attendance", {"rows": []}),
		("learning.registrations.register_somebody", {"attendee_name": "x", "email": "x@example.jp"}),
		("learning.questionnaires.totals", {}), ("learning.certificates.download_sheet", {}),
	)  # fmt: skip
	for client, name in [*((client, event) for client in (*strangers, town.support)), *((client, centre) for client in strangers)]:
		for method, more in methods:
			with pytest.raises(frappe.PermissionError):
				client.call(f"{SERVICES}.{method}", event=name, **more)
		for registered in (mine, theirs) if client is not town.support else (mine,):
			for method in ("learning.registrations.cancel_for", "learning.certificates.download"):
				with pytest.raises(frappe.PermissionError):
					client.call(f"{SERVICES}.{method}", registration=registered)
			with pytest.raises((frappe.PermissionError, frappe.DoesNotExistError)):
				client.read(REGISTRATION, registered)
	for client in strangers[:4]:
		assert visit(client.user, f"my/centre/events/{event}")[0] == 404
		assert visit(client.user, f"my/centre/events/{centre}")[0] == 404
	assert "b@example.jp" in visit(town.support.user, f"my/centre/events/{centre}")[1]
	assert visit(town.support.user, f"my/centre/events/{event}")[0] == 404
	assert "a@example.jp" in visit(town.section_officer.user, f"my/centre/events/{event}")[1]
	listed = visit(town.support.user, "my/centre/events")[1]
	assert centre in listed and event not in listed
	assert event not in visit(town.other_section_officer.user, "my/centre/events")[1]
	day_comes(centre)
	typed = {"rows-attendance": "1", "attendance-0-name": theirs, "attendance-0-mark": "Attended"}
	assert send(town.support.user, "learning.actions.note_attendance", event=centre, **typed)[1]["kind"] == "done"
	assert frappe.db.get_value(REGISTRATION, theirs, "attendance") == "Attended"


def test_personal_data_of_registrations_is_not_readable_over_rest(town, over_rest):
	event = announced(town, questions=QUESTIONS)
	planned, staff = plan(town.officer, town), announced(town, audience="City Staff")
	event_registrations.request_place(event, "秘密 花子", "secret@example.jp")
	event_registrations.confirm(key(event, "secret@example.jp"))
	day_comes(event)
	town.officer.call("kyodo_frappe.learning.events.hold", event=event)
	from kyodo_frappe.learning import questionnaires

	questionnaires.record_answers(key(event, "secret@example.jp"), {3: "名前を出さないで"})
	frappe.db.commit()
	name = registration(event, "secret@example.jp")
	guest = RestClient(frappe.local.site)
	clients = {role: over_rest(getattr(town, role)) for role in ("representative", "support", "other_section_officer", "officer")}
	reads = (
		f"/api/resource/{REGISTRATION}",
		f"/api/resource/{REGISTRATION}/{name}",
		f'/api/resource/{REGISTRATION}?fields=["*"]',
		f'/api/method/frappe.client.get_list?doctype={REGISTRATION}&fields=["email"]',
		f"/api/method/frappe.client.get_count?doctype={REGISTRATION}",
		f"/api/method/frappe.desk.search.search_link?doctype={REGISTRATION}&txt=",
		f'/api/resource/Kyodo Event Answer?parent={REGISTRATION}&fields=["*"]',
		f"/api/method/kyodo_frappe.learning.registrations.listing?event={event}",
		"/api/method/kyodo_frappe.learning.registrations.find_by_key?key=x",
		f"/api/method/kyodo_frappe.learning.registrations.list_for_user?user={town.officer.user}",
	)
	try:
		for role, client in {**clients, "guest": guest}.items():
			for address in reads:
				answer = client.http.get(address, headers={"Host": frappe.local.site}).get_data(as_text=True)
				assert "名前を出さないで" not in answer, (role, address)
				if role != "officer":
					assert "secret@example" not in answer and "秘密" not in answer, (role, address)
			for hidden in ("key_hash",):
				answer = client.http.get(
					f'/api/resource/{REGISTRATION}?filters=[["{hidden}","like","%"]]', headers={"Host": frappe.local.site}
				)
				assert role == "officer" or name not in answer.get_data(as_text=True)
		assert clients["officer"].read(REGISTRATION, name).get("answers") in (None, [])
		# only organisers can read the online address from the record
		for address in (
			f"/api/resource/{EVENT}/{event}",
			f'/api/resource/{EVENT}?fields=["*"]&limit_page_length=0',
			f'/api/resource/{EVENT}?fields=["online_address"]',
		):
			for client in (clients["representative"], guest):
				answer = client.http.get(address, headers={"Host": frappe.local.site}).get_data(as_text=True)
				assert ONLINE not in answer and planned not in answer and staff not in answer
		with pytest.raises(Refused):
			clients["other_section_officer"].update(EVENT, event, {"record": "x"})
		with pytest.raises(Refused):
			clients["officer"].update(REGISTRATION, name, {"event": planned})
		clients["officer"].update(REGISTRATION, name, {"state": "Cancelled", "attendance": "Attended", "key_hash": "0", "user": "Guest"})
		frappe.db.rollback()
		stored = frappe.get_doc(REGISTRATION, name)
		assert (stored.state, stored.attendance or "", stored.user) == ("Registered", "", None)
		assert find_by_key(event_keys.make_key(stored)).name == name
	finally:
		for each in (event, planned, staff):
			_remove(each)


def test_key_opens_exactly_one_registration(town, event):
	comes(event, "a@example.jp", "b@example.jp")
	one, two = (frappe.get_doc(REGISTRATION, registration(event, f"{email}@example.jp")) for email in "ab")
	assert event_keys.make_key(one) != event_keys.make_key(two) and event_keys.make_key(one) not in frappe.as_json(one.as_dict())
	for wrong in ("", "x", one.key_hash, one.name, "%"):
		assert find_by_key(wrong) is None
		assert send("Guest", "learning.actions.cancel_place", key=wrong)[1]["kind"] == "refused"
	assert event_mail.link(one).endswith(event_keys.make_key(one))
	born_later = frappe._dict(name=one.name, creation=add_days(one.creation, 1))
	assert event_keys.make_key(born_later) != event_keys.make_key(one), "a name that is used again opens nothing old"
