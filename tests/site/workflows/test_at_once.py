"""Simultaneous actions of two users over connections of their own, and a server that is killed in between."""

import json
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier

import frappe
import pytest
from at_once import ACTS, HALTING, KILLED, Sent, Stage

from kyodo_frappe.demo.clients import LocalClient, Refused
from kyodo_frappe.programme.errors import CallJustChanged, CallRulesBind

pytestmark = pytest.mark.usefixtures("messages_sent_at_once")

JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff].*[。）」]", re.DOTALL)
TECHNICAL = re.compile(r"deadlock|traceback|error|exception|modified|lock wait|\d{4}, \"", re.IGNORECASE)


@dataclass(frozen=True)
class Answer:
	"""Result of an action: `status` 200, or that of the refusal with its message."""

	status: int
	sentence: str = ""


def at_once(*acts) -> list[str]:
	"""Return ["ok" or the message of the refusal] of actions that begin together."""
	return [answer.sentence or "ok" for answer in together(*acts)]


def together(*acts) -> list[Answer]:
	"""Run actions in threads that begin together, each over a connection of its own."""
	barrier = Barrier(len(acts))

	def attempt(act):
		barrier.wait()
		try:
			return act()
		except Refused as refusal:
			return Answer(refusal.status, " ".join(refusal.sentences))

	with ThreadPoolExecutor(len(acts)) as pool:
		return [_answer(found) for found in pool.map(attempt, acts)]


def _answer(found) -> Answer:
	if isinstance(found, Answer):
		return found
	if isinstance(found, Sent) and "n=" in found.location:
		token = re.search(r"[?&]n=(\w+)", found.location)[1]
		notice = frappe.cache.get_value(f"kyodo-notice:{found.user}:{token}", expires=True) or {}
		if notice.get("kind") == "refused":
			return Answer(417, notice["text"])
	return Answer(200)


@pytest.fixture(scope="module")
def stage(busy_town):
	return Stage(busy_town)


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.name.replace(" ", "-"))
def test_simultaneous_actions_are_serialised(stage, act):
	wrong = [found for _number in range(act.rounds) if (found := _round(stage, act))]
	assert not wrong, f"{len(wrong)} of {act.rounds} rounds: " + " | ".join(sorted(set(wrong))[:3])


def _round(stage, act) -> str:
	"""Return what went wrong in a round, or ""."""
	moment = act.begin(stage)
	frappe.db.commit()
	answers = together(*moment.acts)
	frappe.db.rollback()
	frappe.clear_messages()
	losers = [answer for answer in answers if answer.status != 200]
	try:
		assert len(answers) - len(losers) in act.winners, f"{len(losers)} refused: {losers}"
		for loser in losers:
			assert loser.status < 500 and JAPANESE.search(loser.sentence) and not TECHNICAL.search(loser.sentence), loser
		moment.holds()
	except AssertionError as error:
		return str(error).partition("\n")[0]
	return ""


# -- one waits for the other -----------------------------------------------------------------


def meanwhile(act) -> Refused | None:
	"""Begin an act over HTTP, commit this process's transaction once the act waits for a lock of it, and return its refusal."""

	def attempt():
		try:
			act()
		except Refused as refusal:
			return refusal

	with ThreadPoolExecutor(1) as pool:
		answer = pool.submit(attempt)
		waiting = "select count(*) from information_schema.processlist where id <> connection_id() and info like %s and time_ms > 200"
		for _attempt in range(200):
			if answer.done() or frappe.db.sql(waiting, "%for update%")[0][0]:
				break
			time.sleep(0.05)
		assert not answer.done(), "did not wait"
		frappe.db.commit()
		return answer.result()


def test_a_call_changes_while_a_proposal_is_handed_in_to_it(stage):
	town = stage.town
	call = stage.call_of(pass_mark=50)
	draft = town.draft(call=call, acknowledged_on=frappe.utils.now())
	frappe.db.commit()
	changed = frappe.get_doc("Kyodo Call", call)
	changed.pass_mark = 60
	changed.save()
	refused = meanwhile(stage.act("rep", "Kyodo Proposal", draft, "Submit"))
	assert refused and refused.exc_type == CallJustChanged.__name__, refused
	frappe.db.rollback()
	assert town.state("Kyodo Proposal", draft) == "Draft"

	LocalClient(town.cast["rep"]).act("Kyodo Proposal", draft, "Submit")
	refused = meanwhile(stage.update("manager", "Kyodo Call", call, {"pass_mark": 70}))
	assert refused and refused.exc_type == CallRulesBind.__name__, refused
	frappe.db.rollback()
	assert frappe.db.get_value("Kyodo Call", call, "pass_mark") == 60


# -- killed in the middle ----------------------------------------------------------------


@pytest.mark.parametrize("deed", KILLED, ids=lambda deed: deed.name.replace(" ", "-"))
def test_killed_server_leaves_no_partial_changes(stage, deed):
	"""After SIGKILL between two steps of a transaction nothing has changed, and the same action succeeds afterwards."""
	task = deed.begin(stage)
	frappe.db.commit()
	_killed(deed, task)
	frappe.db.rollback()
	task.untouched()
	_process(deed, task, halts_after=0).wait(60)
	frappe.db.rollback()
	task.done()


def _killed(deed, task):
	process = _process(deed, task, halts_after=deed.times)
	try:
		assert process.stdout.readline().strip() == "half", process.stderr.read()[-2000:]
	finally:
		process.kill()
		process.wait()


def _process(deed, task, halts_after: int) -> subprocess.Popen:
	told = {"user": task.user, "call": deed.call, "args": task.args, "at": deed.at, "times": halts_after, "values": deed.values}
	command = [sys.executable, "-c", HALTING, frappe.local.site, frappe.local.sites_path, json.dumps(told)]
	return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=frappe.local.sites_path)
