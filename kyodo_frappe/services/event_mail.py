"""Mail about events to those who registered, and the event as a calendar entry. Japanese, as all mail to people here."""

import datetime

import frappe
from frappe.model.document import Document
from frappe.utils import add_days, cint, get_datetime, getdate

from kyodo_frappe.rules.era import era_date
from kyodo_frappe.services import event_keys, mail
from kyodo_frappe.services.convening import TOKYO, USUAL_HOURS, spoken

PLACE = "Registered"
UNCONFIRMED_DAYS = 3
TEMPLATE = "kyodo_event_news"
# word: (subject, lines, what the link says)
WORDS = {
	"confirm": (
		"お申込みの確認",
		(
			"次の催しへのお申込みがありました。お申込みはまだ完了していません。下のページを開き、「申込みを確定する」を押してください。",
			f"このリンクは{UNCONFIRMED_DAYS}日間有効です。お心当たりのない場合は、このメールを破棄してください。お申込みは行われません。",
		),
		"申込みを確定するページを開く",
	),
	"known": (
		"お申込みについて",
		("次の催しには、このメールアドレスですでにお申込みいただいています。内容の確認と取消しは、下のページでできます。",),
		"申込みのページを開く",
	),
	"placed": (
		"お申込みを受け付けました",
		("次の催しへのお申込みを受け付けました。当日のご参加をお待ちしています。", "ご都合が悪くなったときは、下のページで取り消してください。"),
		"申込みの確認・取消しのページを開く",
	),
	"waiting": (
		"キャンセル待ちを受け付けました",
		("次の催しは定員に達しているため、キャンセル待ちとして受け付けました。お席をご用意できたときは、メールでお知らせします。",),
		"申込みの確認・取消しのページを開く",
	),
	"moved_up": (
		"お席をご用意できました",
		("キャンセル待ちをいただいていた次の催しについて、お席をご用意できました。", "ご都合が悪くなったときは、下のページで取り消してください。"),
		"申込みの確認・取消しのページを開く",
	),
	"cancelled": ("お申込みを取り消しました", ("次の催しへのお申込みを取り消しました。",), "申込みのページを開く"),
	"moved": (
		"日時・場所の変更",
		("お申込みいただいた次の催しの日時又は場所が変わりました。", "ご都合が悪くなったときは、下のページで取り消してください。"),
		"申込みの確認・取消しのページを開く",
	),
	"called_off": ("中止のお知らせ", ("お申込みいただいた次の催しは、中止します。",), "申込みのページを開く"),
	"reminder": (
		"明日の開催のお知らせ",
		("お申込みいただいた次の催しを、明日開催します。", "ご都合が悪くなったときは、下のページで取り消してください。"),
		"申込みの確認・取消しのページを開く",
	),
	"questions": (
		"アンケートのお願い",
		("次の催しにご参加いただき、ありがとうございました。今後の参考に、アンケートにお答えくださるようお願いします。回答は、お名前と切り離して集計します。",),
		"アンケートのページを開く",
	),
}
# before somebody has opened the link, the name is what a stranger may have typed
UNNAMED = ("confirm", "known")
WITH_ENTRY = ("placed", "moved_up", "moved", "called_off")


def tell(event: Document, registration: Document, word: str):
	"""Mail one who has registered; `word` is one of WORDS."""
	subject, lines, link_text = WORDS[word]
	has_place = registration.state == PLACE
	mail.to_person(
		registration.email,
		f"{subject}（{event.event_name}）",
		TEMPLATE,
		{
			"name": "" if word in UNNAMED else registration.attendee_name,
			"lines": lines,
			"event_name": event.event_name,
			"when": when(event),
			"place": event.place or "",
			"online": (event.online_address or "") if has_place and word in ("placed", "moved_up", "moved", "reminder") else "",
			"reason": (event.cancel_reason or "") if word == "called_off" else "",
			"contact": event.contact or "",
			"link": link(registration),
			"link_text": link_text,
		},
		event,
		event.programme,
		attachments=[_attachment(event)] if has_place and word in WITH_ENTRY else None,
	)


def tell_all(event: Document, word: str, registrations: list[Document]):
	for registration in registrations:
		tell(event, registration, word)


def link(registration: Document) -> str:
	return mail.address(f"/kyodo/registration/{event_keys.key_of(registration)}")


def when(event: Document | dict) -> str:
	"""令和8年5月20日（水）18時30分から20時30分まで"""
	day = getdate(event.held_on)
	words = f"{era_date(day)}（{'月火水木金土日'[day.weekday()]}）"
	if event.begins_at:
		words += f"{spoken(event.begins_at)}から"
	if event.ends_at:
		words += f"{spoken(event.ends_at)}まで"
	return words


# -- the calendar entry -----------------------------------------------------------------------


def calendar_file(event: Document, with_place: bool = False) -> bytes:
	"""The event as an iCalendar file (RFC 5545): the same UID in every version. `with_place`: for one who has a place,
	with the online address. The caller has checked that the reader may know of the event."""
	from icalendar import Calendar, Event

	calendar, entry = Calendar(), Event()
	calendar.add("prodid", "-//kyodo_frappe//events//JA")
	calendar.add("version", "2.0")
	calendar.add("method", "PUBLISH")
	entry.add("uid", f"{event.name}@{frappe.local.site}")
	entry.add("sequence", cint(event.calendar_sequence))
	entry.add("dtstamp", datetime.datetime.now(datetime.timezone.utc))
	begin, end = _span(event)
	entry.add("dtstart", begin)
	entry.add("dtend", end)
	entry.add("summary", event.event_name)
	entry.add("location", event.place or "オンライン")
	online = with_place and event.state == "Announced" and event.online_address
	entry.add("description", "\n".join(filter(None, [event.description, online])))
	if event.audience != "City Staff":
		entry.add("url", mail.address(f"/kyodo/events/{event.name}"))
	entry.add("status", "CANCELLED" if event.state == "Cancelled" else "CONFIRMED")
	calendar.add_component(entry)
	calendar.add_missing_timezones()
	return calendar.to_ical()


def _attachment(event: Document) -> dict:
	return {
		"fname": "event.ics",
		"fcontent": calendar_file(event, with_place=True),
		"content_type": "text/calendar; method=PUBLISH",
	}


def _span(event: Document) -> tuple:
	day = getdate(event.held_on)
	if not event.begins_at:
		return day, add_days(day, 1)
	begin = get_datetime(f"{day} {event.begins_at}").replace(tzinfo=TOKYO)
	if event.ends_at and event.ends_at > event.begins_at:
		return begin, get_datetime(f"{day} {event.ends_at}").replace(tzinfo=TOKYO)
	return begin, begin + datetime.timedelta(hours=USUAL_HOURS)
