"""Steps that are done once, recorded only when they are finished, and run in parallel where possible."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from host.home import Home
from host.report import Trouble, say
from host.shell import stop_children


@dataclass
class Step:
	"""A step of a plan.

	`key`: hash of the inputs; the step is repeated when it changes. `after`: names of the steps that it needs. `clean`: removes
	what an interrupted attempt has left. `holds`: whether the result still exists. `needless`: whether there is nothing to do.
	"""

	name: str
	title: str
	work: Callable[[], object]
	key: Callable[[], str] = lambda: "1"
	after: tuple[str, ...] = ()
	clean: Callable[[], object] | None = None
	holds: Callable[[], bool] = lambda: True
	needless: Callable[[], bool] = lambda: False
	ended: threading.Event = field(default_factory=threading.Event)


class Plan:
	"""Steps that run as soon as those before them are finished."""

	def __init__(self, home: Home):
		self.home = home
		self.steps: dict[str, Step] = {}
		self._trouble: BaseException | None = None
		self._lock = threading.Lock()

	def add(self, step: Step) -> None:
		"""Add a step, after the steps that it needs."""
		assert all(name in self.steps for name in step.after), step
		self.steps[step.name] = step

	def carry_out(self) -> None:
		"""Run the unfinished steps. The first failure ends the programs of all others and is raised."""
		threads = [threading.Thread(target=self._thread, args=(step,), daemon=True) for step in self.steps.values()]
		for thread in threads:
			thread.start()
		try:
			for thread in threads:
				while thread.is_alive():
					thread.join(0.2)
		except KeyboardInterrupt:
			self._fail(KeyboardInterrupt())
			raise
		if self._trouble:
			raise self._trouble

	def _thread(self, step: Step) -> None:
		try:
			for name in step.after:
				self.steps[name].ended.wait()
			if not self._trouble:
				self._do(step)
		except BaseException as trouble:
			self._fail(trouble)
		finally:
			step.ended.set()

	def _fail(self, trouble: BaseException) -> None:
		with self._lock:
			first = self._trouble is None
			if first:
				self._trouble = trouble
		if first:
			stop_children()

	def _do(self, step: Step) -> None:
		key = step.key()
		if (self.home.done(step.name) == key and step.holds()) or step.needless():
			return
		carry_out(self.home, step, key)


def carry_out(home: Home, step: Step, key: str | None = None) -> None:
	"""Run a step and record that it is done."""
	begin = time.monotonic()
	say(f"{step.title} …")
	interrupted = home.root / "done" / f"{step.name}.begun"
	if step.clean and interrupted.exists():
		step.clean()
	home.forget(step.name)
	interrupted.touch()
	try:
		step.work()
	except OSError as error:
		if error.errno in (28, 122):
			raise Trouble("The disk is full.", "free some space ('df -h .'), then run the same command again.") from error
		raise
	seconds = time.monotonic() - begin
	home.record(step.name, step.key() if key is None else key, seconds)
	interrupted.unlink(missing_ok=True)
	say(f"{step.title}: done in {seconds:.1f} s")
