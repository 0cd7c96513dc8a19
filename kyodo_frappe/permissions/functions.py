"""What is known of Frappe's own functions: `frappe_functions.json`, read. Each group has a reason (`why`) and says what is
asked when a request calls one of its functions and names records of ours (`ask`):

	nothing  names no record of ours, or is answered in another place
	itself   the function loads or saves the record under our rules: columns in conditions and names are asked
	list     Frappe puts our query conditions on the rows: columns and joins are asked here
	read     each record that is named has to be open to the login
	write    each record that is named has to be open for writing
	blank    a record that is closed is answered like one that is not there
	never    not with anything of ours

`portal`: logins of the portal, and logins without a role, may call it; they may call no others. `names`: further
arguments that name records. A name that ends in `.*` stands for everything below; the longest that fits counts.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

TABLE = Path(__file__).with_name("frappe_functions.json")
ASKS = ("nothing", "itself", "list", "read", "write", "blank", "never")


@dataclass(frozen=True)
class Known:
	ask: str
	why: str
	portal: bool = False
	names: tuple[str, ...] = ()


@lru_cache
def table() -> dict[str, Known]:
	"""{function, or the beginning of several with its dot: what is known}"""
	known = {}
	for group in json.loads(TABLE.read_text()):
		entry = Known(group["ask"], group["why"], group.get("portal", False), tuple(group.get("names", ())))
		known |= {name.removesuffix("*"): entry for name in group["functions"]}
	return known


def known(function: str) -> Known | None:
	"""What is known of a function of Frappe's; None: nothing yet."""
	parts = function.split(".")
	wider = (".".join(parts[:number]) + "." for number in range(len(parts) - 1, 0, -1))
	return next((table()[name] for name in (function, *wider) if name in table()), None)
