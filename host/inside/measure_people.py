"""Let people use a site at once, each in a role, with pauses to read. Run with the bench's Python in its sites folder:
measure_people.py SITE PLACES LOGINS PEOPLE SECONDS

Prints one JSON object: {"people", "seconds", "requests", "errors", "error_percent", "ms_50", "ms_95", "ms_99", "failed": {place and
status: how often}, "slowest": {place: ms}}.
"""

import importlib.util
import json
import random
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from urllib.parse import quote

CHECKOUT = Path(__file__).resolve().parents[2]
PAUSE = (1.0, 5.0)  # seconds
# of ten people, what they are
ROLES = ("Guest",) * 6 + ("Kyodo Organisation Member",) * 2 + ("Kyodo Officer", "Kyodo Committee Member")
GROUPS = ("public", "portal", "desk")


class Person(threading.Thread):
	"""Somebody who opens one place after the other."""

	def __init__(self, session, places: list, names: dict, until: float, number: int):
		super().__init__(daemon=True)
		self.session, self.places, self.names, self.until = session, places, names, until
		self.chance = random.Random(number)
		self.answers: list[tuple[str, float, int]] = []

	def run(self):
		"""Open places until it is over."""
		time.sleep(self.chance.uniform(0, PAUSE[1]))
		while time.monotonic() < self.until:
			place = self.chance.choice(self.places)
			begin = time.perf_counter()
			try:
				status = self.session.get(address_of(place, self.names), timeout=60).status_code
			except OSError:
				status = 0
			self.answers.append((place.name, (time.perf_counter() - begin) * 1000, status))
			time.sleep(self.chance.uniform(*PAUSE))


def address_of(place, names: dict) -> str:
	"""Return the address of a place with its records."""
	address = place.address
	for name, record in names.items():
		address = address.replace(f"{{{name}}}", quote(record or ""))
	return address


def read_names(site: str, module, users: dict) -> dict:
	"""Return the records that the addresses of places stand for."""
	import frappe

	frappe.init(site, sites_path=".")
	frappe.connect()
	found = {}
	for name, (doctype, filters, whose) in module.NAMES.items():
		frappe.set_user(users.get(whose, "Administrator"))
		found[name] = next(iter(frappe.get_list(doctype, filters, pluck="name", order_by="name asc", limit=1)), None)
	frappe.destroy()
	return found


def figures(people: list[Person], seconds: int) -> dict:
	"""Return what they have met with."""
	answers = [answer for person in people for answer in person.answers]
	times = sorted(taken for _name, taken, _status in answers) or [0.0]
	failed = Counter(f"{name}: {status}" for name, _taken, status in answers if status != 200)
	errors = failed.total()
	slowest: dict[str, float] = {}
	for name, taken, _status in answers:
		slowest[name] = max(slowest.get(name, 0), round(taken))
	at = lambda share: round(times[min(int(len(times) * share), len(times) - 1)])
	return {
		"people": len(people),
		"seconds": seconds,
		"requests": len(answers),
		"errors": errors,
		"error_percent": round(errors * 100 / max(len(answers), 1), 2),
		"ms_50": at(0.5),
		"ms_95": at(0.95),
		"ms_99": at(0.99),
		"failed": dict(failed),
		"slowest": dict(sorted(slowest.items(), key=lambda pair: -pair[1])[:5]),
	}


def main(site: str, places: str, logins: str, number: int, seconds: int):
	"""See the module."""
	sys.path[:0] = [str(CHECKOUT / "tests")]
	sys.path.append(str(CHECKOUT))
	from conftest import serving

	spec = importlib.util.spec_from_file_location("places", places)
	module = importlib.util.module_from_spec(spec)
	spec.loader.exec_module(module)
	known = {login["role"]: login for login in json.loads(Path(logins).read_text())}
	names = read_names(site, module, {role: login["user"] for role, login in known.items()})
	known_places = [
		place
		for place in module.PLACES
		if not [name for name, record in names.items() if record is None and f"{{{name}}}" in place.address]
	]
	with serving(Path(".").resolve(), site, CHECKOUT / ".kyodo" / "logs" / "measure-web.log") as web:
		sessions = []
		for person in range(number):
			role = ROLES[person % len(ROLES)]
			sessions.append((role, web.guest() if role == "Guest" else web.login(known[role]["user"], known[role]["password"])))
			# the server closes a connection that is idle for some seconds, which would look like an error
			sessions[-1][1].headers["Connection"] = "close"
		until = time.monotonic() + seconds
		people = [
			Person(session, [place for place in known_places if place.who == role and place.group in GROUPS], names, until, place)
			for place, (role, session) in enumerate(sessions)
		]
		for person in people:
			person.start()
		for person in people:
			person.join(seconds + 120)
	print(json.dumps(figures(people, seconds)))


if __name__ == "__main__":
	main(*sys.argv[1:4], *map(int, sys.argv[4:6]))
