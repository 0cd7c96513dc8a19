"""Messages of the host: a line for each event, and a sentence with a remedy for each problem."""

from __future__ import annotations

import os
import re
import sys
import threading
import time

_started = time.monotonic()
_lock = threading.Lock()


class Trouble(Exception):
	"""A problem that the user has to know of: `what` is wrong, and the `remedy`."""

	def __init__(self, what: str, remedy: str = ""):
		self.what, self.remedy = what, remedy
		super().__init__(f"{what} Remedy: {remedy}" if remedy else what)


def say(text: str) -> None:
	"""Print a line with the seconds since the start."""
	plain(f"[{time.monotonic() - _started:6.1f} s] {text}")


def plain(text: str = "") -> None:
	"""Print a line as it is."""
	with _lock:
		try:
			print(text, flush=True)
		except BrokenPipeError:  # the reader has gone ("./kyodo demo | head"), but the work continues
			os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def complain(trouble: Trouble) -> None:
	"""Print a problem and its remedy to standard error."""
	with _lock:
		print(f"\nkyodo: {trouble.what}", file=sys.stderr)
		if trouble.remedy:
			print(f"       Remedy: {trouble.remedy}", file=sys.stderr, flush=True)


# (pattern in a program's output, what is wrong, remedy): the first match counts
_KNOWN = (
	(
		r"No space left on device|ENOSPC|Disk quota exceeded|Disk full|errno: 28",
		"The disk is full.",
		"free some space ('df -h .' shows how much there is; a bench needs 4 GB), then run the same command again.",
	),
	(
		r"DO NOT MATCH THE HASHES|[Hh]ash mismatch|EINTEGRITY",
		"A downloaded package is not the one this project was tested with, so it was not used.",
		"run the command again; if it stays so, look at the package mirror this machine uses.",
	),
	(
		r"Temporary failure in name resolution|Name or service not known|Could not resolve|ENOTFOUND|EAI_AGAIN|ETIMEDOUT"
		r"|ECONNREFUSED|ECONNRESET|Network is unreachable|Connection refused|Connection timed out|Read timed out"
		r"|from versions: none|dns error|error sending request|Failed to fetch|client error \(Connect\)|NewConnectionError|ProxyError",
		"A package registry could not be reached.",
		"check the network and the proxy or mirror settings of pip, npm and apt, then run the same command again: finished steps are kept.",
	),
	(
		r"Could not get lock|Unable to acquire the dpkg",
		"Another program is installing system packages.",
		"wait for it to end, then run the same command again.",
	),
	(
		r"dpkg was interrupted",
		"An earlier installation of system packages was cut short.",
		"run 'dpkg --configure -a' as an administrator, then the same command again.",
	),
	(
		r"Cannot allocate memory|JavaScript heap out of memory|MemoryError",
		"There was not enough memory.",
		"free some memory (building wants about 2 GB), then run the same command again.",
	),
)


def diagnose(output: str) -> tuple[str, str] | None:
	"""Return (what is wrong, remedy) for a known problem in a program's output, or None."""
	for pattern, what, remedy in _KNOWN:
		if re.search(pattern, output):
			return what, remedy
	return None
