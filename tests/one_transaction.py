"""Requests that this process answers, in the test's own transaction, as in Django's TestCase.

What a request commits is seen by the next one and undone at the end of the test. Not for what two do at the same moment: they share
a connection. Not for what changes tables either: MariaDB commits by itself then.
"""

from contextlib import contextmanager

import frappe

KEPT = "kyodo_kept"
SAVE, BACK = f"savepoint {KEPT}", f"rollback to savepoint {KEPT}"


class OneTransaction:
	"""Takes the place of what a connection does about transactions: a commit is a savepoint, a rollback goes back to it."""

	def __init__(self):
		self.database, self.connection = frappe.db.__class__, frappe.db._conn
		self.sql = self.database.sql
		self.lent, self.points = False, []

	def run(self, database, query, *args, **kwargs):
		"""As `Database.sql`."""
		if isinstance(query, str):
			words = query.lower().split()
			if words[:2] == ["start", "transaction"]:
				return ()
			query = {"commit": SAVE, "rollback": BACK}.get(" ".join(words), query)
		answer = self.sql(database, query, *args, **kwargs)
		if isinstance(query, str):
			self._remember(database, query.lower().split())
		return answer

	def _remember(self, database, words: list[str]):
		"""Going back to an older savepoint, or releasing it, drops the kept one with it; what stands then is kept."""
		match words:
			case ["savepoint", point]:
				self.points = [*(one for one in self.points if one != point), point]
			case ["rollback", "to", "savepoint", point] if point in self.points:
				del self.points[self.points.index(point) + 1 :]
			case ["release", "savepoint", point] if point in self.points:
				del self.points[self.points.index(point) :]
		if KEPT not in self.points:
			self.sql(database, SAVE)
			self.points.append(KEPT)

	def lend(self, _database):
		"""As `Database.get_connection`, to one request at a time."""
		assert not self.lent, "requests at the same moment share no transaction: use real_town"
		self.lent = True
		return self.connection

	def take_back(self, database):
		"""As `Database.close`."""
		database._cursor = database._conn = None
		self.lent = False


@contextmanager
def one_transaction(monkeypatch):
	"""Within the block every connection of this process is the test's."""
	one = OneTransaction()
	with monkeypatch.context() as patch:
		patch.setattr(one.database, "sql", lambda self, *args, **kwargs: one.run(self, *args, **kwargs))
		patch.setattr(one.database, "get_connection", lambda self: one.lend(self))
		patch.setattr(one.database, "close", lambda self: one.take_back(self))
		frappe.db.commit()
		try:
			yield
		finally:
			frappe.db.rollback()
			frappe.cache.delete_keys("document_cache")  # what requests remember is undone with the test
