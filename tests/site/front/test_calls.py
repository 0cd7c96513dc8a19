"""The public pages of calls: what they show, the example they compute, and the questions that anybody may ask."""

import re

import frappe
import pytest
from frappe.utils import add_days, getdate, nowdate
from portal_client import send, visit
from uploads import pdf

from kyodo_frappe.common.file_types import content_of
from kyodo_frappe.front import calls as pages
from kyodo_frappe.programme import call_example, payable
from kyodo_frappe.programme import public as programme_public
from kyodo_frappe.proposals import call_actions, enquiries
from kyodo_frappe.proposals.errors import EnquiryRefused, EnquiryUnanswered

pytestmark = pytest.mark.usefixtures("messages_sent_at_once")

CALL, ENQUIRY = "Kyodo Call", "Kyodo Call Enquiry"
ASK = "proposals.call_actions.ask"
EVIL = "<script>alert(1)</script>"


def make_call(town, **more) -> str:
	values = {"call_name": "地域の居場所づくり", "call_type": "Open", "published": 1, "fiscal_year": 2026, "for_next_year": 1}
	values |= {"opens_on": add_days(nowdate(), -10), "closes_on": add_days(nowdate(), 20), "ceiling": 300000, "rate": "2/3"}
	return town.officer.insert({"doctype": CALL, "programme": town.programme, **values, **more})["name"]


def answered(town, call: str, question: str, answer: str, **more) -> str:
	name = enquiries.ask(call, question, more.pop("asker_name", ""), more.pop("email", ""))
	town.officer.update(ENQUIRY, name, {"answer": answer, "published": 1, **more})
	return name


# -- what a page shows ---------------------------------------------------------------------------------------


def test_a_page_says_what_a_call_wants_pays_and_asks(town):
	call = make_call(town, description="居場所をつくる提案を募集します。", frame=900000, closing_hour="17:00", members_least=5)
	status, page = visit("Guest", f"calls/{call}")
	assert status == 200
	for text in (
		"居場所をつくる提案を募集します。",
		"3分の2",
		"300,000円",
		"900,000円",
		"17:00",
		"5人以上",
		"今ここ",
		"あと20日",
		">提案する</a>",
		"相談する",
		f"new?call={call}",
		"提案書で書くこと",
	):
		assert text in page, text
	assert f'href="/kyodo/calls/{call}"' in visit("Guest", "calls")[1]


def test_calls_that_are_not_public_have_no_page_no_file_and_no_form(town):
	hidden = make_call(town, call_name="準備中の募集", published=0)
	assert visit("Guest", f"calls/{hidden}")[0] == 404
	assert "準備中の募集" not in visit("Guest", "calls")[1]
	for function, more in ((call_actions.blank_form, {}), (call_actions.document, {"document": "x"})):
		with pytest.raises(frappe.DoesNotExistError):
			function.__wrapped__(hidden, **more)
	with pytest.raises(EnquiryRefused):
		enquiries.ask(hidden, "いつ始まりますか")
	for wrong in ("KC-none", EVIL):
		assert visit("Guest", f"calls/{wrong}")[0] == 404


def test_a_closed_call_leads_to_its_results_and_takes_no_questions(town):
	call = make_call(town, opens_on=add_days(nowdate(), -40), closes_on=add_days(nowdate(), -10), results_published=1)
	page = visit("Guest", f"calls/{call}")[1]
	assert f"/kyodo/results/{call}" in page and "この募集は終了しました" in page and f"new?call={call}" not in page
	listed = visit("Guest", "calls")[1]
	assert f"/kyodo/calls/{call}" in listed.split("終了した募集")[1]
	with pytest.raises(EnquiryRefused):
		enquiries.ask(call, "まだ間に合いますか")


def test_many_past_calls_do_not_hide_an_open_one(town):
	call = make_call(town)
	before = programme_public.past_calls(town.programme)[1]
	make_call(town, opens_on=add_days(nowdate(), -40), closes_on=add_days(nowdate(), -10))
	assert programme_public.past_calls(town.programme)[1] == before + 1
	assert call in {row.name for row in programme_public.calls(town.programme)}


