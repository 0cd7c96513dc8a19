"""`./kyodo measure --size N`: the same requests to a small and a large city, in turns, and the table of what they cost.

Each city has a process of its own (`inside/measure_site.py`), so that nothing that one has cached helps the other. Times depend on the
machine and on what else it does; ratios of medians, taken in turns in one run, do not.
"""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import statistics
import subprocess
import time
from pathlib import Path
from types import ModuleType
from urllib.parse import quote

from host.home import Home
from host.report import say
from host.shell import environment
from host.sites import INSIDE

SMALL, LARGE = 100, 100_000  # proposals
SIZES = Path("tests") / "bench" / "sizes"
PLACES = SIZES / "places.py"
WARM_UP, ROUNDS = 2, 7
ACT_ROUNDS = 5  # each prepares records for seconds
SLOWEST = 3  # places whose time is looked into
FRAME = "report: without a row"  # what every report takes: the request, its checks, its columns
FORMS = {"proposal": "Kyodo Proposal", "meeting": "Kyodo Meeting"}  # records whose bare load stands beside that of their form
ALIKE = 1.3  # an answer so many times as long shows more rows: its times are not those of the same page
SLOW, FEW = 3000, 2  # ms: what takes longer than this is asked for so many times only


class Process:
	"""A process that answers for one site."""

	def __init__(self, home: Home, site: str):
		command = [str(home.python), str(INSIDE / "measure_site.py"), site, str(home.checkout / PLACES)]
		pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
		with open(home.logs / f"measure-{site}.log", "ab") as log:
			self._process = subprocess.Popen(command, cwd=home.sites, env=environment(home), stderr=log, **pipes)

	def ask(self, do: str, **more) -> dict:
		"""Send a command and return its answer."""
		self._process.stdin.write(json.dumps({"do": do, **more}) + "\n")
		self._process.stdin.flush()
		line = self._process.stdout.readline()
		if not line:
			raise RuntimeError(f"the process that answers {do} has ended; see .kyodo/logs/measure-*.log")
		return json.loads(line)

	def end(self) -> None:
		"""Let the process end."""
		self._process.stdin.close()
		self._process.wait(30)


def load(name: str, home: Home) -> ModuleType:
	"""Return a module of tests/bench/sizes."""
	spec = importlib.util.spec_from_file_location(name, home.checkout / SIZES / f"{name}.py")
	module = importlib.util.module_from_spec(spec)
	spec.loader.exec_module(module)
	return module


def load_places(home: Home) -> list:
	"""Return the places of tests/bench/sizes/places.py."""
	return load("places", home).PLACES


def compare(home: Home, sites: dict[str, str], logins: list[dict], rounds: int = ROUNDS, only: str = "", profiles: bool = False) -> dict:
	"""Ask both cities for every place, do every act in both, and return {"places": …, "acts": …, "bare": …, "memory_mb": …, "profiles": …}.

	sites: {"small": name, "large": name}; only: part of a place's name; profiles: whether to say where the time of the SLOWEST goes.
	"""
	processes = {size: Process(home, site) for size, site in sites.items()}
	try:
		for process in processes.values():
			for login in logins:
				if login["role"] != "Administrator":
					process.ask("login", **{"as": login["role"]}, user=login["user"], password=login["password"])
		names = processes["small"].ask("names")
		before = {size: process.ask("memory")["mb"] for size, process in processes.items()}
		found = {}
		for place in load_places(home):
			if only in place.name and (figures := _of_place(processes, place, names, rounds)):
				found[place.name] = {"group": place.group, **figures}
				say(f"{place.name}: {_said(figures)}")
		profiled = _profiles(processes["large"], load_places(home), names, found) if profiles else {}
		_set_beyond_frame(found)
		acts = {name: _times(processes, "act", ACT_ROUNDS, 1, what=name) for name in load("acts", home).ACTS if only in name}
		for process in processes.values() if acts else ():
			process.ask("forget")
		bare = {what: _times(processes, "bare", rounds, what=what) for what in ("get_list", "get_doc", "insert", "save")}
		bare |= {
			f"getdoc: {place}": _times(processes, "bare", rounds, what="getdoc", doctype=doctype, name=names[place])
			for place, doctype in FORMS.items()
			if names.get(place)
		}
		for place in FORMS:
			if f"form: {place}" in found and f"getdoc: {place}" in bare:
				found[f"form: {place}"]["frappes_queries"] = bare[f"getdoc: {place}"]["large"]["queries"]
		after = {size: process.ask("memory")["mb"] for size, process in processes.items()}
	finally:
		for process in processes.values():
			process.end()
	return {"places": found, "acts": acts, "bare": bare, "memory_mb": {"before": before, "after": after}, "profiles": profiled}


