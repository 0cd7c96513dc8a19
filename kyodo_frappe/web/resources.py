"""Files below /kyodo that are not pages: stylesheets, pictures, feeds (hooks.py: kyodo_resources)."""

from collections.abc import Callable
from dataclasses import dataclass

import frappe


@dataclass(frozen=True)
class Resource:
	"""A file below /kyodo.

	`address`: its segments, in which `<name>` matches any one segment and is passed to `content` as an argument; `content`: returns
	(bytes, MIME type), or None where there is nothing that the public may see; `max_age`: seconds during which browsers need not ask
	again, 0 if they always ask whether it has changed.
	"""

	address: str
	content: Callable[..., tuple[bytes, str] | None]
	max_age: int = 0


def resources() -> list[Resource]:
	"""Return the files of all rooms, and of other apps that use the hook `kyodo_resources`."""
	return [resource for path in frappe.get_hooks("kyodo_resources") for resource in frappe.get_attr(path)]


def find(path: str) -> tuple[Resource, dict[str, str]] | None:
	"""Return the file at an address below /kyodo and the arguments of its content, or None."""
	for resource in resources():
		arguments = matched(resource.address, path)
		if arguments is not None:
			return resource, arguments
	return None


def matched(address: str, path: str) -> dict[str, str] | None:
	"""Return the arguments that a path (kyodo/…) has at an address of a page or file, or None where it does not match."""
	wanted, asked = address.split("/") if address else [], path.strip("/").split("/")[1:]
	pairs = list(zip(wanted, asked, strict=False))
	if len(wanted) != len(asked) or not all(w.startswith("<") or w == a for w, a in pairs):
		return None
	return {w.strip("<>"): a for w, a in pairs if w.startswith("<")}
