"""What somebody who receives a record has to check, each point with its result."""

from dataclasses import asdict, dataclass

from frappe import _

FINE, LOOK, MISSING = "No Problem", "To Be Checked", "Missing"


@dataclass(frozen=True)
class Check:
	"""A point with its result. subject: what it is about, a heading; verdict: FINE, LOOK or MISSING; text: one sentence; field: the
	field of the form that it is about, "" for none; link: (DocType, name) of a record to look at."""

	subject: str
	verdict: str
	text: str
	field: str = ""
	link: tuple[str, str] | None = None


def as_groups(checks: list[Check]) -> list[dict]:
	"""[{subject, verdict, word, lines: [{verdict, word, text, field, link}]}] in the order of the subjects; a group has its worst verdict."""
	groups: dict[str, list[Check]] = {}
	for check in checks:
		groups.setdefault(check.subject, []).append(check)
	return [
		{
			"subject": subject,
			"verdict": (worst := worst_of(lines)),
			"word": word_of(worst),
			"lines": [{**asdict(line), "word": word_of(line.verdict)} for line in lines],
		}
		for subject, lines in groups.items()
	]


def worst_of(checks: list[Check]) -> str:
	"""Return the worst verdict of some checks."""
	verdicts = {check.verdict for check in checks}
	return next((verdict for verdict in (MISSING, LOOK) if verdict in verdicts), FINE)


def word_of(verdict: str) -> str:
	"""Return a verdict as people read it."""
	return {FINE: _("No Problem"), LOOK: _("To Be Checked"), MISSING: _("Missing")}[verdict]