def test_the_example_is_the_computation_of_a_proposal(town):
	call = make_call(town, rounding="1000")
	below, above = call_example.examples(call)
	assert (below.cost, below.paid, above.cost, above.paid) == (270000, 180000, 680000, 300000)
	draft = town.draft(call=call)
	lines = [{"category": "Consumables", "description": "用具", "unit_price": 212500, "quantity": 1, "eligible": 1}]
	town.representative.update("Kyodo Proposal", draft, {"expenses": lines, "income": []})
	of_proposal = payable.of_proposal(frappe.get_doc("Kyodo Proposal", draft))
	(example,) = call_example.examples(call, 212500)
	assert (example.paid, example.words) == (of_proposal.limit, payable.computation(of_proposal)) and example.paid == 141000
	page = visit("Guest", f"calls/{call}", cost="２１万２５００円")[1]
	assert "対象経費が212,500円のとき、最大141,000円" in page
	assert "数字だけ" in visit("Guest", f"calls/{call}", cost="たくさん")[1]
	assert EVIL not in visit("Guest", f"calls/{call}", cost=EVIL)[1]


def test_each_year_of_a_term_is_said(town):
	terms = [{"counted_by": "Year of the Term", "number": number, "rate": rate} for number, rate in ((1, "90"), (2, "80"), (3, "70"))]
	call = make_call(town, rate=None, years=3, year_terms=terms)
	assert [payable.rate_words(row.rate) for row in call_example.years_of(call)] == ["90％", "80％", "70％"]
	page = visit("Guest", f"calls/{call}")[1]
	assert re.search(r"3年目.*?70％", page, re.DOTALL)


def test_the_calendar_has_the_days_in_order_and_today_between_them(town):
	call = make_call(town, enquiries_until=add_days(nowdate(), 5), closing_hour="17:00")
	found = pages.calendar(programme_public.call(call))
	days = [day.on for day in found["days"]]
	assert days == sorted(days) and found["days"][0].past
	assert [day.label for day in found["days"] if day.now_before] == [
		"質問の締切" if frappe.local.lang == "ja" else "Last day for questions"
	]
	assert found["days"][-1].on == getdate("2027-04-01")
	marks = [mark["x"] for mark in found["picture"]["marks"]]
	assert marks == sorted(marks) and marks[0] < found["picture"]["now"] < marks[1]


def test_files_of_a_call_are_public_with_it(town):
	call = make_call(town)
	doc = frappe.get_doc(CALL, call)
	file = frappe.get_doc({"doctype": "File", "file_name": "guide.pdf", "attached_to_doctype": CALL, "attached_to_name": call})
	file.content = pdf("募集要項")
	file.insert()
	assert file.is_private
	doc.append("downloads", {"title": "募集要項", "file": file.file_url})
	doc.save()
	(row,) = programme_public.call_documents(call)
	page = visit("Guest", f"calls/{call}")[1]
	assert "募集要項" in page and file.file_url not in page
	answer = call_actions.document.__wrapped__(call, row.name)
	assert answer.get_data() == content_of(file) and "attachment" in answer.headers["Content-Disposition"]
	with pytest.raises(frappe.DoesNotExistError):
		call_actions.document.__wrapped__(make_call(town), row.name)
	frappe.db.set_value(CALL, call, "published", 0)
	with pytest.raises(frappe.DoesNotExistError):
		call_actions.document.__wrapped__(call, row.name)


def test_blank_forms_ask_what_the_call_asks(town):
	call = make_call(town, questions=[{"fieldname": "starts_on", "asked": "Required", "step": "Basics", "label_text": "始めたい日"}])
	assert "始めたい日" in visit("Guest", f"calls/{call}")[1]
	pdf_form = call_actions.blank_form.__wrapped__(call)
	assert pdf_form.get_data().startswith(b"%PDF") and pdf_form.content_type == "application/pdf"
	assert call_actions.blank_form.__wrapped__(call, "xlsx").get_data().startswith(b"PK")
	with pytest.raises(frappe.DoesNotExistError):
		call_actions.blank_form.__wrapped__(call, "exe")


def test_a_page_has_bounded_queries(town):
	call = make_call(town)
	visit("Guest", f"calls/{call}")
	counted = lambda: _queries(lambda: visit("Guest", f"calls/{call}"))
	before = counted()
	for number in range(5):
		answered(town, call, f"質問{number}", "回答です")
		make_call(town, call_name=f"ほかの募集{number}", closes_on=add_days(nowdate(), -10), opens_on=add_days(nowdate(), -20))
	assert counted() <= before + 3


def _queries(action) -> int:
	run, count = frappe.db.sql, []
	frappe.db.sql = lambda *args, **more: (count.append(1), run(*args, **more))[1]
	try:
		action()
	finally:
		frappe.db.sql = run
	return len(count)


# -- questions ----------------------------------------------------------------------------------------------


