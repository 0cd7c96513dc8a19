"""What is typed into numbers, dates and addresses of our records, whichever way it comes (domain.md §7 "Typing")."""

import datetime
import json

import frappe
import pytest

from kyodo_frappe.common.errors import InvalidDate, InvalidNumber, InvalidValue
from kyodo_frappe.demo.clients import Refused
from kyodo_frappe.permissions import typed_filters
from kyodo_frappe.rules.era import era_date

DAY = datetime.date.today() + datetime.timedelta(days=19)
REIWA = DAY.year - 2018
WAYS = (
	era_date(DAY),
	f"R{REIWA}.{DAY.month}.{DAY.day}",
	f"{REIWA}.{DAY.month}.{DAY.day}",
	f"{DAY.year}／{DAY.month}／{DAY.day}".translate({ord(str(n)): ord("０") + n for n in range(10)}),
)


def refused(act, *args, error: type[Exception], **more) -> str:
	with pytest.raises(Refused) as caught:
		act(*args, **more)
	assert caught.value.exc_type == error.__name__, caught.value
	assert len(caught.value.sentences) == 1, caught.value.sentences
	return caught.value.sentences[0]


def call(town, **values) -> dict:
	return {"doctype": "Kyodo Call", "call_name": "募集", "programme": town.programme, "call_type": "Open", "fiscal_year": 2026, **values}


def test_numbers_and_dates_are_read_as_meant_over_rest(rest_town):
	officer = rest_town.over_rest(rest_town.officer)
	for typed in WAYS:
		stored = officer.insert(call(rest_town, fiscal_year="２０２６", ceiling="１２０，０００", frame="300万円", closes_on=typed))
		assert (stored["fiscal_year"], stored["ceiling"], stored["frame"]) == (2026, 120000, 3000000), stored
		assert stored["closes_on"] == str(DAY), typed
	changed = officer.update("Kyodo Call", stored["name"], {"ceiling": "50千円", "closes_on": "令和 9年 3月 31日"})
	assert (changed["ceiling"], changed["closes_on"]) == (50000, "2027-03-31")
	emptied = officer.update("Kyodo Call", stored["name"], {"closes_on": ""})
	assert emptied.get("closes_on") is None  # later versions of Frappe leave out what is empty


def test_fiscal_years_are_read_as_clerks_write_them(rest_town):
	officer = rest_town.over_rest(rest_town.officer)
	year = datetime.date.today().year
	reiwa = year - 2018
	for typed in (f"令和{reiwa}年度", f"R{reiwa}", f"{reiwa}年度", str(reiwa), reiwa, f"{year}年度"):
		made = officer.insert(call(rest_town, call_name="年度の募集", fiscal_year=typed))
		assert made["fiscal_year"] == year, typed
		found = officer.list("Kyodo Call", filters=json.dumps([["fiscal_year", "=", typed], ["name", "=", made["name"]]]))
		assert [row["name"] for row in found] == [made["name"]], typed
	for typed, named in (("25年度", "2025年度"), ("来年度", "令和8年度"), (25, "2025年度"), ("平成32年度", "平成32年度")):
		said = refused(officer.update, "Kyodo Call", made["name"], {"fiscal_year": typed}, error=InvalidNumber)
		assert str(typed) in said and named in said and "年度" in said
	assert officer.read("Kyodo Call", made["name"])["fiscal_year"] == year


def test_part_of_a_name_is_found_in_every_spelling(rest_town):
	officer = rest_town.over_rest(rest_town.officer)
	given = {"doctype": "Kyodo Organisation", "organisation_name": f"髙﨑まちづくりの会 {rest_town.tag}", "programme": rest_town.programme}
	name = officer.insert({**given, "organisation_kana": "タカサキマチヅクリノカイ"})["name"]
	of_this = ["name", "=", name]
	for typed in ("%髙﨑%", "%高崎%", "%高﨑まちづくり%", "%まちﾂﾞくり%", "%たかさき%"):
		for condition in (["organisation_name", "like", typed], ["Kyodo Organisation", "organisation_name", "like", typed]):
			found = officer.list("Kyodo Organisation", filters=json.dumps([condition, of_this]))
			assert [row["name"] for row in found] == [name], condition
		found = officer.list("Kyodo Organisation", filters=json.dumps({"organisation_name": ["like", typed], "name": name}))
		assert len(found) == 1, typed
		assert not officer.list("Kyodo Organisation", filters=json.dumps([["organisation_name", "not like", typed], of_this]))
	assert not officer.list("Kyodo Organisation", filters=json.dumps([["organisation_name", "like", "%高橋%"], of_this]))
	# what is no part of a name, or says “exactly”, stays as it was asked
	assert not officer.list("Kyodo Organisation", filters=json.dumps([["organisation_name", "=", "高崎まちづくりの会"], of_this]))


