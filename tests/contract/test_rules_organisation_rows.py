"""Columns and rows of real lists of organisations."""

import datetime

import pytest

from kyodo_frappe.rules import organisation_cells, organisation_columns
from kyodo_frappe.rules import organisation_rows as rows
from kyodo_frappe.rules.errors import RuleError

NATIONAL = (
	"法人名称 法人名称カナ 所轄庁 権限移譲先市町村 主たる事務所の所在地 主たる事業所の郵便番号 従たる事務所の所在地 代表者氏名 団体代表者名（フリガナ） "
	"法人設立認証年月日 設立年月日 定款に記載された目的 "
	+ " ".join(f"活動分野{chr(0xFF10 + n) if n < 10 else chr(0xFF10 + n // 10) + chr(0xFF10 + n % 10)}" for n in range(1, 21))
	+ " "
	+ " ".join(f"認定（認定・特例認定{n}）" for n in "１２３４")
	+ " 認定（PST基準１） 認定（PST基準２） 認定（PST基準３） 認定（PST基準　条例指定（都道府県及び市区町村名）） 認定（認定開始日） 認定（認定満了日） "
	"認定（認定取消日） 認定（特例認定年月日） 認定（特例認定満了日） 認定（特例認定取消日） 監督情報 解散情報 法人情報URL 法人番号 条例個別指定フラグ "
	"特定非営利活動に係る事業 その他の事業 事業年度開始日 事業年度終了日 条例個別指定：有効期間(開始日) 条例個別指定：有効期間(満了日) "
	"条例個別指定：有効期限（更新申請日) 条例個別指定：有効期限（更新日) 条例個別指定：有効期限（条例個別指定：取消日)"
).split(" ")
CITY = [
	"No.",
	"団体名",
	"ふりがな",
	"代表者",
	"フリガナ",
	"〒",
	"住所",
	"電話番号",
	"メールアドレス",
	"ホームページ",
	"活動分野",
	"設立年月日",
	"会員数",
	"有効期限",
]


def clean(headings, values):
	return rows.clean_row(values, organisation_columns.detect_layout([headings]))


def only(field, value):
	record, problems = clean(["団体名", organisation_columns.HEADINGS[field].split()[0]], ["会", value])
	return record.get(field), [type(problem).__name__ for problem in problems]


def test_columns_of_the_national_portal_are_recognised():
	layout = organisation_columns.detect_layout([NATIONAL])
	assert len(NATIONAL) == 60 and layout.national
	assert len(layout.activities) == 20 and layout.activities[12] == "01" and layout.activities[31] == "20"
	assert set(layout.columns.values()) == {
		*("organisation_name", "organisation_kana", "authority", "address", "postal_code", "representative"),
		*("established_on", "purpose", "corporate_number", "dissolved"),
	}
	assert (
		layout.columns[7] == "representative"
		and "団体代表者名(フリガナ)" in [organisation_columns.heading_key(word) for word in layout.ignored]
	) or "団体代表者名（フリガナ）" in layout.ignored


def test_columns_are_recognised_in_any_order():
	turned = ["備考", *reversed(NATIONAL[:12])]
	layout = organisation_columns.detect_layout([turned])
	assert {turned[place] for place in layout.columns} >= {"法人名称", "法人名称カナ", "所轄庁", "定款に記載された目的"}
	assert "備考" in layout.ignored


def test_headings_below_a_title_are_found():
	layout = organisation_columns.detect_layout([["令和8年度　市民活動団体 名称一覧"], [], ["（令和8年4月1日現在）"], CITY, ["1", "会"]])
	assert layout.header == 3
	assert layout.columns[1] == "organisation_name" and layout.columns[2] == "organisation_kana"
	assert 4 not in layout.columns, "the フリガナ of the representative is not the organisation's"


def test_list_without_a_name_column_is_refused():
	with pytest.raises(organisation_columns.NoNameColumn):
		organisation_columns.detect_layout([["番号", "住所"], ["1", "鎌倉市"]])


@pytest.mark.parametrize(
	"heading, field",
	[
		("団体名（フリガナ）", "organisation_kana"),
		("設立年月日（西暦）", "established_on"),
		("※所在地", "address"),
		("E-mail", "email"),
		("ＴＥＬ", "phone"),
		("電 話 番 号", "phone"),
		("登録番号", None),
		("従たる事務所の所在地", None),
		("認定（認定満了日）", None),
	],
)
def test_everyday_headings_are_recognised(heading, field):
	layout = organisation_columns.detect_layout([["団体名", heading]])
	assert layout.columns.get(1) == field


