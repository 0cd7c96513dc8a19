"""Steps: each is done once, noted only when it is finished, and runs beside the others where that is safe."""

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
	"""One step. `key` tells what it was made from: while it stays the same, the step need not be done again.
	`after` are the steps it needs; `clean` removes what an interrupted try may have left; `holds` looks whether the
	outcome is still there; `needless` whether there is nothing to do to begin with."""

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
	"""Steps in an order that respects what they need; those that do not wait for each other run at once."""

	def __init__(self, home: Home):
		self.home = home
		self.steps: dict[str, Step] = {}
		self._trouble: BaseException | None = None
		self._lock = threading.Lock()

	def add(self, step: Step) -> None:
		"""Add a step; what it needs must have been added before."""
		assert all(name in self.steps for name in step.after), step
		self.steps[step.name] = step

	def carry_out(self) -> None:
		"""Do what is not done. The first failure ends the programs of all other steps and is raised."""
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
	"""Do one step now, and note it."""
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
