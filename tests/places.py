"""A place in the cycle to which the tests of a file walk once: what each of them does from there is rolled back to it.

A fixture that asks for `walk_once` names the way there:

	@pytest.fixture
	def reserves(town, walk_once):
		return walk_once(make_reserves, town)

The first test walks, and a savepoint of the database holds what is there then. While the next test begins with the same fixture,
it finds that instead of walking again. Nothing of it is committed; any other test, and any commit, ends it.
"""

from collections import Counter

POINT = "kyodo_place"


class Place:
	"""The place that stands, if any."""

	def __init__(self):
		self._wanted = self._there = None  # what a test begins with: see beginning_of
		self._results = {}  # of the walks there: {(code, arguments): what it has returned}
		self._taken, self._callbacks = Counter(), {}
		self._stays = self._at_rest = False

	def before(self, item):
		"""A test begins: what is its place?"""
		self._wanted = beginning_of(item)
		if not self._there:
			self._results = {}

	def after(self, next_item):
		"""A test ends: does the next one begin at the same place?"""
		self._stays = bool(self._there and next_item and beginning_of(next_item) == self._there)

	def go(self, town, walk, *args):
		"""Walk there, or be there, and return what `walk(*args)` has returned."""
		self._at_rest = False
		key = (getattr(walk, "__code__", walk), repr(args))
		if key in self._results:
			town.taken = Counter(self._taken)
			return self._results[key]
		import frappe

		self._results[key] = walk(*args)
		self._taken = Counter(town.taken)
		self._callbacks = {name: list(getattr(frappe.db, name)._functions) for name in ("before_commit", "after_commit")}
		frappe.db.savepoint(POINT)
		self._there = self._wanted
		frappe.db.before_commit.add(self._commits)
		frappe.db.after_rollback.add(self._left)
		return self._results[key]

	def go_back(self) -> bool:
		"""Undo what the test has done since, unless it is of no use to the next one; return whether the place still stands."""
		if not self._there or not self._stays:
			return False
		import frappe

		try:
			frappe.db.rollback(save_point=POINT)
		except frappe.db.OperationalError:  # a deadlock has dropped the savepoint with the whole transaction
			return False
		for name, functions in self._callbacks.items():
			manager = getattr(frappe.db, name)
			manager.reset()
			for function in functions:
				manager.add(function)
		frappe.db.before_commit.add(self._commits)
		self._at_rest = True
		return True

	def _commits(self):
		assert not self._at_rest, "A fixture commits between two tests that begin at the same place."
		self._there = None

	def _left(self):
		self._there = None


def beginning_of(item):
	"""(file, whether it is marked `walks`, fixtures that walk) of a test, or None if it begins nowhere."""
	definitions = item._fixtureinfo.name2fixturedefs
	walking = tuple(name for name in sorted(definitions) if "walk_once" in definitions[name][-1].argnames)
	return (item.path, item.get_closest_marker("walks") is not None, walking) if walking else None
