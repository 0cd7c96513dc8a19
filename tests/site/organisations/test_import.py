"""Importing a list of organisations: formats, dry run, reported rows, no duplicates."""

import datetime
import io

import frappe
import openpyxl
import pytest
from import_lists import as_csv, attach, counts, organisation, run

from kyodo_frappe.common.errors import FileNotAccepted, InputMissing
from kyodo_frappe.common.file_types import content_of
from kyodo_frappe.demo.clients import Refused
from kyodo_frappe.organisations import import_list as imports
from kyodo_frappe.organisations.errors import ImportNotChecked, ImportRunning
from kyodo_frappe.organisations.import_known import ORGANISATION
from kyodo_frappe.organisations.import_list import DOCTYPE

HEAD = ["団体名", "フリガナ", "法人番号", "郵便番号", "住所", "電話番号", "活動分野", "設立年月日", "会員数", "有効期限"]
ROWS = [
	["髙﨑①の会〜", "タカサキノカイ", "", "248-0012", "鎌倉市御成町1", "0467-00-0001", "1、13", "平成15年4月1日", "12", ""],
	["特定非営利活動法人 みどり", "ﾐﾄﾞﾘ", "7123456789012", "248-0013", "鎌倉市材木座2", "", "環境", "2003/4/1", "", "2027-03-31"],
	["だめな会", "", "123", "1", "", "不明です", "", "昔", "", ""],
]


def as_excel(rows) -> bytes:
	book = openpyxl.Workbook()
	for row in rows:
		book.active.append(row)
	content = io.BytesIO()
	book.save(content)
	return content.getvalue()


@pytest.mark.parametrize(
	"content, filename",
	[
		(as_csv([HEAD, *ROWS]), "一覧.csv"),
		(as_csv([HEAD, *ROWS], "utf-8"), "一覧.csv"),
		(as_csv([HEAD, *ROWS], "cp932"), "一覧.csv"),
		(as_csv([HEAD, *ROWS], "utf-8", "\t"), "一覧.txt"),
		(as_excel([["団体一覧"], [], HEAD, *ROWS]), "一覧.xlsx"),
	],
	ids=["bom", "utf-8", "cp932", "tabs", "excel"],
)
def test_each_format_is_imported_once(town, begin, content, filename):
	before = frappe.db.count(ORGANISATION)
	name = begin(content, filename)
	checked = run(town, name, dry=True)
	assert (checked.status, counts(checked), checked.total_rows) == ("Checked", (2, 0, 0, 0, 1), 3)
	assert frappe.db.count(ORGANISATION) == before, "a dry run makes nothing"
	done = run(town, name)
	assert (done.status, counts(done)) == ("Import Done", (2, 0, 0, 0, 1))
	# CP932 has one wave dash only, which Windows reads as ～
	doc = organisation("髙﨑①の会～" if content.startswith("団体".encode("cp932")) else "髙﨑①の会〜")
	assert (doc.workflow_state, doc.source, doc.member_count) == ("Draft", "Imported", 12)
	assert [row.activity_field for row in doc.activity_fields] == ["01", "13"]
	assert doc.established_on == datetime.date(2003, 4, 1)
	assert organisation("特定非営利活動法人 みどり").organisation_kana == "ミドリ"
	again = run(town, name)
	assert counts(again) == (0, 0, 2, 0, 1)
	assert frappe.db.count(ORGANISATION) == before + 2
	# the keys are those that the record's own controller would fill, and it can be saved
	keys = doc.search_key, doc.name_key
	doc.save()
	assert (doc.search_key, doc.name_key) == keys


def test_reported_rows_can_be_corrected_and_imported(town, begin):
	doc = run(town, begin(as_csv([HEAD, *ROWS])), dry=True)
	assert doc.problems.startswith("4行目 だめな会：")
	for word in ("法人番号「123」", "郵便番号「1」", "電話番号", "設立年月日「昔」"):
		assert word in doc.problems, doc.problems
	assert "団体名" in doc.recognised
	file = frappe.get_doc("File", {"file_url": doc.problem_file})
	assert (file.is_private, file.attached_to_name) == (1, doc.name)
	book = openpyxl.load_workbook(io.BytesIO(content_of(file)))
	sheet = [[cell or "" for cell in row] for row in book.active.iter_rows(values_only=True)]
	assert sheet[0][2:] == HEAD and sheet[1][0] == 4 and sheet[1][2] == "だめな会"
	sheet[1][4:7] = ["", "248-0014", "鎌倉市"]
	sheet[1][7], sheet[1][9] = "", "2003-04-01"
	mended = run(town, begin(as_excel(sheet), "直し.xlsx"))
	assert counts(mended) == (1, 0, 0, 0, 0), mended.problems