def test_row_of_a_city_becomes_a_record():
	record, problems = clean(
		CITY,
		[
			*(1, " みんなの　食卓の会 ", "みんなのしょくたくのかい", "髙﨑 一郎", "タカサキ", 2480012, "鎌倉市御成町18-10\n２階"),
			*(
				"０４６７－２３－３０００",
				"a@example.org、b@example.org",
				"www.example.org/",
				"1、13 まちづくり",
				"平成15年4月1日",
				"約50名",
				"令和9年3月31日",
			),
		],
	)
	assert not problems
	assert record == {
		"organisation_name": "みんなの 食卓の会",
		"organisation_kana": "ミンナノショクタクノカイ",
		"representative": "髙﨑 一郎",
		"postal_code": "248-0012",
		"address": "鎌倉市御成町18-10\n２階",
		"phone": "0467-23-3000",
		"email": "a@example.org, b@example.org",
		"website": "http://www.example.org/",
		"activity_fields": ["01", "03", "13"],
		"established_on": datetime.date(2003, 4, 1),
		"member_count": 50,
		"valid_until": datetime.date(2027, 3, 31),
		"organisation_type": "Voluntary Group",
	}


@pytest.mark.parametrize(
	"value, day",
	[
		(datetime.datetime(2003, 4, 1), "2003-04-01"),
		(37712, "2003-04-01"),
		("2003/4/1", "2003-04-01"),
		("2003.04.01", "2003-04-01"),
		("20030401", "2003-04-01"),
		("2003-04-01 00:00:00", "2003-04-01"),
		("２００３年４月１日", "2003-04-01"),
		("H15.4.1", "2003-04-01"),
		("令和元年5月1日", "2019-05-01"),
		("平成15年", "2003-01-01"),
		("45748", "2025-04-01"),
		("2003年", "2003-01-01"),
	],
)
def test_dates_are_read_as_written(value, day):
	assert str(only("established_on", value)[0]) == day


@pytest.mark.parametrize(
	"field, value, problem",
	[
		("established_on", "平成31年5月1日", "BadDate"),
		("established_on", "2003-02-30", "BadDate"),
		("established_on", "昔", "BadDate"),
		("corporate_number", "7123456789013", "BadCorporateNumber"),
		("corporate_number", "7.12346E+12", "LostDigits"),
		("postal_code", "248-001", "BadPostalCode"),
		("phone", "事務局まで", "BadPhone"),
		("email", "a＠b", "BadEmail"),
		("website", "準備中", "BadWebsite"),
		("website", "javascript:alert(1)", "BadWebsite"),
		("member_count", "たくさん", "BadNumber"),
		("representative", "<script>", "HasTags"),
		("representative", "あ" * 141, "TooLong"),
		("dissolved", "2020-03-31 解散", "Dissolved"),
		("phone", "9.01E+10", "LostDigits"),
		("phone", "0467-23-3000 / 090-1234-5678", "TooLong"),
		("postal_code", "1.0E+06", "LostDigits"),
		("member_count", "１．２Ｅ＋０３", "LostDigits"),
		("member_count", "1,23", "BadNumber"),
		("member_count", "30～40名", "BadNumber"),
		("established_on", "平成12年頃", "BadDate"),
		("address", "〃", "DittoMark"),
		("representative", "同上", "DittoMark"),
		("website", "#REF!", "FormulaError"),
		("phone", "#####", "FormulaError"),
		("representative", "03-1234-5678", "ShiftedValue"),
		("representative", "248-0012", "ShiftedValue"),
		("address", "a@example.org", "ShiftedValue"),
		("address", "０４６７（２３）３０００", "ShiftedValue"),
	],
)
def test_unreadable_values_are_reported(field, value, problem):
	assert only(field, value) == (None, [problem])


@pytest.mark.parametrize(
	"field, value, clean_value",
	[
		("corporate_number", 7123456789012.0, "7123456789012"),
		("corporate_number", "７１２３４５６７８９０１２", "7123456789012"),
		("postal_code", "600001", "060-0001"),
		("postal_code", "〒248-0012", "248-0012"),
		("phone", 467233000, "0467233000"),
		("phone", "23-3000 / 24-3000", "23-3000, 24-3000"),
		("member_count", "1,234人", 1234),
		("member_count", 12.0, 12),
		("member_count", "15名（うち市内10名）", 15),
		("address", "1-2-3", "1-2-3"),
		("address", "御成町18-10", "御成町18-10"),
		("email", "－", None),
		("website", "なし", None),
		("representative", "葛󠄀城 〜①", "葛󠄀城 〜①"),
	],
)
def test_values_are_cleaned_as_written(field, value, clean_value):
	assert only(field, value) == (clean_value, [])


