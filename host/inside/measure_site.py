"""Answer requests to one site in this process, and say what each has cost. Run with the bench's Python in its sites folder:
measure_site.py SITE PLACES

Reads commands from standard input, a JSON object a line, and answers each with one:

    {"do": "login", "as": ROLE, "user": …, "password": …}    {}
    {"do": "names"}                                          {name: record}, as PLACES says
    {"do": "get", "as": ROLE, "address": …}                  {"status", "ms", "queries", "rows", "bytes"}; rows: read by the database
    {"do": "sql", "sql": …}                                  {"ms", "queries", "rows"}
    {"do": "bare", "what": a key of BARE, …: of its record}  {"ms", "queries", "rows"}
    {"do": "act", "what": a key of ACTS}                     {"ms", "queries", "rows"}; in acts.py beside PLACES
    {"do": "forget"}                                         {}; empties the caches of what undone acts have left there
    {"do": "memory"}                                         {"mb"}
    {"do": "profile", "as": ROLE, "address": …}              {"ms", "lines": [[share in percent, ms, calls, function]]}, the most first
"""

import cProfile
import json
import os
import pstats
import sys
import time
from contextlib import contextmanager
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent)]
import web  # noqa: E402 the application as the host's server has it

LINES = 10  # of a profile


class Counting:
	"""Counts what the connections of this process ask the database."""

	def __init__(self):
		from frappe.database.database import Database

		self.queries = self.rows = 0
		asked, closed = Database.sql, Database.close

		def sql(database, *args, **kwargs):
			self.queries += 1
			return asked(database, *args, **kwargs)

		def close(database):
			self.read_rows(database)
			return closed(database)

		Database.sql, Database.close = sql, close

	def read_rows(self, database):
		"""Add the rows that a connection has read since its beginning."""
		if not getattr(database, "_conn", None):
			return
		cursor = database._conn.cursor()
		cursor.execute("show session status like 'Handler_read%'")
		self.rows += sum(int(value) for _name, value in cursor.fetchall())
		cursor.close()

	@contextmanager
	def during(self, answer: dict):
		"""Set ms, queries and rows of what the block does."""
		self.queries = self.rows = 0
		begin = time.perf_counter()
		yield
		answer |= {"ms": round((time.perf_counter() - begin) * 1000, 2), "queries": self.queries, "rows": self.rows}