def _profiles(process: Process, places: list, names: dict, found: dict) -> dict[str, dict]:
	"""{place: {"ms", "lines"}} of those that took longest in the large city; without files of all records."""
	known = {place.name: place for place in places if place.name in found and not place.once}
	slowest = sorted(known, key=lambda name: -found[name]["large"]["ms"])[:SLOWEST]
	return {name: process.ask("profile", **_asked(known[name], names)) for name in slowest}


def _set_beyond_frame(found: dict):
	"""Note of each report what it takes beyond a report without a row, as a multiple of its SQL."""
	frame = found.get(FRAME)
	for figures in found.values() if frame else ():
		if "sql_ms" in figures and figures["group"] == "report":
			figures["beyond"] = ratio(figures["large"]["ms"] - frame["large"]["ms"], figures["sql_ms"])


def _asked(place, names: dict) -> dict | None:
	"""What asks a process for a place; None where the city has no such record."""
	address = place.address
	for name, record in names.items():
		if f"{{{name}}}" in address and record is None:
			return None
		address = address.replace(f"{{{name}}}", quote(record or ""))
	return {"as": place.who, "address": quote(address, safe="/?&=%:,+")}


def _of_place(processes: dict, place, names: dict, rounds: int) -> dict | None:
	asked = _asked(place, names)
	if asked is None:
		return None
	figures = _times(processes, "get", 1 if place.once else rounds, 0 if place.once else WARM_UP, **asked)
	figures["alike"] = are_alike(figures["small"]["bytes"], figures["large"]["bytes"])
	if place.sql:
		by_hand = _times(processes, "sql", rounds, sql=place.sql)
		figures["sql_ms"] = by_hand["large"]["ms"]
		figures["to_sql"] = ratio(figures["large"]["ms"], by_hand["large"]["ms"])
	return figures


def _times(processes: dict, do: str, rounds: int, warm_up: int = WARM_UP, **asked) -> dict:
	"""{"small": {"ms", "queries", …}, "large": …, "ratio"}: medians of times, the rest of the last answer."""
	times: dict[str, list] = {size: [] for size in processes}
	last: dict[str, dict] = {}
	first: dict[str, float] = {}
	for number in range(warm_up + rounds):
		slow = any(times[size] and max(times[size]) > SLOW for size in processes)
		if slow and len(times["small"]) >= FEW:
			break
		for size, process in processes.items():
			last[size] = process.ask(do, **asked)
			if number == 0:
				first[size] = last[size]["ms"]
			if number >= warm_up or last[size]["ms"] > SLOW or slow:
				times[size].append(last[size]["ms"])
	median = lambda size: round(statistics.median(times[size] or [last[size]["ms"]]), 1)
	found = {size: {**last[size], "ms": median(size), "first_ms": round(first[size], 1)} for size in processes}
	return {**found, "ratio": ratio(found["large"]["ms"], found["small"]["ms"])}


def ratio(one: float, other: float) -> float:
	"""Return how many times the other one is, to two places; of next to nothing as if it were a tenth of a millisecond."""
	return round(max(one, 0.1) / max(other, 0.1), 2)


def are_alike(small: int, large: int) -> bool:
	"""Return whether answers of so many bytes show about as much, so that their times can be compared."""
	return max(small, large) <= ALIKE * max(min(small, large), 1)


def _ratio_said(figures: dict) -> str:
	return f"{figures['ratio']:g}" if figures.get("alike", True) else f"{figures['ratio']:g} (not alike)"


def _said(figures: dict) -> str:
	small, large = figures["small"], figures["large"]
	beside = f", {figures['to_sql']} times its SQL" if "to_sql" in figures else ""
	status = "" if large.get("status", 200) == small.get("status", 200) == 200 else f" STATUS {small['status']} {large['status']}"
	return f"{small['ms']} → {large['ms']} ms ({_ratio_said(figures)}), {large['queries']} queries, {large['rows']} rows{beside}{status}"


def machine(home: Home, size: int) -> dict:
	"""Return what the figures were taken on."""
	return {
		"taken_at": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
		"proposals": {"small": SMALL, "large": size},
		"machine": {"processors": os.cpu_count(), "kind": platform.machine(), "load": os.getloadavg()[0]},
	}


def people(home: Home, site: str, number: int, seconds: int) -> dict:
	"""Let so many people use a site at once (`inside/measure_people.py`), and return how quickly they were answered."""
	say(f"{number} people for {seconds} seconds …")
	logins = home.dumps / "city" / "logins.json"
	command = [home.python, INSIDE / "measure_people.py", site, home.checkout / PLACES, logins, str(number), str(seconds)]
	done = subprocess.run(
		[str(word) for word in command], cwd=home.sites, env=environment(home), stdout=subprocess.PIPE, text=True, check=True
	)
	return json.loads(done.stdout.splitlines()[-1])