def test_rows_are_read_as_meant_over_rest(rest_town):
	representative = rest_town.over_rest(rest_town.representative)
	proposal = rest_town.draft()
	frappe.db.commit()
	rows = [
		{"category": "Travel", "unit_price": "１，２００円", "quantity": "２．５"},
		{"category": "Travel", "unit_price": "1.2万円", "quantity": "1"},
	]
	stored = representative.update("Kyodo Proposal", proposal, {"expenses": rows, "requested_amount": "１万円"})
	assert [(row["unit_price"], row["quantity"], row["amount"]) for row in stored["expenses"]] == [(1200, 2.5, 3000), (12000, 1, 12000)]
	assert (stored["total_expenses"], stored["requested_amount"]) == (15000, 10000)


REFUSED = (
	("Kyodo Organisation", {"member_count": "約30名"}, InvalidNumber, ("構成員数", "約30名", "30 ")),
	("Kyodo Organisation", {"member_count": "3.5"}, InvalidNumber, ("構成員数", "3.5", "整数")),
	("Kyodo Organisation", {"member_count": 3.5}, InvalidNumber, ("構成員数", "3.5", "整数")),
	("Kyodo Organisation", {"established_on": "12.5.1"}, InvalidDate, ("設立年月日", "12.5.1", "平成12年5月1日", "令和12年5月1日")),
	("Kyodo Organisation", {"established_on": "平成32年4月1日"}, InvalidDate, ("設立年月日", "令和2年4月1日")),
	("Kyodo Organisation", {"established_on": "令和8年"}, InvalidDate, ("設立年月日", "令和8年")),
	("Kyodo Organisation", {"established_on": "<b>来週</b>"}, InvalidDate, ("設立年月日", "来週")),
	("Kyodo Proposal", {"requested_amount": "未定"}, InvalidNumber, ("市への要望額", "未定", "120000")),
	("Kyodo Proposal", {"requested_amount": "120.000"}, InvalidNumber, ("市への要望額", "120.000")),
	("Kyodo Proposal", {"expenses": [{"category": "Travel", "unit_price": "約3万円"}]}, InvalidNumber, ("1行目", "約3万円")),
	("Kyodo Proposal", {"expenses": [{"category": "Travel", "unit_price": 0.5}]}, InvalidNumber, ("1行目", "0.5")),
)


def test_what_may_mean_something_else_is_refused_and_nothing_stored(rest_town):
	representative = rest_town.over_rest(rest_town.representative)
	organisation = representative.insert(
		{"doctype": "Kyodo Organisation", "organisation_name": "下書きの会", "programme": rest_town.programme, "member_count": 7}
	)["name"]
	records = {"Kyodo Organisation": organisation, "Kyodo Proposal": rest_town.draft()}
	frappe.db.commit()
	before = {doctype: frappe.db.get_value(doctype, name, "modified") for doctype, name in records.items()}
	for doctype, values, error, words in REFUSED:
		sentence = refused(representative.update, doctype, records[doctype], values, error=error)
		assert all(word in sentence for word in words), (values, sentence)
	frappe.db.rollback()
	assert before == {doctype: frappe.db.get_value(doctype, name, "modified") for doctype, name in records.items()}


def test_record_named_by_its_year_is_read_before_it_is_named(rest_town):
	officer = rest_town.over_rest(rest_town.officer)
	meeting = {"doctype": "Kyodo Meeting", "committee": rest_town.committee, "meeting_type": "Step 1", "meeting_date": "令和10年6月1日"}
	stored = officer.insert({**meeting, "observers": "３"})
	assert (stored["meeting_date"], stored["fiscal_year"], stored["observers"]) == ("2028-06-01", 2028, 3)
	sentence = refused(officer.insert, {**meeting, "meeting_date": "12月18日"}, error=InvalidDate)
	assert "12月18日" in sentence and "年" in sentence


def test_bulk_edit_reads_and_refuses_alike(rest_town):
	officer = rest_town.over_rest(rest_town.officer)
	names = [officer.insert(call(rest_town))["name"] for _each in range(2)]
	edit = {"doctype": "Kyodo Call", "action": "update", "docnames": frappe.as_json(names)}
	method = "frappe.desk.doctype.bulk_update.bulk_update.submit_cancel_or_update_docs"
	officer.call(method, **edit, data=frappe.as_json({"ceiling": "１２０，０００"}))
	officer.call(method, **edit, data=frappe.as_json({"closes_on": "令和8年12月18日"}))
	frappe.db.rollback()
	stored = frappe.get_all("Kyodo Call", {"name": ["in", names]}, ["ceiling", "closes_on"], order_by="name")
	assert [(row.ceiling, str(row.closes_on)) for row in stored] == [(120000, "2026-12-18")] * 2