class Site:
	"""The site with its logins."""

	def __init__(self, site: str, places):
		from werkzeug.test import Client

		self.site, self.places = site, places
		self.application = web.application(site)
		self.new_client = lambda: Client(self.application)
		self.clients = {"Guest": self.new_client()}
		self.users = {"Administrator": "Administrator"}
		self.counting = Counting()

	def login(self, **asked) -> dict:
		"""Keep a session of a login."""
		client = self.clients[asked["as"]] = self.new_client()
		answer = client.post("/api/method/login", data={"usr": asked["user"], "pwd": asked["password"]})
		assert answer.status_code == 200, answer.get_data(as_text=True)
		self.users[asked["as"]] = asked["user"]
		return {}

	def names(self) -> dict:
		"""Return the records that the addresses of places stand for; None where there is none."""
		with self._connected() as frappe:
			found = {}
			for name, (doctype, filters, whose) in self.places.NAMES.items():
				frappe.set_user(self.users[whose])
				rows = frappe.get_list(doctype, filters, pluck="name", order_by="name asc", limit=1)
				found[name] = rows[0] if rows else None
			return found

	def get(self, **asked) -> dict:
		"""Ask for an address as a browser does."""
		answer = {}
		with self.counting.during(answer):
			response = self.clients[asked["as"]].get(asked["address"], headers={"Accept": "text/html, application/json;q=0.9"})
			content = response.get_data()
		return {"status": response.status_code, "bytes": len(content), **answer}

	def profile(self, **asked) -> dict:
		"""Where the time of an address goes: functions of the app and the way to the database, with all that they call."""
		profile = cProfile.Profile()
		answer = profile.runcall(lambda: self.get(**asked))
		lines = []
		for (file, _line, function), (_own_calls, calls, _own, seconds, _callers) in pstats.Stats(profile).stats.items():
			_before, app, path = file.rpartition("/kyodo_frappe/")
			if app or (file.endswith("frappe/database/database.py") and function == "sql"):
				ms = seconds * 1000
				lines.append([round(ms * 100 / answer["ms"]), round(ms), calls, f"{path or 'the database'} {function}"])
		return {"ms": answer["ms"], "lines": sorted(lines, key=lambda line: -line[1])[:LINES]}

	def sql(self, sql: str) -> dict:
		"""Ask the database by hand: one or several statements."""
		with self._connected() as frappe:
			return self._timed(lambda: [frappe.db.sql(statement) for statement in sql.split(";")])

	def bare(self, what: str, **record) -> dict:
		"""What Frappe's own act beneath ours costs; nothing is kept."""
		with self._connected() as frappe:
			act = BARE[what](frappe, **record)
			answer = self._timed(act)
			frappe.db.rollback()
			return answer

	def act(self, what: str) -> dict:
		"""What an act of the city's people costs, without what it takes to prepare it; nothing is kept."""
		import acts

		with self._connected() as frappe:
			try:
				return self._timed(acts.ACTS[what](acts.City(self.users)))
			finally:
				frappe.db.rollback()

	def forget(self) -> dict:
		"""Empty the site's caches: acts that were undone have changed the programme."""
		with self._connected() as frappe:
			frappe.clear_cache()
		return {}

	def _timed(self, act) -> dict:
		import frappe

		answer, counting = {}, self.counting
		counting.rows = 0
		counting.read_rows(frappe.local.db)
		before = counting.rows
		with counting.during(answer):
			act()
		counting.read_rows(frappe.local.db)
		return {**answer, "rows": counting.rows - before}

	@contextmanager
	def _connected(self):
		import frappe

		frappe.init(self.site, sites_path=".", force=True)
		frappe.connect()
		try:
			yield frappe
		finally:
			frappe.destroy()

	def memory(self) -> dict:
		"""Return how much memory this process has, in megabytes."""
		pages = int(Path("/proc/self/statm").read_text().split()[1])
		return {"mb": round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)}


def _todo(frappe):
	return frappe.get_doc({"doctype": "ToDo", "description": "測定"})


def _saving(frappe):
	doc = _todo(frappe).insert()
	return lambda: doc.save()


def _reading(frappe):
	name = frappe.get_last_doc("Kyodo Proposal").name  # found by reading all of them
	return lambda: frappe.get_doc("Kyodo Proposal", name)


def _loading(frappe, doctype: str, name: str):
	"""What Frappe reads for the form of a record, with its tables, history and titles of links."""
	from frappe.desk.form.load import getdoc

	return lambda: getdoc(doctype, name)


BARE = {
	"get_list": lambda frappe: lambda: frappe.get_list("Kyodo Proposal", fields=["name", "title"], order_by="modified desc", limit=20),
	"get_doc": _reading,
	"insert": lambda frappe: lambda: _todo(frappe).insert(),
	"save": _saving,
	"getdoc": _loading,
}


def main(site: str, places: str):
	"""Answer commands until there are no more."""
	import importlib.util

	spec = importlib.util.spec_from_file_location("places", places)
	module = importlib.util.module_from_spec(spec)
	spec.loader.exec_module(module)
	sys.path.append(str(Path(places).parent))
	answers, sys.stdout = sys.stdout, sys.stderr  # what Frappe prints is no answer
	served = Site(site, module)
	for line in sys.stdin:
		asked = json.loads(line)
		answer = getattr(served, asked.pop("do"))(**asked)
		answers.write(json.dumps(answer) + "\n")
		answers.flush()


if __name__ == "__main__":
	main(*sys.argv[1:3])
