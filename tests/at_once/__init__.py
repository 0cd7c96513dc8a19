"""Concurrent acts as data: the records before, who does what, and what must be true afterwards.

Each `begin` resets the records (straight in the database, so that a round is cheap) and returns the acts with the check that
follows them. Tasks that are killed halfway (killed.py) are declared in the same way. tests/site/workflows/test_at_once.py runs all
of them on records that `Stage` makes once.
"""

from .evaluation import agree_to_record, hand_in, hand_in_by_form, hand_in_twice, open_round
from .killed import HALTING, KILLED
from .meetings import (
	answer_invitation,
	close,
	convene,
	decide_one_item,
	decide_while_closing,
	decline_or_move_up,
	frame,
	last_marks,
	mark_while_marking_closes,
	move_up_one,
	move_up_two,
	written_opinions,
)
from .partnership import (
	amend,
	ask_twice,
	begin_change,
	both_confirm,
	confirm_or_end_year,
	confirm_or_reopen,
	confirm_year,
	draft_agreement,
	one_confirms_twice,
	open_report,
	pay_too_much,
	pay_twice,
)
from .people import (
	accept_twice,
	answer_while_survey_closes,
	both_leave,
	both_organisations_answer,
	both_say_yes,
	invite_twice,
	last_place,
	same_person_twice,
)
from .proposals import one_of_each, one_of_the_year, receive, receive_or_return, receive_or_withdraw, two_letters
from .stage import FEW, Act, Sent, Stage

__all__ = ["ACTS", "HALTING", "KILLED", "Sent", "Stage"]

ACTS = (
	Act("two officers receive one proposal", receive, (1,)),
	Act("one receives a proposal, one returns it", receive_or_return, (1,), FEW),
	Act("the office receives a proposal, its organisation withdraws it", receive_or_withdraw, (1, 2), FEW),
	Act("two letters are numbered", two_letters, (2,)),
	Act("two proposals of an organisation in a call for one", one_of_each, (1,)),
	Act("two proposals of an organisation to two calls of a year", one_of_the_year, (1,)),
	Act("two decisions on one item", decide_one_item, (1,)),
	Act("two grants from one frame", frame, (1,)),
	Act("two officers move up one reserve", move_up_one, (1,), FEW),
	Act("two reserves are moved up in one frame", move_up_two, (1, 2), FEW),
	Act("a reserve declines while it is moved up", decline_or_move_up, (1, 2), FEW),
	Act("two officers close one meeting", close, (1,)),
	Act("one closes the meeting, one notes a decision", decide_while_closing, (1, 2)),
	Act("two officers convene one meeting", convene, (1,), FEW),
	Act("two members answer the invitation", answer_invitation, (2,), FEW),
	Act("two members give written opinions", written_opinions, (2,), FEW),
	Act("the last two members hand in their marks", last_marks, (2,)),
	Act("a member hands in marks while marking is closed", mark_while_marking_closes, (1, 2)),
	Act("both sides confirm the agreement", both_confirm, (2,)),
	Act("one party confirms twice", one_confirms_twice, (1,)),
	Act("one side confirms, the other takes the text back", confirm_or_reopen, (1, 2), FEW),
	Act("both sides draft the agreement", draft_agreement, (2,)),
	Act("both sides begin an amendment", amend, (2,), FEW),
	Act("two of one side begin a change of the plan", begin_change, (2,), FEW),
	Act("two payments beyond the grant", pay_too_much, (1,)),
	Act("two payments within the grant", pay_twice, (1,)),
	Act("two of one side ask for the whole advance", ask_twice, (1,), FEW),
	Act("two officers confirm the next year", confirm_year, (1,), FEW),
	Act("one confirms the next year, one ends it", confirm_or_end_year, (1,), FEW),
	Act("both sides open the report", open_report, (2,)),
	Act("section and office open the evaluation", open_round, (2,)),
	Act("both sides hand in their evaluation", hand_in, (2,)),
	Act("both sides hand in their evaluation, one by the portal", hand_in_by_form, (2,)),
	Act("one side hands in its evaluation twice", hand_in_twice, (1,), FEW),
	Act("both sides agree to the record", agree_to_record, (2,), FEW),
	Act("two people take the last place", last_place, (1,)),
	Act("one person takes a place twice", same_person_twice, (1,), FEW),
	Act("two organisations answer the survey", both_organisations_answer, (2,)),
	Act("an organisation answers while the survey is closed", answer_while_survey_closes, (1, 2), FEW),
	Act("both sides say yes to an introduction", both_say_yes, (2,)),
	Act("one invitation is accepted twice", accept_twice, (1,)),
	Act("one address is invited twice", invite_twice, (1, 2), FEW),
	Act("both representatives leave", both_leave, (1,)),
)
