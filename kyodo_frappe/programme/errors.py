"""Refusals of the room `programme`."""

import frappe

# -- proposals and projects against the rules of their programme and call --------------------------


class OriginNotAccepted(frappe.ValidationError):
	"""Raised on handing in a proposal of an origin (organisation, city, joint) that the programme does not accept."""


class OrganisationTypeNotAccepted(frappe.ValidationError):
	"""Raised on handing in a proposal of an organisation of a type that may not propose (国立 1(3), 国分寺 市民活動団体の要件)."""


class CallNotOpen(frappe.ValidationError):
	"""Raised on handing in a proposal before its call opens, or after it has closed."""


class OneProposalPerOrganisation(frappe.ValidationError):
	"""Raised on handing in a second proposal of an organisation to a call that accepts one of each."""


class CallBudgetExceeded(frappe.ValidationError):
	"""Raised on noting an adoption with more money than the budget of its call has left."""


class CallConditionNotMet(frappe.ValidationError):
	"""Raised on handing in a proposal of an organisation that does not meet a condition (members, years, place) of its call."""


class AnswerRefused(frappe.ValidationError):
	"""Raised on handing in a proposal that answers a question otherwise than its call or programme needs."""


class NotContinuable(frappe.ValidationError):
	"""Raised on handing in a proposal to a call for continued projects, that names no reported project of its organisation."""


class InvalidStartDay(frappe.ValidationError):
	"""Raised on handing in a proposal whose project would begin outside the fiscal year that it is for."""


class AdviceRequired(frappe.ValidationError):
	"""Raised on handing in a proposal without the consultation (事前相談) that its call requires."""


class OneProposalPerYear(OneProposalPerOrganisation):
	"""Raised on handing in a second proposal of an organisation in a year, where one over all calls is accepted."""


class AdoptedTooOften(frappe.ValidationError):
	"""Raised on handing in a proposal of an organisation, or of a project, that has been adopted as often as it can be."""


class CallRulesBind(frappe.ValidationError):
	"""Raised for a change of the form or criteria of a call after a proposal has been handed in to it."""


class CallJustChanged(frappe.ValidationError):
	"""Raised for a proposal that is handed in at the moment its call is changed."""


class CallTermExceeded(frappe.ValidationError):
	"""Raised for a project that covers more fiscal years than its call allows."""


class YearOutsideTerm(frappe.ValidationError):
	"""Raised for an amount, or a line of cost or income, of a year that the term does not have."""


class CostsOfYearsDiffer(frappe.ValidationError):
	"""Raised for a cost of a year that is not the sum of the expenses of that year."""


class YearlyAmountsDiffer(frappe.ValidationError):
	"""Raised where the amounts per year do not add up to the whole amount, or none are given for a term of several years."""


class InvalidCallDates(frappe.ValidationError):
	"""Raised for a call that would close before it opens."""


class CeilingAboveBudget(frappe.ValidationError):
	"""Raised for a call whose ceiling per proposal is above its total budget."""


class InvalidCategoryRule(frappe.ValidationError):
	"""Raised for a rule of a category of cost that limits nothing, or by a share that is none."""


class InvalidThreshold(frappe.ValidationError):
	"""Raised for a threshold of changes that is no percentage."""


# -- what a programme declares --------------------------------------------------------------------------


class InvalidMunicipalityCode(frappe.ValidationError):
	"""Raised for a municipality code (団体コード) whose check digit is wrong."""


class InvalidFormRow(frappe.ValidationError):
	"""Raised for a row of a programme's forms; the message names the row."""


class UnknownName(InvalidFormRow):
	"""Raised for a row that names a field, column, step, criterion or type of call that does not exist."""


class DuplicateFormField(InvalidFormRow):
	"""Raised for a row that asks for a field a second time."""


class FieldNotAskable(InvalidFormRow):
	"""Raised for a row about a field that people cannot fill in, or with a setting that its type of field does not have."""


class PlaceNotAllowed(InvalidFormRow):
	"""Raised for a row that shows its field in a place, or leaves it out of one, where that cannot be."""


class RequiredFieldMissing(frappe.ValidationError):
	"""Raised for a form that leaves out a field without which its record cannot be saved."""


class RuleChangeNotPreviewed(frappe.ValidationError):
	"""Raised on saving binding rules from a page of the desk that has not shown what the change means (`versions.preview`)."""


# -- presets, files, set-up -----------------------------------------------------------------------------


class UnknownPreset(frappe.ValidationError):
	"""Raised for the name of a preset that does not exist; the message lists the presets."""


class InvalidPreset(frappe.ValidationError):
	"""Raised for a preset, or the file of another city, that holds what the DocTypes do not know."""


class InvalidProgrammeFile(frappe.ValidationError):
	"""Raised for a file that is not a programme."""


class ProgrammeExists(frappe.ValidationError):
	"""Raised on creating a programme under a name that the site already has."""


class InvalidSetupAnswer(frappe.ValidationError):
	"""Raised for an answer of the set-up page that cannot be read, or that belongs to no question of the page."""


class ForeignCityName(frappe.ValidationError):
	"""Raised on setting up a programme whose texts still name another city, or hold a blank."""


class ProgrammeNotReady(frappe.ValidationError):
	"""Raised on opening a programme while something is missing; the message lists everything."""


class NotPlanned(frappe.ValidationError):
	"""Raised on planning a year from a table of the programme that is empty."""


class InvalidListFilter(frappe.ValidationError):
	"""Raised for a saved list filter with a field, operator or value that is not known."""
