"""Both sides evaluate at once."""

from collections.abc import Callable

import frappe

from .stage import PROJECT, ROUND, SHEET, Moment, Stage, count, rewind, wipe


def open_round(stage: Stage) -> Moment:
	wipe(SHEET, project=stage.running)
	wipe(ROUND, project=stage.running)
	year = frappe.db.get_value(PROJECT, stage.running, "fiscal_year")

	def holds():
		assert count(ROUND, project=stage.running) == 1 and count(SHEET, project=stage.running) == 2

	return Moment(
		[
			stage.call(who, "evaluation.rounds.open_round", project=stage.running, fiscal_year=year, phase="Annual")
			for who in ("section", "officer")
		],
		holds,
	)


def _open_sheets(stage: Stage) -> tuple[str, str, str]:
	evaluation, *sheets = stage.evaluation
	rewind(ROUND, evaluation, workflow_state="Open", city_agreed_on=None, organisation_agreed_on=None)
	for sheet in sheets:
		rewind(SHEET, sheet, submitted_on=None, submitted_by=None, released=0)
	wipe("Comment", reference_name=evaluation, comment_type="Workflow")
	return evaluation, *sheets


def _both_in(evaluation: str, sheets: list[str]) -> Callable[[], None]:
	def holds():
		assert frappe.db.get_value(ROUND, evaluation, "workflow_state") == "Both In"
		assert count(SHEET, name=["in", sheets], released=1, submitted_on=["is", "set"]) == 2
		assert count("Comment", reference_name=evaluation, comment_type="Workflow") == 1, "the round moves on once"

	return holds


def hand_in(stage: Stage) -> Moment:
	evaluation, *sheets = _open_sheets(stage)
	acts = [
		stage.call(who, "evaluation.rounds.submit_sheet", sheet=sheet, marks=stage.answers_of(sheet))
		for who, sheet in zip(("section", "rep"), sheets, strict=True)
	]
	return Moment(acts, _both_in(evaluation, sheets))


def hand_in_by_form(stage: Stage) -> Moment:
	evaluation, *sheets = _open_sheets(stage)
	typed = {f"{kind}-{code}": str(value) for code, answer in stage.answers_of(sheets[1]).items() for kind, value in answer.items()}
	acts = [
		stage.call("section", "evaluation.rounds.submit_sheet", sheet=sheets[0], marks=stage.answers_of(sheets[0])),
		stage.form("rep", "evaluation.actions.save_evaluation", name=sheets[1], evaluation_round=evaluation, then="submit", **typed),
	]
	return Moment(acts, _both_in(evaluation, sheets))


def hand_in_twice(stage: Stage) -> Moment:
	evaluation, *sheets = _open_sheets(stage)

	def holds():
		assert frappe.db.get_value(ROUND, evaluation, "workflow_state") == "Open"
		assert count(SHEET, name=["in", sheets], submitted_on=["is", "set"]) == 1

	marks = stage.answers_of(sheets[1])
	return Moment([stage.call(who, "evaluation.rounds.submit_sheet", sheet=sheets[1], marks=marks) for who in ("rep", "editor")], holds)


def agree_to_record(stage: Stage) -> Moment:
	evaluation, *_sheets = _open_sheets(stage)
	rewind(ROUND, evaluation, workflow_state="Both In", dialogue="話し合った。")

	def holds():
		assert all(frappe.db.get_value(ROUND, evaluation, ["city_agreed_on", "organisation_agreed_on"]))

	return Moment([stage.call(who, "evaluation.dialogue.agree_to_record", evaluation=evaluation) for who in ("section", "rep")], holds)
