"""The fields that the portal forms of this room write besides those of the programme's form (hooks.py: kyodo_portal_fields)."""

PORTAL_FIELDS = {"Kyodo Proposal": (("acknowledged_on",), {"expenses"})}
