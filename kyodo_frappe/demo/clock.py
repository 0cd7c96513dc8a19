"""A simulated clock: the demo city lives through its years, and tests through theirs, on days that are not today."""

import datetime
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from frappe.utils import data


class Clock:
	"""A replacement for Frappe's `now_datetime`, from which Frappe and the app take every day and time, stamps of records included.

	day: the simulated day, None for the real one; time: the time of that day, None for the real one.
	"""

	def __init__(self):
		self.day: datetime.date | None = None
		self.time: datetime.time | None = None
		self._real = data.now_datetime

	def __call__(self) -> datetime.datetime:
		now = self._real()
		return datetime.datetime.combine(self.day, self.time or now.time()) if self.day else now

	def go_to(self, day: datetime.date, time: datetime.time | None):
		"""Go to a moment, at which the time stands still; without one, to the real time on that day."""
		self.day, self.time = day, time

	@contextmanager
	def running(self) -> Iterator["Clock"]:
		"""Replace `now_datetime` in all modules while the block runs."""
		self._put(self._real, self)
		try:
			yield self
		finally:
			self.day = None
			self._put(self, self._real)

	def _put(self, old, new):
		for module in [m for m in sys.modules.values() if getattr(m, "__dict__", {}).get("now_datetime") is old]:
			module.now_datetime = new
