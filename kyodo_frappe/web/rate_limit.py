"""Rate limits of guest functions, per client address and per login concerned. Exceeding one gives status 429."""

import functools
import hashlib
from collections.abc import Callable

import frappe
from frappe import _
from frappe.utils import cint
from werkzeug.wrappers import Response

from kyodo_frappe.web import metadata, page
from kyodo_frappe.web.client_address import client_address


def limited(limit: int, seconds: int, about: str | None = None, most: Callable[[], int] | None = None):
	"""Allow `limit` requests per client address within `seconds`.

	With `about`, also allow at most `most()` requests with the same value of that argument from any address, until
	`reset`. Whether such a login exists makes no difference.
	"""

	def decorate(function):
		@functools.wraps(function)
		def wrapper(*args, **kwargs):
			if not getattr(frappe.local, "request", None):
				return function(*args, **kwargs)  # called outside of a request
			counted = [(_key(function.__name__, "from", client_address()), limit)]
			if about:
				counted.append((_key(function.__name__, about, str(kwargs.get(about) or "")), most()))
			if any([_count(key, seconds) > allowed for key, allowed in counted]):  # noqa: C419 each is counted
				return _too_many(seconds)
			return function(*args, **kwargs)

		return wrapper

	return decorate


def reset(function: str, about: str, value: str):
	"""Reset the count for a value, after its owner has logged in."""
	frappe.cache.delete(_key(function, about, value))


def login_attempts() -> int:
	"""Return the number of consecutive wrong passwords allowed: the site's setting, or 10."""
	return cint(frappe.get_system_settings("allow_consecutive_login_attempts")) or 10


def _key(function: str, kind: str, value: str) -> bytes:
	digest = hashlib.sha256(value.strip().lower().encode("utf-8", "replace")).hexdigest()
	return frappe.cache.make_key(f"kyodo-limit:{function}:{kind}:{digest}")


def _count(key: bytes, seconds: int) -> int:
	count = frappe.cache.incr(key)
	if count == 1:
		frappe.cache.expire(key, seconds)
	return count


def _too_many(seconds: int) -> Response:
	sentence = _("Too many attempts. Please wait {0} minutes and try again.").format(max(seconds // 60, 1))
	if frappe.local.request.accept_mimetypes.best == "application/json":
		frappe.throw(sentence, frappe.TooManyRequestsError)
	html = page.render("web/too_many", page.ROOT, {"title": _("Please try again later"), "sentence": sentence, "meta": metadata.unlisted()})
	headers = {**page.HEADERS, "Cache-Control": "no-store", "Retry-After": str(seconds)}
	return Response(html, 429, headers, content_type="text/html; charset=utf-8")
