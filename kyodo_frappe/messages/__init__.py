"""Messages to users: events, their templates and recipients, and `send`, through which every message goes."""

from kyodo_frappe.messages.sending import address, send

__all__ = ["address", "send"]
