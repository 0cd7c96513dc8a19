"""Downloads of what is published, as CSV and JSON.

Columns begin with the common ones of 自治体標準オープンデータセット; the names of columns are part of that
standard, so they are Japanese whatever the reader's language.
"""

import csv
import io
import json

import frappe
from frappe import _
from frappe.utils import get_url, nowdate

from kyodo_frappe.portal.words import clock
from kyodo_frappe.rules.textkeys import safe_cell
from kyodo_frappe.services import learning_publication, publication, vocabulary
from kyodo_frappe.services.speech import RECORD_LANGUAGE

MOST = 20000
KINDS = ("proposals", "projects", "organisations", "meetings", "events")
FIRST = ("全国地方公共団体コード", "ID", "名称", "名称_カナ", "法人番号")
COLUMNS = {
	"proposals": (
		*FIRST,
		*("団体名", "年度", "状態", "概要", "やさしい日本語の概要", "予算措置", "受付日", "決定日", "再提案元ID", "URL"),
	),
	"projects": (
		*FIRST,
		*("団体名", "担当課", "年度", "開始日", "終了日", "形態", "状態", "概要", "やさしい日本語の概要", "モデル事業", "URL"),
	),
	"organisations": (
		*FIRST,
		*("種別", "代表者名", "郵便番号", "住所", "電話番号", "メールアドレス", "URL", "活動分野", "活動内容", "設立年月日"),
		*("登録日", "有効期限"),
	),
	"meetings": (
		*FIRST,
		*("会議体", "種別", "年度", "開催日", "開始時間", "終了時間", "場所名称", "公開", "書面審議", "傍聴者数", "状態", "URL"),
	),
	# the columns of the standard's イベント一覧; what no event here has stays empty
	"events": (
		*("全国地方公共団体コード", "ID", "地方公共団体名", "イベント名", "イベント名_カナ", "イベント名_英語", "開始日", "終了日", "開始時間"),
		*("終了時間", "開始日時特記事項", "説明", "料金(基本)", "料金(詳細)", "連絡先名称", "連絡先電話番号", "連絡先内線番号", "主催者"),
		*("場所名称", "住所", "方書", "緯度", "経度", "アクセス方法", "駐車場情報", "定員", "参加申込終了日", "参加申込終了時間"),
		*("参加申込方法", "URL", "備考"),
	),
}


def rows(kind: str) -> list[dict]:
	"""Every published record of a kind, with all columns of that kind, in Japanese. KeyError for another kind."""
	columns = COLUMNS[kind]
	asked_in = frappe.local.lang
	frappe.local.lang = "ja"
	try:
		programme = publication.programme() or {}
		code = {"全国地方公共団体コード": programme.get("municipality_code")}
		found = [{**code, **row} for row in _ROWS[kind]()]
	finally:
		frappe.local.lang = asked_in
	return [{column: _plain(row.get(column)) for column in columns} for row in found]


def as_csv(kind: str) -> bytes:
	"""UTF-8 with BOM, line ends as RFC 4180; no cell that a spreadsheet would run."""
	text = io.StringIO()
	writer = csv.DictWriter(text, COLUMNS[kind], lineterminator="\r\n")
	writer.writeheader()
	for row in rows(kind):
		writer.writerow({column: safe_cell(value) for column, value in row.items()})
	return text.getvalue().encode("utf-8-sig")


def as_json(kind: str) -> bytes:
	content = {"kind": kind, "made_on": nowdate(), "license": "CC BY 4.0", "rows": rows(kind)}
	return json.dumps(content, ensure_ascii=False, indent=1).encode()


def _plain(value):
	return "" if value is None else value if isinstance(value, str | int | float) else str(value)


def _numbers(names: list[str]) -> dict[str, str]:
	"""{organisation: corporate number} of the organisations that are shown."""
	wanted = sorted({name for name in names if name})
	if not wanted:
		return {}
	return dict(
		frappe.get_all(
			"Kyodo Organisation",
			{"name": ["in", wanted], "publish_profile": 1},
			["name", "corporate_number"],
			as_list=True,
			order_by="name",
		)
	)


