"""What a process of tests copies instead of unpickling it again (tests/unpickled_copies.py)."""

import datetime
import pickle

import frappe
import pytest
from unpickled_copies import Copier, Copies, NotCopied


def content_of(value, seen: dict):
	"""Everything in a value, with the classes, and numbers for what stands there more than once."""
	if not isinstance(value, list | dict | set) and not hasattr(value, "__dict__"):
		return type(value), value
	if id(value) in seen:
		return seen[id(value)]
	seen[id(value)] = len(seen)
	if isinstance(value, list | set):
		return type(value), [content_of(one, seen) for one in (sorted(value) if isinstance(value, set) else value)]
	inside = value if isinstance(value, dict) else value.__dict__
	return type(value), {key: content_of(one, seen) for key, one in inside.items()}


@pytest.mark.parametrize("doctype", ["Kyodo Proposal", "Kyodo Programme", "User"])
def test_copy_of_a_doctype_is_what_unpickling_gives(site, doctype):
	given = pickle.dumps(frappe.get_meta(doctype, cached=False))
	read = Copies()
	first, second, third, fourth = (read.loads(given) for _each in range(4))
	assert content_of(first, {}) == content_of(second, {}) == content_of(third, {}) == content_of(fourth, {})
	assert third.get_field(third.fields[0].fieldname) is third.fields[0] is not fourth.fields[0]
	third.fields[0].label = "changed"
	third.fields.pop()
	assert content_of(read.loads(given), {}) == content_of(fourth, {}) == content_of(pickle.loads(given), {})


def test_unpickled_copies_keep_what_stands_twice_and_what_leads_back(site):
	shared, row = [1, 2], frappe._dict(day=datetime.date(2026, 4, 1), kinds={"a", "b"})
	value = {"one": shared, "two": [shared, row, (1, "x")], "self": row}
	value["round"] = value
	copied = Copier(pickle.loads(pickle.dumps(value))).copy()
	assert copied["one"] is copied["two"][0] and copied["round"] is copied and copied["self"] is copied["two"][1]
	assert copied["self"] == row and type(copied["self"]) is frappe._dict and copied["two"][2] == (1, "x")
	assert copied["one"] is not shared


def test_what_nobody_can_copy_is_unpickled_again(site):
	value = [RuntimeError("x" * 2000)]
	with pytest.raises(NotCopied):
		Copier(value)
	read, given = Copies(), pickle.dumps(value)
	assert {str(read.loads(given)[0]) for _each in range(4)} == {"x" * 2000}
