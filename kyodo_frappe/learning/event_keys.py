"""Keys of the links that registrations for events carry in their mails.

A key is made from the site's own secret and never stored; the record keeps its SHA-256 only. So every mail can carry the
same link, and nobody who reads the database can open one.
"""

import hashlib
import hmac

from frappe.model.document import Document
from frappe.utils import get_datetime
from frappe.utils.password import get_encryption_key


def key_of(registration: Document) -> str:
	"""The key of a registration. Its moment of birth is part of it: a name that is free again opens nothing old."""
	text = f"kyodo-event {registration.name} {get_datetime(registration.creation).isoformat()}"
	return hmac.new(get_encryption_key().encode(), text.encode(), hashlib.sha256).hexdigest()[:40]


def hash_of(key: str) -> str:
	return hashlib.sha256((key or "").encode()).hexdigest()