def test_a_question_is_answered_published_and_mailed(town):
	call = make_call(town)
	location, notice = send(
		"Guest", ASK, call=call, question="会場は対象ですか & いくらまで", asker_name="山田 花子", email="hanako@example.jp"
	)
	assert notice["kind"] == "done", notice
	assert location.startswith(f"/kyodo/calls/{call}?n=") and location.endswith("#questions")
	(name,) = frappe.get_all(ENQUIRY, {"call": call}, pluck="name")
	assert frappe.db.get_value(ENQUIRY, name, ["state", "section"]) == ("To Be Answered", None)
	assert "会場は対象" not in visit("Guest", f"calls/{call}")[1]
	with pytest.raises(EnquiryUnanswered):
		town.officer.update(ENQUIRY, name, {"published": 1})
	town.officer.update(ENQUIRY, name, {"answer": "会場の使用料は対象です。"})
	assert "会場の使用料" not in visit("Guest", f"calls/{call}")[1]
	mails = frappe.get_all("Email Queue", {"reference_doctype": ENQUIRY, "reference_name": name}, pluck="name")
	told = frappe.get_all("Email Queue Recipient", {"parent": ["in", mails]}, pluck="recipient")
	assert "hanako@example.jp" in told and town.officer.user in told
	town.officer.update(ENQUIRY, name, {"published": 1})
	page = visit("Guest", f"calls/{call}")[1]
	assert "会場の使用料は対象です。" in page and "会場は対象ですか &amp; いくらまで" in page
	assert "山田" not in page and "hanako" not in page
	state, by = frappe.db.get_value(ENQUIRY, name, ["state", "answered_by"])
	assert (state, by) == ("On the Page", town.officer.user)
	town.officer.update(ENQUIRY, name, {"public_question": "会場の使用料は対象ですか", "answer": "半額まで対象です。"})
	assert [row.question for row in enquiries.published(call)] == ["会場の使用料は対象ですか"]
	frappe.db.set_value(ENQUIRY, name, "public_question", EVIL)
	page = visit("Guest", f"calls/{call}")[1]
	assert "&lt;script&gt;" in page and EVIL not in page


@pytest.mark.parametrize(
	"wrong",
	[{"question": " "}, {"question": "あ" * 2001}, {"question": "質問", "email": "not a mail"}],
	ids=["nothing", "too long", "no address"],
)
def test_a_question_that_cannot_be_taken_comes_back_with_what_was_typed(town, wrong):
	call = make_call(town)
	location, notice = send("Guest", ASK, call=call, form=f"call:{call}", **wrong)
	assert notice["kind"] == "refused" and notice["typed"]["question"] == wrong["question"]
	assert not frappe.db.exists(ENQUIRY, {"call": call}) and location.startswith(f"/kyodo/calls/{call}?")


def test_what_a_program_fills_in_is_not_stored(town):
	call = make_call(town)
	_location, notice = send("Guest", ASK, call=call, question="安い広告", website="https://example.com")
	assert notice["kind"] == "done" and not frappe.db.exists(ENQUIRY, {"call": call})


def test_questions_are_taken_until_their_day_and_not_without_end(town):
	for closed in ({"enquiries_until": add_days(nowdate(), -1)}, {"no_enquiries": 1}):
		with pytest.raises(EnquiryRefused):
			enquiries.ask(make_call(town, **closed), "質問")
	call = make_call(town, enquiries_until=nowdate())
	enquiries.ask(call, "質問")
	frappe.db.set_value(ENQUIRY, {"call": call}, "needs_no_answer", 1)
	doc = frappe.get_doc(ENQUIRY, {"call": call})
	doc.save()
	assert doc.state == "Needs No Answer"


def test_old_questions_lose_their_names_or_go(town):
	call = make_call(town)
	kept = answered(town, call, "残る質問", "回答", asker_name="山田", email="yamada@example.jp")
	gone = enquiries.ask(call, "消える質問", "佐藤", "sato@example.jp")
	frappe.db.set_value(ENQUIRY, kept, {"question": "山田ですが、残る質問", "public_question": "残る質問"})
	frappe.db.set_value("Kyodo Programme", town.programme, "retention_years", 5)
	enquiries.delete_expired("2032-03-31")
	assert frappe.db.get_value(ENQUIRY, kept, "asker_name") == "山田" and frappe.db.exists(ENQUIRY, gone)
	enquiries.delete_expired("2032-04-01")
	assert frappe.db.get_value(ENQUIRY, kept, ["asker_name", "email", "answer", "question"]) == (None, None, "回答", "残る質問")
	assert enquiries.delete_expired("2032-04-01") == 0, "nothing is left to take out"
	assert not frappe.db.exists(ENQUIRY, gone)
	assert not frappe.db.exists("Deleted Document", {"deleted_name": gone})
