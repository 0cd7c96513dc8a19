"""Conflicts of interest and four eyes: domain.md §4, §6; design.md §3."""

from kyodo_frappe.rules.conflicts import REASONS, Reason, conflicts

ITEM = {
	"name": "PROP-1",
	"organisations": ["緑の会", "川の会"],
	"section": "環境課",
	"written_by": ["writer@example.jp"],
	"members": ["midori@example.jp", "kawa@example.jp"],
}
NEUTRAL = {"user": "neutral@example.jp", "organisations": ["山の会"], "sections": ["財政課"], "relations": ["海の会"]}


def codes(member, item=ITEM):
	return [reason.code for reason in conflicts(member, item)]


def test_neutral_member_has_no_conflicts():
	assert conflicts(NEUTRAL, ITEM) == []


def test_each_reason_is_found_by_itself():
	assert conflicts({**NEUTRAL, "organisations": ["川の会"]}, ITEM) == [Reason("member_of_organisation", "川の会")]
	assert conflicts({**NEUTRAL, "user": "kawa@example.jp"}, ITEM) == [Reason("member_of_organisation", "緑の会, 川の会")]
	assert conflicts({**NEUTRAL, "user": "writer@example.jp"}, ITEM) == [Reason("wrote_it", "writer@example.jp")]
	assert conflicts({**NEUTRAL, "sections": ["財政課", "環境課"]}, ITEM) == [Reason("own_section", "環境課")]
	for subject in ("緑の会", "writer@example.jp", "kawa@example.jp", "環境課", "PROP-1"):
		assert conflicts({**NEUTRAL, "relations": [subject]}, ITEM) == [Reason("declared", subject)]


def test_all_reasons_are_listed_in_order_without_repetition():
	member = {
		"user": "writer@example.jp",
		"organisations": ["川の会", "緑の会", "川の会"],
		"sections": ["環境課"],
		"relations": ["緑の会", "緑の会"],
	}
	assert codes(member) == ["member_of_organisation", "member_of_organisation", "wrote_it", "own_section", "declared"]
	found = dict.fromkeys(codes(member))
	assert [code for code in REASONS if code in found] == list(found)
	assert [reason.subject for reason in conflicts(member, ITEM)[:2]] == ["緑の会", "川の会"]


def test_membership_found_by_organisation_and_user_is_one_reason():
	assert conflicts({"user": "kawa@example.jp", "organisations": ["川の会"]}, ITEM) == [Reason("member_of_organisation", "川の会")]


def test_case_and_width_are_ignored():
	assert codes({"user": " Writer@Example.JP "}) == ["wrote_it"]
	assert codes({"user": "x", "organisations": ["ＮＰＯ緑"]}, {"organisations": ["NPO緑"]}) == ["member_of_organisation"]


def test_similar_names_do_not_match():
	assert conflicts({"user": "riter@example.jp", "organisations": ["緑"], "sections": ["環境"], "relations": ["の会"]}, ITEM) == []


def test_missing_data_yield_no_conflicts():
	for empty in (None, "", []):
		assert conflicts({"user": empty, "organisations": empty, "sections": empty, "relations": empty}, ITEM) == []
		assert conflicts(NEUTRAL, {"organisations": empty, "section": empty, "written_by": empty, "members": empty}) == []
	# no user must not match no author
	assert conflicts({"user": None}, {"written_by": [None, ""], "members": [None]}) == []


def test_every_reason_has_a_sentence():
	for reason in conflicts(
		{"user": "writer@example.jp", "organisations": ["緑の会"], "sections": ["環境課"], "relations": ["PROP-1"]}, ITEM
	):
		said = reason.source.format(reason.subject)
		assert "{" not in said and (reason.subject in said or reason.code == "wrote_it")


def test_name_of_a_representative_matches_regardless_of_spaces():
	item = {**ITEM, "representatives": ["山田　太郎", "佐藤花子"]}
	assert conflicts({**NEUTRAL, "name": "山田太郎"}, item) == [Reason("same_name", "山田　太郎")]
	assert conflicts({**NEUTRAL, "name": "佐藤 花子"}, item) == [Reason("same_name", "佐藤花子")]
	assert conflicts({**NEUTRAL, "name": "山田次郎"}, item) == []
	assert conflicts({**NEUTRAL, "name": ""}, {**ITEM, "representatives": [""]}) == []
	assert codes({**NEUTRAL, "name": "山田太郎", "organisations": ["緑の会"]}, item) == ["member_of_organisation"]
