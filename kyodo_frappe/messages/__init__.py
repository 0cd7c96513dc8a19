"""Messages to users: events, their templates and recipients, and `send`, through which every message goes."""

from kyodo_frappe.messages.sending import address, receipt, send

__all__ = ["address", "receipt", "send"]