def _proposals():
	found, _count = publication.proposals(limit=MOST)
	numbers = _numbers([row.organisation for row in found])
	published = {row.name for row in found}
	for row in found:
		yield {
			"ID": row.name,
			"名称": row.title,
			"法人番号": numbers.get(row.organisation),
			"団体名": row.organisation_name,
			"年度": row.fiscal_year,
			"状態": _(row.workflow_state, lang=RECORD_LANGUAGE),
			"概要": row.public_summary,
			"やさしい日本語の概要": row.plain_summary,
			"予算措置": "要" if row.needs_budget else "不要",
			"受付日": row.received_on and str(row.received_on)[:10],
			"決定日": row.decided_on,
			"再提案元ID": row.previous_proposal if row.previous_proposal in published else None,
			"URL": get_url(f"/kyodo/proposals/{row.name}"),
		}


def _projects():
	found, _count = publication.projects(limit=MOST)
	numbers = _numbers([row.organisation for row in found])
	for row in found:
		yield {
			"ID": row.name,
			"名称": row.project_name,
			"法人番号": numbers.get(row.organisation),
			"団体名": row.organisation_name,
			"担当課": row.section,
			"年度": row.fiscal_year,
			"開始日": row.from_date,
			"終了日": row.to_date,
			"形態": row.form,
			"状態": _(row.workflow_state, lang=RECORD_LANGUAGE),
			"概要": row.public_summary,
			"やさしい日本語の概要": row.plain_summary,
			"モデル事業": int(row.is_model_project or 0),
			"URL": get_url(f"/kyodo/projects/{row.name}"),
		}


def _organisations():
	found, _count = publication.organisations(limit=MOST)
	for row in found:
		yield {
			"ID": row.name,
			"名称": row.organisation_name,
			"名称_カナ": row.organisation_kana,
			"法人番号": row.corporate_number,
			"種別": vocabulary.word(vocabulary.ORGANISATION_TYPE, row.organisation_type, RECORD_LANGUAGE),
			"代表者名": row.representative,
			"郵便番号": row.postal_code,
			"住所": row.address,
			"電話番号": row.phone,
			"メールアドレス": row.email,
			"URL": row.website,
			"活動分野": "、".join(row.activity_fields),
			"活動内容": row.purpose,
			"設立年月日": row.established_on,
			"登録日": row.registered_on,
			"有効期限": row.valid_until,
		}


def _meetings():
	found, _count = publication.meetings(limit=MOST)
	for row in found:
		yield {
			"ID": row.name,
			"名称": f"{row.committee} {vocabulary.word(vocabulary.MEETING_TYPE, row.meeting_type, RECORD_LANGUAGE)}".strip(),
			"会議体": row.committee,
			"種別": vocabulary.word(vocabulary.MEETING_TYPE, row.meeting_type, RECORD_LANGUAGE),
			"年度": row.fiscal_year,
			"開催日": row.meeting_date,
			"開始時間": clock(row.begins_at),
			"終了時間": clock(row.ends_at),
			"場所名称": row.place,
			"公開": int(row.open_to_public or 0),
			"書面審議": int(row.document_review or 0),
			"傍聴者数": row.observers,
			"状態": _(row.workflow_state, lang=RECORD_LANGUAGE),
			"URL": get_url(f"/kyodo/meetings/{row.name}"),
		}


def _events():
	found, _count = learning_publication.events(limit=MOST)
	city = (publication.programme() or {}).get("municipality_name")
	for row in found:
		yield {
			"ID": row.name,
			"地方公共団体名": city,
			"イベント名": row.event_name,
			"開始日": row.held_on,
			"終了日": row.held_on,
			"開始時間": row.begins_at,
			"終了時間": row.ends_at,
			"説明": row.description,
			"連絡先名称": row.contact,
			"主催者": "市民活動支援センター" if row.organiser == "Support Centre" else row.section or city,
			"場所名称": row.place,
			"定員": row.capacity or None,
			"参加申込終了日": row.registration_until,
			"参加申込方法": "次のURLから申込み" if row.needs_registration else "申込み不要",
			"URL": get_url(f"/kyodo/events/{row.name}"),
			"備考": "　".join(filter(None, [_(row.event_kind, lang=RECORD_LANGUAGE), _(row.state, lang=RECORD_LANGUAGE)])),
		}


_ROWS = {
	"events": _events,
	"proposals": _proposals,
	"projects": _projects,
	"organisations": _organisations,
	"meetings": _meetings,
}
