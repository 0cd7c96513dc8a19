"""What the app says to people: events, their words, and the one way out (`send`)."""

from kyodo_frappe.messages.sending import address, send

__all__ = ["address", "send"]
