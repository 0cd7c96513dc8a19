"""Frappe's whitelisted functions and how the gate checks requests that call them, declared in `frappe_functions.json`.

Each group of functions has a reason (`why`) and a check for requests that name records of ours (`ask`):

	nothing  no check: the function takes no record of ours, or is checked elsewhere
	itself   the function loads or saves the record under our rules: check columns in conditions and in names
	list     Frappe applies our query conditions to the rows: check columns and joins
	read     the user has to have read permission on each record that is named
	write    the user has to have write permission on each record that is named
	blank    a closed record is treated as one that does not exist
	never    refused for everything of ours

`portal`: portal users and users without a role may call the function; they may call no others. `names`: further arguments
that name records. A name that ends in `.*` matches everything below; the longest match counts.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

TABLE = Path(__file__).with_name("frappe_functions.json")
ASKS = ("nothing", "itself", "list", "read", "write", "blank", "never")


@dataclass(frozen=True)
class Entry:
	"""An entry of `frappe_functions.json`, for one function or all below a prefix."""

	ask: str
	why: str
	portal: bool = False
	names: tuple[str, ...] = ()


@lru_cache
def table() -> dict[str, Entry]:
	"""Return {function, or prefix with its dot: entry}."""
	found = {}
	for group in json.loads(TABLE.read_text()):
		entry = Entry(group["ask"], group["why"], group.get("portal", False), tuple(group.get("names", ())))
		found |= {name.removesuffix("*"): entry for name in group["functions"]}
	return found


def entry_of(function: str) -> Entry | None:
	"""Return the entry of a function of Frappe, or None if it is not listed."""
	parts = function.split(".")
	wider = (".".join(parts[:number]) + "." for number in range(len(parts) - 1, 0, -1))
	return next((table()[name] for name in (function, *wider) if name in table()), None)
