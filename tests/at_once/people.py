"""Two take a place, answer, are introduced, invited, or leave at once."""

import frappe

from kyodo_frappe.accounts import invitations

from .stage import INVITATION, MATCH, MEMBER, ORGANISATION, REGISTRATION, RESPONSE, SURVEY, Moment, Stage, count, rewind, wipe


def last_place(stage: Stage) -> Moment:
	wipe(REGISTRATION, event=stage.event)

	def holds():
		assert frappe.get_all(REGISTRATION, {"event": stage.event}, pluck="state", order_by="name") == ["Registered"]

	return Moment([stage.call(who, "learning.registrations.take_part", event=stage.event) for who in ("rep", "outsider")], holds)


def same_person_twice(stage: Stage) -> Moment:
	moment = last_place(stage)
	return Moment([stage.call("rep", "learning.registrations.take_part", event=stage.event) for _number in range(2)], moment.holds)


def both_organisations_answer(stage: Stage) -> Moment:
	survey, *sheets = stage.survey
	rewind(SURVEY, survey, answered_count=0, state="Open")
	for sheet in sheets:
		wipe("Kyodo Survey Answer", parent=sheet)
		rewind(RESPONSE, sheet, state="Asked", answered_on=None, answered_by=None)

	def holds():
		assert count(RESPONSE, survey=survey, state="Answered") == 2
		assert frappe.db.get_value(SURVEY, survey, "answered_count") == 2

	acts = [
		stage.form(
			who,
			"support.actions.save_sheet",
			name=sheet,
			then="submit",
			modified=str(frappe.db.get_value(RESPONSE, sheet, "modified")),
			**{"answer-0": "12"},
		)
		for who, sheet in zip(("rep", "outsider"), sheets, strict=True)
	]
	return Moment(acts, holds)


def answer_while_survey_closes(stage: Stage) -> Moment:
	acts = both_organisations_answer(stage).acts
	survey = stage.survey[0]

	def holds():
		doc = frappe.get_doc(SURVEY, survey)
		assert doc.state == "Closed" and doc.answered_count == count(RESPONSE, survey=survey, state="Answered")

	return Moment([acts[0], stage.call("support", "support.surveys.close_survey", survey=survey)], holds)


def both_say_yes(stage: Stage) -> Moment:
	match = stage.introduced
	rewind(MATCH, match, state="Introduced", need_answer=None, other_answer=None, need_contact=None, other_contact=None)

	def holds():
		assert frappe.db.get_value(MATCH, match, ["state", "need_answer", "other_answer"]) == ("Talking", "Yes", "Yes")

	acts = [
		stage.call(who, "support.introductions.answer_introduction", match=match, side=side, answer="Yes", contact="0467-00-0000")
		for who, side in (("rep", "need"), ("outsider", "other"))
	]
	return Moment(acts, holds)


def accept_twice(stage: Stage) -> Moment:
	user = stage.town.cast["support"]
	wipe(MEMBER, parent=stage.town.organisation, user=user)
	wipe(INVITATION, organisation=stage.town.organisation)
	invitation = invitations._new(invitations.JOIN, user, organisation=stage.town.organisation, member_role="Viewer")

	def holds():
		assert count(MEMBER, parent=stage.town.organisation, user=user) == 1
		wipe(MEMBER, parent=stage.town.organisation, user=user)
		wipe("Has Role", parent=user, role="Kyodo Organisation Member")
		frappe.db.commit()
		frappe.clear_cache(user=user)

	key = invitation.flags.key
	return Moment([stage.form("support", "organisations.actions.accept_invitation", key=key) for _number in range(2)], holds)


def invite_twice(stage: Stage) -> Moment:
	wipe(INVITATION, organisation=stage.town.organisation)
	frappe.cache.delete_keys("kyodo-mails-of-day:")
	email = f"{stage.town.tag}@example.jp"
	invite = {"organisation": stage.town.organisation, "email": email, "member_role": "Viewer"}

	def holds():
		assert count(INVITATION, organisation=stage.town.organisation, revoked_on=["is", "not set"]) == 1

	return Moment([stage.call(who, "accounts.invitations.invite", **invite) for who in ("rep", "officer")], holds)


def both_leave(stage: Stage) -> Moment:
	organisation = stage.town.organisation
	for who, role in (("rep", "Representative"), ("editor", "Representative")):
		user = stage.town.cast[who]
		if name := frappe.db.get_value(MEMBER, {"parent": organisation, "user": user}):
			rewind(MEMBER, name, member_role=role)
		else:
			row = {"doctype": MEMBER, "parenttype": ORGANISATION, "parentfield": "members", "parent": organisation, "idx": 9}
			frappe.get_doc({**row, "user": user, "member_role": role}).db_insert()
	frappe.clear_document_cache(ORGANISATION, organisation)

	def holds():
		assert count(MEMBER, parent=organisation, member_role="Representative") == 1
		_put_back(stage)

	return Moment([stage.call(who, "organisations.membership.leave", organisation=organisation) for who in ("rep", "editor")], holds)


def _put_back(stage: Stage):
	for who, role in (("rep", "Representative"), ("editor", "Editor")):
		wipe(MEMBER, parent=stage.town.organisation, user=stage.town.cast[who])
		row = {"doctype": MEMBER, "parenttype": ORGANISATION, "parentfield": "members", "parent": stage.town.organisation, "idx": 9}
		frappe.get_doc({**row, "user": stage.town.cast[who], "member_role": role}).db_insert()
	frappe.db.commit()
	frappe.clear_document_cache(ORGANISATION, stage.town.organisation)
