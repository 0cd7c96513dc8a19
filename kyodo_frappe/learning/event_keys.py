"""Keys of the links in mails about a registration.

A key is derived from the site's secret and never stored; the record keeps only its SHA-256. Every mail can therefore
contain the same link, and reading the database does not reveal one.
"""

import hashlib
import hmac

from frappe.model.document import Document
from frappe.utils import get_datetime
from frappe.utils.password import get_encryption_key


def make_key(registration: Document) -> str:
	"""Return the key of a registration (40 hexadecimal digits).

	It depends on the time of creation as well, so a name that is used again does not revive an old link.
	"""
	text = f"kyodo-event {registration.name} {get_datetime(registration.creation).isoformat()}"
	return hmac.new(get_encryption_key().encode(), text.encode(), hashlib.sha256).hexdigest()[:40]


def hash_key(key: str) -> str:
	"""Return the SHA-256 of a key, as the field `key_hash` holds it."""
	return hashlib.sha256((key or "").encode()).hexdigest()
