"""Run the measurements of a folder and write their figures. Run with the bench's Python, in its sites folder:
measure.py SITE FOLDER FILE [TEXT]

A measurement is a file FOLDER/*.py (with TEXT in its name) with a function `measure(bench) -> dict`, where `bench` is a `Bench`.
Times depend on the machine, so a measurement returns ratios to something measured in the same run.
"""

import importlib.util
import json
import os
import platform
import statistics
import sys
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


class Bench:
	"""The argument of a measurement: the connected site, its web server, and a way to compare times."""

	def __init__(self, site, web):
		self.site, self.web = site, web

	@staticmethod
	def side_by_side(actions, rounds=40, warm_up=5):
		"""Time several actions in turns, so that other load on the machine affects all of them alike.

		Returns {name: {"median_ms", "best_ms", "rounds"}}.
		"""
		taken = {name: [] for name in actions}
		for number in range(warm_up + rounds):
			for name, action in actions.items():
				begin = time.perf_counter()
				action()
				if number >= warm_up:
					taken[name].append((time.perf_counter() - begin) * 1000)
		return {
			name: {"median_ms": round(statistics.median(times), 3), "best_ms": round(min(times), 3), "rounds": rounds}
			for name, times in taken.items()
		}

	@staticmethod
	def queries(action) -> int:
		"""How many times an action asks the database."""
		import frappe

		asked, counted = frappe.db.sql, []
		frappe.db.sql = lambda *args, **kwargs: counted.append(1) or asked(*args, **kwargs)
		try:
			action()
		finally:
			del frappe.db.sql
		return len(counted)


def load(path):
	"""Import a measurement's module from its path."""
	spec = importlib.util.spec_from_file_location(f"measure_{path.stem}", path)
	module = importlib.util.module_from_spec(spec)
	spec.loader.exec_module(module)
	return module


def main(site, folder, target, only=""):
	"""Run the measurements of `folder` on a site and write their figures to `target` as JSON."""
	import frappe

	sys.path[:0] = [str(CHECKOUT / "tests")]
	sys.path.append(str(CHECKOUT))
	from conftest import serving

	log = CHECKOUT / ".kyodo" / "logs" / "measure-web.log"
	frappe.init(site, sites_path=".")
	frappe.connect()
	frappe.set_user("Administrator")
	figures = {}
	with serving(Path(".").resolve(), site, log) as web:
		for path in sorted(Path(folder).glob(f"*{only}*.py")):
			module = load(path)
			if not hasattr(module, "measure"):
				continue
			print(f"{path.stem} …", flush=True)
			figures[path.stem] = module.measure(Bench(site, web))
			for name, value in figures[path.stem].items():
				print(f"  {name}: {value}", flush=True)
			frappe.db.rollback()
	result = {
		"taken_at": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
		"frappe": frappe.__version__,
		"python": platform.python_version(),
		"machine": {"processors": os.cpu_count(), "kind": platform.machine(), "load": os.getloadavg()[0]},
		"figures": figures,
	}
	fresh = Path(f"{target}.fresh")
	fresh.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
	fresh.replace(target)
	print(f"written: {target}")


main(*sys.argv[1:5])