# --- the table ----------------------------------------------------------------------------------------------------

BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"
HEADS = ("small ms", "large ms", "ratio", "queries", "rows read", "kB small / large", "to SQL", "beyond the frame")


def table(result: dict, earlier: dict | None = None) -> str:
	"""Return the figures of a run as Markdown. earlier: those of an earlier run, to set beside them."""
	sizes, on = result["proposals"], result["machine"]
	lines = [
		f"Taken at {result['taken_at']} on {on['processors']} processors ({on['kind']}, load {on['load']:.1f}): "
		f"{sizes['small']:,} against {sizes['large']:,} proposals.",
		"",
	]
	groups = dict.fromkeys(figures["group"] for figures in result["places"].values())
	for group in groups:
		rows = [(name, figures) for name, figures in result["places"].items() if figures["group"] == group]
		lines += _rows(f"{group}", [(name, _cells(figures)) for name, figures in rows])
	if result.get("acts"):
		lines += _rows("act, undone at once", [(name, _cells(figures)) for name, figures in result["acts"].items()])
	lines += _rows("Frappe's own acts", [(name, _cells(figures)) for name, figures in result["bare"].items()])
	memory = result["memory_mb"]
	lines += memory["before"] and [
		"Memory of a worker: "
		+ ", ".join(f"{size} city {memory['before'][size]} MB before, {memory['after'][size]} MB after" for size in memory["before"])
		+ "."
	]
	if people := result.get("people"):
		lines += ["", _people(people)]
	if earlier:
		lines += ["", *_beside(earlier["places"], result["places"])]
	for name, profile in result.get("profiles", {}).items():
		lines += ["", *_profile(name, profile)]
	return "\n".join(lines) + "\n"


def _beside(before: dict, after: dict) -> list[str]:
	"""The rows of a table of what has changed: ratio, queries and rows read of the large city in both runs."""
	heads = ("ratio before", "after", "queries before", "after", "rows read before", "after")
	lines = [f"| what it was before | {' | '.join(heads)} |", f"|---|{'---:|' * len(heads)}"]
	for name in [name for name in after if name in before]:
		old, new = before[name], after[name]
		if old["large"]["rows"] == new["large"]["rows"] and old["large"]["queries"] == new["large"]["queries"]:
			continue
		cells = [_ratio_said(old), _ratio_said(new), str(old["large"]["queries"]), str(new["large"]["queries"])]
		cells += [f"{old['large']['rows']:,}", f"{new['large']['rows']:,}"]
		lines.append(f"| {name} | {' | '.join(cells)} |")
	return lines


def _profile(name: str, profile: dict) -> list[str]:
	head = f"Where the time of {name} goes ({profile['ms']:.0f} ms while it is watched), with all that a function calls:"
	shown = [f"{share:>4} % {ms:>7} ms {calls:>7} × {function}" for share, ms, calls, function in profile["lines"]]
	return [head, "", "```text", *shown, "```"]


def write_table(file: Path, result: dict, earlier: dict | None = None) -> None:
	"""Put the table, with that of an earlier run beside it, into a Markdown file, between its two marks or, where it has none, as all of it."""
	text = file.read_text(encoding="utf-8") if file.exists() else f"{BEGIN}\n{END}\n"
	before, _begin, rest = text.partition(BEGIN)
	_old, _end, after = rest.partition(END)
	file.write_text(f"{before}{BEGIN}\n\n{table(result, earlier)}\n{END}{after}", encoding="utf-8")


def _rows(heading: str, rows: list[tuple[str, list[str]]]) -> list[str]:
	heads = f"| {heading} | {' | '.join(HEADS)} |"
	return [heads, f"|---|{'---:|' * len(HEADS)}", *(f"| {name} | {' | '.join(cells)} |" for name, cells in rows), ""]


def _cells(figures: dict) -> list[str]:
	large = figures["large"]
	return [
		f"{figures['small']['ms']:g}",
		f"{large['ms']:g}",
		_ratio_said(figures),
		f"{large['queries']} (Frappe's own {figures['frappes_queries']})" if "frappes_queries" in figures else str(large["queries"]),
		f"{large['rows']:,}",
		f"{figures['small']['bytes'] / 1000:.0f} / {large['bytes'] / 1000:.0f}" if "bytes" in large else "",
		f"{figures['to_sql']:g}" if "to_sql" in figures else "",
		f"{figures['beyond']:g}" if "beyond" in figures else "",
	]


def _people(people: dict) -> str:
	return (
		f"{people['people']} people for {people['seconds']} seconds in the large city: {people['requests']:,} requests, "
		f"{people['errors']} errors ({people['error_percent']} %); 50 % within {people['ms_50']} ms, 95 % within {people['ms_95']} ms, "
		f"99 % within {people['ms_99']} ms."
	)
