"""Concurrent edits: outcomes for fields and rows, and combined changes."""

import pytest

from kyodo_frappe.rules import merge
from kyodo_frappe.rules.merge import Typed, TypedRow, compose, digest, outcome, row_digest, row_outcome


@pytest.mark.parametrize(
	("typed", "was", "stored", "expected"),
	[
		("a", "a", "a", merge.KEEP),
		("b", "a", "a", merge.WRITE),
		("a", "a", "b", merge.KEEP),  # not touched here: the other's stays
		("b", "a", "b", merge.KEEP),  # both wrote the same
		("b", "a", "c", merge.CONFLICT),
		("", "a", "a", merge.WRITE),  # emptied on purpose
		("", "a", "b", merge.CONFLICT),
		("a\r\nb", "a\nb", "a\nb", merge.KEEP),  # a browser's line ends are no change
		("a\r\nb", "a\nb", "c", merge.KEEP),
	],
)
def test_outcome_of_a_field(typed, was, stored, expected):
	assert outcome(Typed(typed, digest(was)), stored) == expected


def test_form_without_digests_writes_only_empty_fields():
	assert outcome(Typed("b"), "") == merge.WRITE
	assert outcome(Typed("b"), "a") == merge.CONFLICT


def test_resolution_of_a_conflict_applies_only_to_the_version_seen():
	seen = digest("theirs")
	mine, theirs = Typed("mine", digest("old"), merge.MINE, seen), Typed("mine", digest("old"), merge.THEIRS, seen)
	assert outcome(mine, "theirs") == merge.WRITE
	assert outcome(theirs, "theirs") == merge.KEEP
	for answer in (mine, theirs):  # a third version came meanwhile
		assert outcome(answer, "third") == merge.CONFLICT


def row(text, was=None, **more):
	return TypedRow(texts={"a": text}, was=row_digest({"a": was}) if was is not None else "", blank=not text, **more)


@pytest.mark.parametrize(
	("typed", "stored", "expected"),
	[
		(row("x", "x", name="r"), "x", merge.KEEP),
		(row("y", "x", name="r"), "x", merge.WRITE),
		(row("x", "x", name="r"), "z", merge.KEEP),
		(row("y", "x", name="r"), "z", merge.CONFLICT),
		(row("", "x", name="r"), "x", merge.EMPTIED),
		(row("", "x", name="r"), "z", merge.CONFLICT),
		(row("x", "x", name="r", gone=True), "x", merge.REMOVE),
		(row("x", "x", name="r", gone=True), "z", merge.CONFLICT),  # what is removed was seen otherwise
		(row("x", "x", name="r"), None, merge.KEEP),  # removed by somebody else and not touched: it stays away
		(row("y", "x", name="r"), None, merge.CONFLICT),
		(row("y", "x", name="r", choice=merge.MINE), None, merge.ADD),
		(row("y", "x", name="r", choice=merge.THEIRS), None, merge.KEEP),
		(row("x", "x", name="r", gone=True), None, merge.KEEP),
		(row("x", key="k"), None, merge.ADD),
		(row("", key="k"), None, merge.KEEP),
		(row("x", key="k", gone=True), None, merge.KEEP),
	],
)
def test_outcome_of_a_row(typed, stored, expected):
	assert row_outcome(typed, None if stored is None else {"a": stored}) == expected


def test_removing_a_row_changed_meanwhile_is_a_conflict_once():
	seen = row_digest({"a": "z"})
	assert row_outcome(row("x", "x", name="r", gone=True, choice=merge.MINE, seen=seen), {"a": "z"}) == merge.REMOVE
	assert row_outcome(row("x", "x", name="r", gone=True, choice=merge.THEIRS, seen=seen), {"a": "z"}) == merge.KEEP


def test_row_digest_ignores_the_order_of_columns():
	assert row_digest({"a": "1", "b": "2"}) == row_digest({"b": "2", "a": "1"})
	assert row_digest({"a": "1", "b": ""}) != row_digest({"a": "", "b": "1"})


def test_row_name_is_unique_per_record_table_and_key():
	names = {merge.row_name(*parts) for parts in (("P1", "t", "k"), ("P2", "t", "k"), ("P1", "u", "k"), ("P1", "t", "l"))}
	assert len(names) == 4 and merge.row_name("P1", "t", "k") in names


# -- stretches -----------------------------------------------------------------------------------


def test_composed_change_is_the_difference_from_the_beginning():
	first = {"changed": [["plan", "a", "ab"], ["title", "x", "y"]]}
	second = {"changed": [["plan", "ab", "abc"], ["title", "y", "x"], ["needs", "", "n"]]}
	assert compose(first, second)["changed"] == [["plan", "a", "abc"], ["needs", "", "n"]]


def test_composed_change_of_rows():
	first = {
		"added": [["roles", {"name": "new", "role": "a"}]],
		"row_changed": [["roles", 0, "old", [["role", "1", "2"]]], ["roles", 1, "other", [["role", "p", "q"]]]],
	}
	second = {
		"row_changed": [["roles", 0, "old", [["role", "2", "3"]]], ["roles", 2, "new", [["role", "a", "b"]]]],
		"removed": [["roles", {"name": "other", "role": "q"}]],
	}
	whole = compose(first, second)
	assert whole["added"] == [["roles", {"name": "new", "role": "b"}]]
	assert whole["row_changed"] == [["roles", 0, "old", [["role", "1", "3"]]]]
	assert whole["removed"] == [["roles", {"name": "other", "role": "p"}]]  # as it was when the stretch began


def test_reverted_changes_are_left_out():
	first = {"changed": [["plan", "a", "b"]], "added": [["roles", {"name": "n", "role": "x"}]]}
	second = {"changed": [["plan", "b", "a"]], "removed": [["roles", {"name": "n", "role": "x"}]]}
	assert merge.is_empty(compose(first, second))


def test_touched_fields_and_rows():
	change = {
		"changed": [["plan", 1, 2]],
		"added": [["roles", {"name": "a"}]],
		"removed": [["income", {"name": "b"}]],
		"row_changed": [["expenses", 0, "c", [["amount", 1, 2]]]],
	}
	assert merge.touched(change) == {("", "plan"), ("roles", "a"), ("income", "b"), ("expenses", "c")}
