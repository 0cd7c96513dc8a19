"""What people do in a small and in a large city, for `./kyodo measure --size`: each act is undone as soon as it has been timed.

An act is a function that prepares what it needs and returns what is timed. It gets {role: login} of the demo city.
"""

from collections.abc import Callable
from itertools import count

OFFICE, APPLICANT, MEMBER = "Kyodo Officer", "Kyodo Organisation Member", "Kyodo Committee Member"
ITEMS = 5  # of a meeting
_numbers = count()


class City:
	"""Steps of the cycle by the people of a demo city, on records that are made for the act."""

	def __init__(self, users: dict[str, str]):
		import frappe

		from kyodo_frappe.demo.clients import LocalClient
		from kyodo_frappe.permissions.people import WRITERS, organisations_of

		self.office, self.applicant, self.member = (LocalClient(users[role]) for role in (OFFICE, APPLICANT, MEMBER))
		self.organisation = sorted(organisations_of(users[APPLICANT], WRITERS))[0]
		self.programme = frappe.db.get_value("Kyodo Organisation", self.organisation, "programme")
		self.section = frappe.db.get_value("Kyodo Section", {"disabled": 0}, order_by="name")
		seat = {"user": users[MEMBER], "parenttype": "Kyodo Committee"}
		self._loosen()
		self.committee = frappe.db.get_value("Kyodo Committee Member", seat, "parent", order_by="parent")

	def _loosen(self):
		"""Let an organisation hand in as often as it is measured, without having asked for advice."""
		import frappe

		doc = frappe.get_doc("Kyodo Programme", self.programme)
		doc.update({"advice_required": 0, "one_per_year": 0, "consultation_required": 0})
		doc.save()

	def draft(self) -> str:
		from kyodo_frappe.demo import cycle_steps

		title = f"みんなの食堂 {next(_numbers)}"
		return cycle_steps.draft(self.applicant, self.programme, self.organisation, title, section=self.section)

	def submitted(self) -> str:
		from kyodo_frappe.demo import cycle_steps

		name = self.draft()
		cycle_steps.submit(self.applicant, name)
		return name

	def convened(self) -> tuple[str, list[str]]:
		"""(a meeting, its ITEMS proposals)"""
		from kyodo_frappe.demo import cycle_steps

		proposals = [self.submitted() for _number in range(ITEMS)]
		for name in proposals:
			cycle_steps.receive(self.office, name)
			cycle_steps.refer(self.office, name, self.section)
		meeting = cycle_steps.plan_meeting(self.office, self.committee, "Step 1", [cycle_steps.proposal_item(name) for name in proposals])
		cycle_steps.convene(self.office, meeting)
		return meeting, proposals

	def in_session(self) -> tuple[str, list[str]]:
		from kyodo_frappe.demo import cycle_steps

		meeting, proposals = self.convened()
		cycle_steps.open_session(self.office, meeting)
		return meeting, proposals


def _saving(city: City) -> Callable[[], object]:
	name = city.draft()
	return lambda: city.applicant.update("Kyodo Proposal", name, {"purpose": "週に一度、ともに食卓を囲む。"})


def _handing_in(city: City) -> Callable[[], object]:
	from kyodo_frappe.demo import cycle_steps

	name = city.draft()
	return lambda: cycle_steps.submit(city.applicant, name)


def _receiving(city: City) -> Callable[[], object]:
	from kyodo_frappe.demo import cycle_steps

	name = city.submitted()
	return lambda: cycle_steps.receive(city.office, name)


def _marking(city: City) -> Callable[[], object]:
	import frappe

	from kyodo_frappe.demo import cycle_steps

	_meeting, proposals = city.convened()
	sheet = frappe.db.get_value("Kyodo Review", {"proposal": proposals[0], "member": city.member.user})
	marks = frappe.get_all("Kyodo Review Mark", {"parent": sheet}, pluck="criterion", order_by="idx")
	return lambda: cycle_steps.mark(city.member, sheet, dict.fromkeys(marks, "4"))


def _deciding(city: City) -> Callable[[], object]:
	from kyodo_frappe.demo import cycle_steps

	meeting, proposals = city.in_session()
	return lambda: cycle_steps.decide(city.office, meeting, proposals[0], "Not Adopted", reasons=cycle_steps.REFUSAL)


def _closing(city: City) -> Callable[[], object]:
	from kyodo_frappe.demo import cycle_steps

	meeting, proposals = city.in_session()
	for name in proposals:
		cycle_steps.decide(city.office, meeting, name, "Not Adopted", reasons=cycle_steps.REFUSAL)
	return lambda: cycle_steps.close(city.office, meeting)


ACTS = {
	"saving a draft": _saving,
	"handing in": _handing_in,
	"receiving": _receiving,
	"handing in marks": _marking,
	"deciding an item": _deciding,
	f"closing a meeting of {ITEMS} items": _closing,
}
