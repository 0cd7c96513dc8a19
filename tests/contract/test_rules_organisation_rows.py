"""Columns and rows of real lists of organisations."""

import datetime

import pytest

from kyodo_frappe.rules import organisation_cells, organisation_columns
from kyodo_frappe.rules import organisation_rows as rows

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
		("corporate_number", "7.12346E+12", "BadCorporateNumber"),
		("postal_code", "248-001", "BadPostalCode"),
		("phone", "事務局まで", "BadPhone"),
		("email", "a＠b", "BadEmail"),
		("website", "準備中", "BadWebsite"),
		("website", "javascript:alert(1)", "BadWebsite"),
		("member_count", "たくさん", "BadNumber"),
		("representative", "<script>", "HasTags"),
		("representative", "あ" * 141, "TooLong"),
		("dissolved", "2020-03-31 解散", "Dissolved"),
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
		("phone", "0467-23-3000 / 090-1234-5678", "0467-23-3000, 090-1234-5678"),
		("member_count", "1,234人", 1234),
		("member_count", 12.0, 12),
		("email", "－", None),
		("website", "なし", None),
		("representative", "葛󠄀城 〜①", "葛󠄀城 〜①"),
	],
)
def test_values_are_cleaned_as_written(field, value, clean_value):
	assert only(field, value) == (clean_value, [])


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