def test_addresses_in_full_width_are_converted(rest_town):
	representative = rest_town.over_rest(rest_town.representative)
	stored = representative.insert(
		{
			"doctype": "Kyodo Organisation",
			"organisation_name": "全角の会",
			"programme": rest_town.programme,
			"email": "ｉｎｆｏ＠ｅｘａｍｐｌｅ．ｊｐ",
			"phone": "０４６７ー２３－３０００",
			"website": "ｈｔｔｐｓ：／／ｅｘａｍｐｌｅ．ｊｐ",
		}
	)
	assert (stored["email"], stored["phone"], stored["website"]) == ("info@example.jp", "0467-23-3000", "https://example.jp")


def test_budget_vote_is_dated_as_meant(town):
	with pytest.raises(InvalidDate, match="12月18日"):
		town.officer.call("kyodo_frappe.committee.budget_vote.record", proposals=["x"], voted_on="12月18日", passed=1)


def test_money_of_an_older_record_may_keep_its_fraction(town):
	name = town.draft()
	frappe.db.set_value("Kyodo Proposal", name, "requested_amount", 1000.5)
	assert town.representative.update("Kyodo Proposal", name, {"plan": "新しい計画"})["plan"] == "新しい計画"


def test_filters_are_read_as_meant_or_refused(rest_town):
	officer = rest_town.over_rest(rest_town.officer)
	name = officer.insert(call(rest_town, ceiling=120000, closes_on="2027-03-31", fiscal_year=2031))["name"]
	officer.insert(call(rest_town, ceiling=130000, closes_on="2027-04-01", fiscal_year=2031))
	for field, operator, value in (
		("ceiling", "=", "１２０，０００"),
		("ceiling", "<", "12.5万円"),
		("closes_on", "<=", "令和9年3月31日"),
		("closes_on", "between", ["R9.3.1", "令和9年3月31日"]),
	):
		conditions = [["Kyodo Call", "fiscal_year", "=", "２０３１"], ["Kyodo Call", field, operator, value]]
		found = officer.call("frappe.client.get_list", doctype="Kyodo Call", filters=frappe.as_json(conditions))
		assert [row["name"] for row in found] == [name], (field, operator, value)
	asked = {"doctype": "Kyodo Call", "filters": frappe.as_json({"fiscal_year": "２０３１", "ceiling": [">", "十二万"]})}
	assert "十二万" in refused(officer.call, "frappe.client.get_list", **asked, error=InvalidNumber)
	asked["filters"] = frappe.as_json([["closes_on", "=", "12.5.1"]])
	assert "平成12年5月1日" in refused(officer.call, "frappe.client.get_list", **asked, error=InvalidDate)


@pytest.fixture
def allowed():
	"""Later versions of Frappe import only where a DocType says so; a city says so by a Property Setter."""
	values = {"doctype_or_field": "DocType", "doc_type": "Kyodo Organisation", "property": "allow_import", "value": "1"}
	frappe.get_doc({"doctype": "Property Setter", "property_type": "Check", **values}).insert()
	yield
	frappe.db.rollback()
	frappe.clear_cache(doctype="Kyodo Organisation")


def imported(content: str):
	file = frappe.get_doc({"doctype": "File", "file_name": "団体.csv", "content": content.encode(), "is_private": 1}).insert()
	values = {"reference_doctype": "Kyodo Organisation", "import_type": "Insert New Records", "import_file": file.file_url}
	return frappe.get_doc({"doctype": "Data Import", **values}).insert()


HEADINGS = "organisation_name,organisation_type,member_count,established_on\n"


def test_file_that_data_import_would_read_otherwise_is_refused(town, allowed):
	frappe.set_user("Administrator")
	rows = "一の会,Other,約30名,2003-04-01\n二の会,Other,１，２００,平成15年4月1日\n三の会,Other,3,2004-05-01\n"
	with pytest.raises(InvalidValue) as refusal:
		imported(HEADINGS + rows)
	for words in ("約30名", "1200", "１，２００", "平成15年4月1日", "2003-04-01"):
		assert words in str(refusal.value)
	assert "三の会" not in str(refusal.value)


def test_file_that_data_import_reads_as_meant_is_accepted(town, allowed):
	frappe.set_user("Administrator")
	assert imported(HEADINGS + "一の会,Other,30,2003-04-01\n二の会,Other,,\n").name


def test_filters_that_ask_whether_there_is_a_value_are_left_alone():
	meta = frappe.get_meta("Kyodo Proposal")
	for condition in (["is", "not set"], ["is", "set"]):
		assert typed_filters._condition(meta, "confirmed_on", condition) == condition
	assert typed_filters._condition(meta, "confirmed_on", [">", "令和8年4月1日"]) == [">", "2026-04-01 00:00:00"]