def test_registered_organisations_and_their_terms(town, begin):
	doc = run(town, begin(as_csv([HEAD, *ROWS]), standing="Registered Already", valid_until="2028-03-31"))
	assert doc.new_count == 2
	first, second = organisation("髙﨑①の会〜"), organisation("特定非営利活動法人 みどり")
	assert (first.workflow_state, str(first.valid_until)) == ("Registered", "2028-03-31")
	assert str(second.valid_until) == "2027-03-31" and second.registered_on
	with pytest.raises(InputMissing):
		begin(as_csv([HEAD, *ROWS]), standing="Registered Already")


def test_what_a_list_may_change(town, begin):
	run(town, begin(as_csv([HEAD, *ROWS[:2]])))
	changed = [["髙﨑①の会〜", "", "", "248-0012", "鎌倉市御成町99", "", "3", "", "20", ""]]
	assert counts(run(town, begin(as_csv([HEAD, *changed])))) == (0, 1, 0, 0, 0)
	doc = organisation("髙﨑①の会〜")
	assert (doc.address, doc.member_count, doc.phone) == ("鎌倉市御成町99", 20, "0467-00-0001"), "blank cells empty nothing"
	assert [row.activity_field for row in doc.activity_fields] == ["03"]
	assert frappe.db.exists("Version", {"ref_doctype": ORGANISATION, "docname": doc.name, "data": ["like", "%御成町99%"]})
	# as soon as people belong to it, only what is empty is filled
	doc.append("members", {"user": town.editor.user, "member_role": "Representative"})
	doc.website = None
	doc.save()
	changed = [["団体名", "代表者", "住所", "郵便番号"], ["髙﨑①の会〜", "代表 花子", "よそ", "248-0012"]]
	assert counts(run(town, begin(as_csv(changed)))) == (0, 1, 0, 0, 0)
	doc.reload()
	assert (doc.address, doc.representative) == ("鎌倉市御成町99", "代表 花子")
	# who has withdrawn stays as is
	frappe.db.set_value(ORGANISATION, doc.name, {"workflow_state": "Withdrawn", "representative": None})
	assert counts(run(town, begin(as_csv(changed)))) == (0, 0, 1, 0, 0)


def test_rows_match_by_number_or_by_name_and_place(town, begin):
	run(town, begin(as_csv([HEAD, *ROWS[:2]])))
	rows = [
		["みどり", "", "7123456789012", "", "", "", "", "", "", ""],  # by number, whatever the name
		["（任意団体）髙﨑①の会〜", "", "", "〒２４８００１２", "", "", "", "", "", ""],  # by name and postal code
		["髙﨑①の会〜", "", "", "9000001", "那覇市", "", "", "", "", ""],  # elsewhere: another, and reported
		["新しい会", "", "", "248-0001", "", "", "", "", "", ""],
		["新しい会", "", "", "248-0001", "", "", "", "", "", ""],  # twice in the list
	]
	doc = run(town, begin(as_csv([HEAD, *rows])))
	assert doc.new_count == 2 and doc.duplicate_count == 2, doc.problems
	assert "6行目 新しい会：5行目の団体と同じです。" in doc.problems and "4行目 髙﨑①の会〜：" in doc.problems
	assert frappe.db.count(ORGANISATION, {"organisation_name": "新しい会"}) == 1
	again = run(town, begin(as_csv([HEAD, *rows])))
	assert again.new_count == 0, again.problems