@pytest.mark.parametrize(
	"upper, lower, columns",
	[
		(
			["No.", "団体名", "代表者", "連絡先", None, None, "設立年月日"],
			[None, None, None, "郵便番号", "住所", "電話番号", None],
			{1: "organisation_name", 2: "representative", 3: "postal_code", 4: "address", 5: "phone", 6: "established_on"},
		),
		(
			["団体", "", "代表者", "", "", "事務所", ""],
			["名称", "フリガナ", "氏名", "フリガナ", "住所", "所在地", "TEL"],
			{0: "organisation_name", 1: "organisation_kana", 2: "representative", 5: "address", 6: "phone"},
		),
		(
			["団体名", "会員数", "", "", "住所", "活動分野", "", ""],
			["（正式名称）", "男", "女", "計", "※番地まで", "１", "２", "１３"],
			{0: "organisation_name", 3: "member_count", 4: "address"},
		),
	],
)
def test_two_rows_of_headings_are_read_together(upper, lower, columns):
	layout = organisation_columns.detect_layout([["名簿"], [], upper, lower, ["1", "会", "山田", "248-0012", "鎌倉", "03-1234-5678"]])
	assert (layout.first, layout.header, layout.columns) == (2, 3, columns)
	again = organisation_columns.detect_layout([layout.headings])
	assert again.columns == columns and again.activities == layout.activities, "each heading says by itself what it is"


def test_cells_merged_with_the_row_above_are_headings_once():
	upper, lower = ["団体名", "代表者", None, "所在地"], ["団体名", "氏名", "住所", "所在地"]
	layout = organisation_columns.detect_layout([upper, lower, ["会", "山田", "自宅", "鎌倉市"]])
	assert (layout.header, layout.columns) == (1, {0: "organisation_name", 1: "representative", 3: "address"})
	assert layout.ignored == ("代表者 住所",), "the home of a person is not the place of the organisation"


def test_first_organisation_is_no_second_row_of_headings():
	layout = organisation_columns.detect_layout([["団体名", "分野", "連絡先"], ["住所を守る会", "環境", "メール"], ["会", "", "電話"]])
	assert layout.header == 0


@pytest.mark.parametrize(
	"row, reason",
	[
		([None, "合計", "6団体"], "TotalRow"),
		(["計", "", "", "120"], "TotalRow"),
		([None, "合　計（１２団体）", None, 120], "TotalRow"),
		([None, "６ 団体"], "TotalRow"),
		([None, "※下線は新規登録団体"], "NoteRow"),
		(["（注）会員数は4月1日現在"], "NoteRow"),
		(["", "", "", "", "令和8年4月1日現在"], "NoteRow"),
		([None, "【環境】"], "SectionRow"),
		([None, "福祉分野"], "SectionRow"),
		(["番号", "団体名", "代表者", "住所", "会員数"], "HeadingRow"),
		(["例", "みどりの会", "山田 太郎", "鎌倉市", 10], "SampleRow"),
		([1, "合計を考える会", "山田", "鎌倉市", 10], None),
		([1, "【みどり】の会", "山田", "鎌倉市", 10], None),
		([1, "※印の会", "山田", "鎌倉市", 10], None),
		(["", "名前だけの会"], None),
		([7, "", "山田", "鎌倉市"], None),
	],
)
def test_rows_that_are_no_organisation_are_told_apart(row, reason):
	layout = organisation_columns.detect_layout([["No.", "団体名", "代表者", "住所", "会員数"]])
	found = None
	try:
		rows.check_is_organisation(row, layout)
	except RuleError as refusal:
		found = type(refusal).__name__
	assert found == reason


def test_cell_beyond_the_headings_is_reported():
	headings = ["団体名", "代表者", "住所"]
	record, problems = clean(headings, ["検証三丁", "市川の会", "山田 太郎", "検証市9"])
	assert [type(problem).__name__ for problem in problems] == ["ExtraCell"] and problems[0].args_ == ("検証市9",)
	assert not clean(headings, ["会", "山田", "検証市9", "", None])[1]


def test_missing_name_is_reported_first():
	assert [type(p).__name__ for p in clean(["団体名", "郵便番号"], ["", "1"])[1]] == ["NameMissing", "BadPostalCode"]


def test_short_and_empty_rows_are_handled():
	assert clean(CITY, [1, "会"])[0]["organisation_name"] == "会"
	assert rows.is_empty([None, "", " 　"]) and not rows.is_empty([None, 0])


@pytest.mark.parametrize(
	"name, said, kind",
	[
		("特定非営利活動法人さくら", "", "NPO Corporation"),
		("さくら", "ＮＰＯ法人", "NPO Corporation"),
		("さくら町内会", "自治会・町内会", "Neighbourhood Association"),
		("一般社団法人さくら", "", "General Corporation"),
		("さくら", "その他", "Other"),
		("さくら自治会", "", "Voluntary Group"),
	],
)
def test_kind_of_organisation_is_recognised(name, said, kind):
	assert clean(["団体名", "種別"], [name, said])[0]["organisation_type"] == kind


def test_marks_in_twenty_activity_columns_become_codes():
	values = [""] * 60
	values[0], values[12], values[20], values[31] = "会", "保健、医療又は福祉の増進を図る活動", "○", "1"
	assert clean(NATIONAL, values)[0]["activity_fields"] == ["01", "09", "20"]


def test_refusals_are_among_the_strings_to_translate():
	from rule_sentences import messages

	assert organisation_cells.BadDate.source in messages()
