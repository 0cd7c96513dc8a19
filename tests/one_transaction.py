"""Requests that this process answers, in the test's own transaction, as in Django's TestCase.

What a request commits is seen by the next one and undone at the end of the test. Not for what two do at the same moment: they share
a connection. Not for what changes tables either: MariaDB commits by itself then.
"""

from contextlib import contextmanager

import frappe

KEPT = "kyodo_kept"


@contextmanager
def one_transaction(monkeypatch):
	"""Within the block every connection of this process is the test's, a commit is a savepoint, a rollback goes back to it."""
	database, connection = frappe.db.__class__, frappe.db._conn
	sql, lent, points = database.sql, [], [KEPT]

	def in_savepoints(self, query, *args, **kwargs):
		words = query.split() if isinstance(query, str) else []
		match [word.lower() for word in words]:
			case ["commit"]:
				query = f"SAVEPOINT {KEPT}"
			case ["rollback"]:
				query = f"rollback to savepoint {KEPT}"
			case ["start", "transaction", *_mode]:
				return ()
		answer = sql(self, query, *args, **kwargs)
		remember(query)
		return answer

	def remember(query):
		"""Going back to an older savepoint, or releasing it, drops the kept one with it; what stands then is kept."""
		match [word.lower() for word in query.split()] if isinstance(query, str) else []:
			case ["savepoint", point]:
				points[:] = [*(one for one in points if one != point), point]
			case ["rollback", "to", "savepoint", point] if point in points:
				del points[points.index(point) + 1 :]
			case ["release", "savepoint", point] if point in points:
				del points[points.index(point) :]
		if KEPT not in points:
			sql(frappe.db, f"SAVEPOINT {KEPT}")
			points.append(KEPT)

	def lend(self):
		assert not lent, "requests at the same moment share no transaction: use real_town"
		lent.append(self)
		return connection

	def close(self):
		self._cursor = self._conn = None
		lent.clear()

	sql(frappe.db, f"SAVEPOINT {KEPT}")
	with monkeypatch.context() as patch:
		patch.setattr(database, "sql", in_savepoints)
		patch.setattr(database, "get_connection", lend)
		patch.setattr(database, "close", close)
		try:
			yield
		finally:
			frappe.db.rollback()
			frappe.cache.delete_keys("document_cache")  # what requests remember is undone with the test