def test_name_without_a_place_matches_the_only_organisation_or_is_reported(town, begin):
	only = as_csv([["団体名"], ["名前だけの会"]])
	assert run(town, begin(only)).new_count == 1
	assert counts(run(town, begin(only))) == (0, 0, 1, 0, 0)
	frappe.get_doc({"doctype": ORGANISATION, "organisation_name": "名前だけの会", "address": "よそ"}).insert()
	doc = run(town, begin(only))
	assert (doc.new_count, doc.error_count) == (0, 1), doc.problems


@pytest.mark.parametrize(
	"content, filename, word",
	[
		(as_csv([["番号", "住所"], ["1", "鎌倉"]]), "一覧.csv", "団体名"),
		(as_csv([HEAD]), "一覧.csv", "見出しの下"),
		("団体名\nみどり".encode("euc_jp") + b"\xff\xff", "一覧.csv", "文字"),
	],
	ids=["headings", "empty", "encoding"],
)
def test_unreadable_list_breaks_off_with_a_sentence(town, begin, monkeypatch, content, filename, word):
	monkeypatch.setattr("kyodo_frappe.common.file_types.content_matches", lambda *args: True)
	doc = run(town, begin(content, filename), dry=True)
	assert doc.status == "Broken Off" and word in doc.message, doc.message


def test_old_excel_is_refused_on_attaching(town, begin):
	with pytest.raises(FileNotAccepted, match="xlsx"):
		begin(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "一覧.xls")


def test_interrupted_run_can_be_repeated(town, begin, monkeypatch):
	rows = [[f"途中の会{number}", "", "", "248-0012", f"町{number}", "", "", "", "", ""] for number in range(10)]
	monkeypatch.setattr(imports, "BATCH", 4)
	name = begin(as_csv([HEAD, *rows]))
	assert run(town, name, dry=True).new_count == 10
	insert, calls = imports.Run._insert, []

	def break_off(self, batch):
		calls.append(batch)
		if len(calls) == 3:
			raise RuntimeError("killed")
		insert(self, batch)

	monkeypatch.setattr(imports.Run, "_insert", break_off)
	with town.officer:
		imports.import_list(name)
		imports.run(name, dry=False)
	broken = frappe.get_doc(DOCTYPE, name)
	assert (broken.status, broken.done_rows) == ("Broken Off", 8) and "中断" in broken.message
	monkeypatch.setattr(imports.Run, "_insert", insert)
	with town.officer:
		imports.import_list(name)
		imports.run(name, dry=False)
	assert counts(frappe.get_doc(DOCTYPE, name)) == (2, 0, 8, 0, 0)


def test_import_is_refused_while_running_or_unchecked(town, begin, monkeypatch):
	first, second = begin(as_csv([HEAD, *ROWS])), begin(as_csv([HEAD, *ROWS[:1]]))
	with town.officer:
		with pytest.raises(ImportNotChecked):
			imports.import_list(first)
		imports.check_list(first)
		monkeypatch.setattr(imports, "is_job_enqueued", lambda job: job == imports.job_of(first))
		for name in (first, second):
			with pytest.raises(ImportRunning, match=first):
				imports.check_list(name)
		# its worker was killed: it can begin again
		monkeypatch.setattr(imports, "is_job_enqueued", lambda job: False)
		imports.check_list(first)
		imports.run(first, dry=True)
		# another list in place of the one that was checked
		doc = frappe.get_doc(DOCTYPE, first)
		attach(doc, as_csv([HEAD, ROWS[0]]), "別.csv")
		with pytest.raises(ImportNotChecked):
			imports.import_list(first)


def test_who_may_import(rest_town):
	town = rest_town
	name = town.officer.insert({"doctype": DOCTYPE, "programme": town.programme})["name"]
	frappe.db.commit()
	for client in (town.outsider, town.representative, town.section_officer, town.support, town.guest):
		rest = town.over_rest(client) if client is not town.guest else client
		for method in ("check_list", "import_list"):
			with pytest.raises((Refused, frappe.PermissionError)):
				rest.call(f"kyodo_frappe.organisations.import_list.{method}", name=name)
	officer = town.over_rest(town.officer)
	with pytest.raises(Refused, match="添付"):
		officer.call("kyodo_frappe.organisations.import_list.check_list", name=name)
	frappe.delete_doc(DOCTYPE, name)
	frappe.db.commit()
