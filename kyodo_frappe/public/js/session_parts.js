// What the session page shows, as HTML. Inputs are drawn empty: the page puts in what they hold (kyodo_session.js).
frappe.provide("kyodo");

(() => {
	const FINDINGS = ["○", "△", "×"];
	const ONE_BY_ONE = ["Not Adopted", "Adopted Conditionally"];
	const WITHHELD = () => __("You step aside for this item: a colleague has to write this.");

	const h = (text) => frappe.utils.escape_html(String(text === null || text === undefined ? "" : text));
	const yen = (amount) => `${Number(amount || 0).toLocaleString("ja-JP")}${__("yen")}`;

	function skeleton() {
		return `<div class="ks">
			<div class="ks-top"><div class="ks-facts"></div><div class="ks-saved" role="status" aria-live="polite"></div></div>
			<div class="ks-body">
				<nav class="ks-list" aria-label="${__("Agenda")}"><div class="ks-tools"></div><ol class="ks-rows"></ol></nav>
				<section class="ks-item">${__("Loading")}…</section>
				<aside class="ks-people" aria-label="${__("Members")}"></aside>
			</div>
		</div>`;
	}

	// An input for one place: label, what it holds, and what is wrong with it.
	function place_html(session, table, row, field, label, { kind = "line", hint = "", off = false, bare = false } = {}) {
		const key = [table, table ? row.name : "", field].join("/");
		const common = `data-place="${h(key)}" data-focus="${h(key)}" ${off ? "disabled" : ""}`;
		const after = trouble_html(session, key);
		if (kind === "check") {
			return `<label class="ks-check"><input type="checkbox" ${common}><span>${label}</span></label>${after}`;
		}
		const named = bare ? `aria-label="${label}"` : "";
		const input =
			kind === "text"
				? `<textarea rows="3" class="form-control" ${common} ${named} placeholder="${h(hint)}"></textarea>`
				: `<input type="text" class="form-control ks-${kind}" ${common} ${named} placeholder="${h(hint)}"
					${kind === "number" ? 'inputmode="numeric"' : ""} autocomplete="off">`;
		return bare ? input + after : `<label class="ks-field"><span>${label}</span>${input}</label>${after}`;
	}

	function trouble_html(session, key) {
		const entry = session.outbox.entries.get(key);
		if (!entry || !(entry.theirs || entry.problem)) return "";
		const button = (act, label) =>
			`<button class="btn btn-xs btn-default" data-act="${act}" data-key="${h(key)}">${label}</button>`;
		if (entry.problem) {
			const back = button("drop_change", __("Put back what is stored"));
			return `<div class="ks-problem" role="alert">${h(entry.problem)} ${back}</div>`;
		}
		const { theirs, who, when } = entry.theirs;
		return `<div class="ks-conflict" role="alert">
			<p>${__("{0} has written something else here at {1}:", [h(who), h(when)])}</p>
			<blockquote>${h(theirs) || __("(empty)")}</blockquote>
			${button("keep_mine", __("Keep mine"))} ${button("take_theirs", __("Take theirs"))}
		</div>`;
	}

	function head_html(session) {
		const { meeting, room } = session.data;
		const off = !meeting.running;
		const place = (field, label, options) => place_html(session, "", meeting, field, label, { off, ...options });
		return `<span class="ks-day">${h(meeting.day)}${meeting.place ? `　${h(meeting.place)}` : ""}</span>
			${place("begins_at", __("Begins At"), { kind: "time", hint: "18:30" })}
			${place("ends_at", __("Ends At"), { kind: "time" })}
			${place("chair_name", __("Chair"))}
			<span class="ks-count"><b>${room.present}</b>／${room.members}${__("persons present")}</span>
			${balance_html(room.balance)}`;
	}

	function balance_html(balance) {
		if (!balance) return "";
		const others = balance.others ? `・${__("Academic")}${balance.others}` : "";
		const sides = `${__("Citizens' side")}${balance.organisation}・${__("City's side")}${balance.city}${others}`;
		const verdict = balance.met ? "" : `　${__("out of balance")}`;
		return `<span class="ks-balance" data-met="${balance.met ? 1 : 0}">${sides}${verdict}</span>`;
	}

	function quorum_html(quorum) {
		if (quorum.needed === undefined) return `<span class="ks-quorum" data-met="0">${h(quorum.reason)}</span>`;
		const text = __("{0} of {1} present, {2} needed", [quorum.present, quorum.eligible, quorum.needed]);
		const verdict = quorum.met ? __("quorum met") : __("no quorum");
		return `<span class="ks-quorum" data-met="${quorum.met ? 1 : 0}">${verdict}（${text}）</span>`;
	}

	function tools_html(session) {
		const { items, contests } = session.data;
		const open = items.filter((item) => session.waits(item)).length;
		const chosen = items.filter((item) => session.ticked.has(item.name) && session.waits(item));
		session.ticked = new Set(chosen.map((item) => item.name));
		const links = contests
			.map((row) => {
				const numbers = items.filter((item) => row.items.includes(item.name)).map((item) => item.idx);
				const label = __("Compare items {0}", [numbers.join("・")]);
				return `<button class="btn btn-xs btn-default" data-act="compare" data-call="${h(row.call)}">${label}</button>`;
			})
			.join("");
		const filter = `<label class="ks-check"><input type="checkbox" class="ks-only" data-focus="only"
			${session.only_undecided ? "checked" : ""}><span>${__("Only undecided")}（${open}）</span></label>`;
		const all = session.open && open > 1
			? `<button class="btn btn-xs btn-default" data-act="tick_all" data-focus="all">${__("Tick all undecided")}</button>`
			: "";
		const bulk = chosen.length && session.open ? bulk_html(chosen) : "";
		return `<div class="ks-filter">${filter}${all}${links}</div>${bulk}`;
	}

	function bulk_html(chosen) {
		const shared = chosen
			.map((item) => item.results)
			.reduce((left, right) => left.filter((result) => right.includes(result)))
			.filter((result) => !ONE_BY_ONE.includes(result));
		const options = shared.map((result) => `<option value="${h(result)}">${__(result)}</option>`).join("");
		return `<div class="ks-bulk">
			<b>${__("{0} items ticked", [chosen.length])}</b>
			<select class="form-control" data-focus="bulk" aria-label="${__("Result")}">${options}</select>
			<input type="text" class="form-control" data-focus="bulk-advice" placeholder="${__("Advice")}"
				aria-label="${__("Advice")}">
			<button class="btn btn-sm btn-primary" data-act="record_all">${__("Record for all")}</button>
		</div>`;
	}

	function row_html(session, item) {
		const current = item.name === session.chosen;
		const tick = session.open && session.waits(item) && !item.withheld
			? `<input type="checkbox" data-tick="${h(item.name)}" data-focus="tick/${h(item.name)}"
				aria-label="${__("Tick item {0}", [item.idx])}" ${session.ticked.has(item.name) ? "checked" : ""}>`
			: `<span class="ks-notick"></span>`;
		const time = session.text("agenda", item, "called_at") || item.begins_at || "";
		return `<li class="ks-row" data-item="${h(item.name)}" ${current ? 'aria-current="true"' : ""}>${tick}
			<button data-act="go" data-item="${h(item.name)}" data-focus="row/${h(item.name)}">
				<span class="ks-no">${item.idx}</span><span class="ks-subject">${h(item.subject)}</span>
				<span class="ks-badges"><span class="ks-time">${h(time)}</span>${badges(session, item)}</span>
			</button></li>`;
	}

	function badges(session, item) {
		const found = [];
		const badge = (tone, text) => found.push(`<span class="ks-badge" data-tone="${tone}">${text}</span>`);
		if (item.decision) badge(item.decision.result === "Not Adopted" ? "no" : "yes", h(kyodo.word("Kyodo Result", item.decision.result)));
		else if (Number(session.text("agenda", item, "postponed"))) badge("grey", __("Postponed"));
		else if (item.proposal && item.proposal.workflow_state === "Withdrawn") badge("grey", __("Withdrawn"));
		else if (session.decidable(item)) badge("open", __("Undecided"));
		else if (Number(session.text("agenda", item, "verified"))) badge("yes", __("Verified"));
		if (session.outbox.orders.has(`decision/${item.name}`)) badge("draft", __("not sent yet"));
		else if (session.draft(item)) badge("draft", __("not recorded"));
		if (!item.quorum.met && session.decidable(item)) badge("no", __("no quorum"));
		if (Number(session.text("agenda", item, "closed"))) badge("grey", __("Closed Item"));
		return found.join("");
	}

	// -- html of an item

	function item_html(session, item) {
		const off = !session.data.meeting.running || item.withheld;
		const place = (field, label, options) => place_html(session, "agenda", item, field, label, { off, ...options });
		const at = session.listed.findIndex((one) => one.name === item.name);
		return `<header class="ks-title">
				<div class="ks-steps">
					<button class="btn btn-xs btn-default" data-act="previous" data-focus="previous" ${at < 1 ? "disabled" : ""}
						title="Alt+↑">◀ ${__("Previous Item")}</button>
					<button class="btn btn-xs btn-default" data-act="next" data-focus="next"
						${at >= session.listed.length - 1 ? "disabled" : ""} title="Alt+↓">${__("Next Item")} ▶</button>
				</div>
				<h3><span>${item.idx}</span> ${h(item.subject)}</h3>
				${facts_html(item)}
			</header>
			<div class="ks-line">
				${place("called_at", __("Called At"), { kind: "time", hint: item.begins_at || "" })}
				<button class="btn btn-xs btn-default" data-act="call_now" data-focus="call" ${off ? "disabled" : ""}>
					${__("Call this item now")}</button>
				${quorum_html(item.quorum)} ${balance_html(item.balance)}
			</div>
			${item.withheld ? `<p class="ks-sentence">${WITHHELD()}</p>` : ""}
			${aside_html(session, item)}
			${marks_html(item)}
			${opinions_html(item)}
			<div class="ks-texts">
				${place("hearing", __("Hearing"), { kind: "text" })}
				${place("notes", __("Summary of the Discussion"), { kind: "text" })}
			</div>
			${votes_html(session, item, place)}
			${guests_html(session, item)}
			${item.results.length && !item.withheld ? decision_html(session, item) : ""}
			<div class="ks-line ks-ticks">
				${item.report || item.evaluation_round ? place("verified", __("Verified by the Meeting"), { kind: "check" }) : ""}
				${place("postponed", __("Postponed to another meeting"), { kind: "check" })}
				${place("closed", __("Closed Item"), { kind: "check" })}
				${Number(session.text("agenda", item, "closed")) ? place("legal_ground", __("Legal Ground")) : ""}
			</div>`;
	}

	function facts_html(item) {
		const { proposal } = item;
		if (!proposal) return `<p class="ks-about">${__(item.item_type)}</p>`;
		const link = frappe.utils.get_form_link("Kyodo Proposal", proposal.name);
		const parts = [
			h(proposal.organisation_name),
			h(proposal.section),
			proposal.requested_amount ? `${__("Requested Amount")} ${yen(proposal.requested_amount)}` : "",
			__(proposal.workflow_state),
			`<a href="${h(link)}" target="_blank" rel="noopener">${__("Open the proposal")}</a>`,
		];
		return `<p class="ks-about">${parts.filter(Boolean).join("　")}</p>`;
	}

	function aside_html(session, item) {
		if (!item.aside.length) return "";
		const button = (row, ruling, label) =>
			row.ruling === ruling || !session.data.meeting.running
				? ""
				: `<button class="btn btn-xs btn-default" data-act="rule" data-user="${h(row.user)}" data-ruling="${ruling}"
					data-focus="rule/${h(row.user)}/${ruling}">${label}</button>`;
		const rows = item.aside.map((row) => {
			const tone = row.ruling === "Confirmed" ? "grey" : "yes";
			const ruling = `<span class="ks-badge" data-tone="${tone}">${__(row.ruling)}</span> ${h(row.ruling_reason)}`;
			const ruled = row.ruling ? ruling : "";
			return `<li><b>${h(row.member_name)}</b>　${h(row.reason)}　${ruled}
				${button(row, "Confirmed", __("Confirm the Interest"))} ${button(row, "Overruled", __("Overrule"))}</li>`;
		});
		return `<section class="ks-box"><h4>${__("Members Who Step Aside")}</h4><ul>${rows.join("")}</ul></section>`;
	}

	function marks_html(item) {
		const { marks } = item;
		if (!marks) return "";
		const facts = [__("{0} of {1} marks are in", [marks.submitted, marks.sheets])];
		if (marks.average === undefined) facts.push(__("shown when all are in or marking is closed"));
		else if (marks.average !== null) {
			facts.push(`${__("Average")} <b>${marks.average.toFixed(1)}</b>`);
			facts.push(`${__("Spread")} ${Number(marks.spread || 0).toFixed(1)}`);
			if (marks.pass_mark) facts.push(`${__("Pass Mark")} ${marks.pass_mark}`);
			if (marks.passed !== null) {
				const verdict = marks.passed ? __("passes") : __("does not pass");
				facts.push(`<span class="ks-badge" data-tone="${marks.passed ? "yes" : "no"}">${verdict}</span>`);
			}
			const vetoes = Object.entries(marks.vetoes || {}).filter(([, count]) => count);
			if (vetoes.length) facts.push(`${__("Veto")} ${h(vetoes.map(([code, count]) => `${code}×${count}`).join("、"))}`);
		}
		return `<section class="ks-box"><h4>${__("Marks")}</h4><p>${facts.join("　")}</p></section>`;
	}

	function opinions_html(item) {
		if (!item.opinions.length) return "";
		const rows = item.opinions.map(
			(row) => `<li><b>${h(row.member_name)}</b>　${__(row.opinion)}　${h(row.comment)}</li>`
		);
		return `<section class="ks-box"><h4>${__("Written Opinions")}</h4><ul>${rows.join("")}</ul></section>`;
	}

	function votes_html(session, item, place) {
		if (!item.results.length) return "";
		const votes = (way) => Number(String(session.text("agenda", item, `votes_${way}`)).normalize("NFKC")) || 0;
		const tie = votes("for") > 0 && votes("for") === votes("against");
		const key = `agenda/${item.name}/chair_vote`;
		const choices = ["", "For", "Against"]
			.map((one) => `<option value="${one}">${one ? h(kyodo.word("Kyodo Result", one)) : "－"}</option>`)
			.join("");
		const off = !session.data.meeting.running || item.withheld ? "disabled" : "";
		const select = `<select class="form-control" data-place="${h(key)}" data-focus="${h(key)}" ${off}>
			${choices}</select>`;
		const chair =
			tie || session.text("agenda", item, "chair_vote")
			? `<label class="ks-field"><span>${__("Vote of the Chair")}</span>${select}</label>${trouble_html(session, key)}`
			: "";
		return `<div class="ks-line ks-votes"><h4>${__("Votes")}</h4>
			${place("votes_for", __("Votes For"), { kind: "number" })}
			${place("votes_against", __("Votes Against"), { kind: "number" })}
			${place("votes_abstained", __("Abstentions"), { kind: "number" })}
			${chair}</div>`;
	}

	function guests_html(session, item) {
		const rows = session.data.guests.filter((row) => !row.agenda_no || row.agenda_no === item.idx);
		if (!rows.length) return "";
		const off = !session.data.meeting.running;
		const list = rows.map((row) => {
			const place = (field, label) => place_html(session, "guests", row, field, label, { kind: "check", off });
			return `<li><span class="ks-guest">${h(row.guest_name)}${row.agenda_no ? "" : `（${__("whole meeting")}）`}</span>
				${place("approved", __("Approved by the Meeting"))} ${place("attended", __("Attended"))}</li>`;
		});
		return `<section class="ks-box"><h4>${__("Guests")}</h4><ul>${list.join("")}</ul></section>`;
	}

	function decision_html(session, item) {
		const form = session.form_of(item);
		const draft = session.draft(item);
		const off = session.open && session.decidable(item) ? "" : "disabled";
		const part = (name, line) =>
			`data-part="${name}" data-of="${h(item.name)}" ${line === undefined ? "" : `data-line="${h(line)}"`}
			data-focus="d/${h(item.name)}/${name}/${h(line)}" ${off}`;
		const results = ["", ...item.results]
			.map((one) => `<option value="${h(one)}">${one ? h(kyodo.word("Kyodo Result", one)) : "－"}</option>`)
			.join("");
		const money = form.result.startsWith("Adopted")
			? `<label class="ks-field"><span>${__("Amount")}（${__("yen")}）</span><input type="text" inputmode="numeric"
				class="form-control ks-money" ${part("amount")}></label>`
			: "";
		const lines = session.reason_lines(item).map((line) => reason_html(item, line, part));
		const waiting = session.outbox.orders.has(`decision/${item.name}`);
		const word = waiting ? __("not sent yet") : __("not recorded");
		const badge = draft ? `<span class="ks-badge" data-tone="draft">${word}</span>` : "";
		const take_back = `<button class="btn btn-sm btn-default" data-act="drop_decision" data-focus="drop">
			${__("Take back the decision")}</button>`;
		return `<section class="ks-decision" aria-label="${__("Decision")}">
			<h4>${__("Decision")} ${badge}</h4>
			${noted_html(session, item, draft)}
			<div class="ks-line"><label class="ks-field"><span>${__("Result")}</span>
				<select class="form-control" ${part("result")}>${results}</select></label>${money}</div>
			${form.result === "Adopted Conditionally" ? area(__("Conditions"), part("conditions")) : ""}
			<div class="ks-reasons"><span class="ks-label">${__("Reasons per criterion")}</span>${lines.join("")}</div>
			${area(__("Advice"), part("advice"))}
			${form.refused ? `<p class="ks-problem" role="alert">${h(form.refused)}</p>` : ""}
			<div class="ks-line">
				<button class="btn btn-sm btn-primary" data-act="record" data-focus="record" title="Ctrl+Enter"
					${waiting ? "disabled" : off}>${__("Record Decision")}</button>
				${item.decision && session.open ? take_back : ""}
				<span class="ks-hint">
					${session.open ? __("Ctrl+Enter records it and goes to the next undecided item.") : ""}</span>
			</div>
		</section>`;
	}

	function area(label, part) {
		return `<label class="ks-field ks-wide"><span>${label}</span>
			<textarea rows="2" class="form-control" ${part}></textarea></label>`;
	}

	function reason_html(item, line, part) {
		const marks = ["", ...FINDINGS].map((mark) => {
			const place = part("finding", line.key).replace('data-focus="', `data-focus="${mark}`);
			const name = `finding-${item.name}-${line.key}`;
			return `<label class="ks-mark"><input type="radio" name="${h(name)}" value="${mark}" ${place}>
				<span>${mark || "－"}</span></label>`;
		});
		return `<div class="ks-reason"><span class="ks-question">${h(line.question || line.code)}</span>
			<span class="ks-marks" role="radiogroup" aria-label="${h(line.question)}">${marks.join("")}</span>
			<textarea rows="1" class="form-control" aria-label="${__("Reason")}" ${part("reason", line.key)}></textarea></div>`;
	}

	// What somebody has recorded meanwhile, beside what is being written here.
	function noted_html(session, item, draft) {
		const noted = item.decision;
		if (!draft || session.outbox.orders.has(`decision/${item.name}`)) return "";
		if (draft.seen === ((noted && noted.modified) || "")) return "";
		const button = (act, label) => `<button class="btn btn-xs btn-default" data-act="${act}">${label}</button>`;
		const theirs = noted
			? [h(kyodo.word("Kyodo Result", noted.result)), noted.amount ? yen(noted.amount) : "", h(noted.advice)].filter(Boolean).join("　")
			: __("The decision was taken back.");
		return `<div class="ks-conflict" role="alert"><p>${__("Somebody has recorded something else meanwhile:")}</p>
			<blockquote>${theirs}</blockquote>
			${button("over_theirs", __("Keep mine"))} ${button("leave_theirs", __("Take theirs"))}</div>`;
	}

	// -- html of the members

	function people_html(session) {
		const { meeting, attendance } = session.data;
		const off = !meeting.running;
		const waiting = attendance.filter(
			(row) => ["Attending", "Substitute"].includes(row.answer) && !session.present(row)
		);
		const all = waiting.length > 1 && !off
			? `<button class="btn btn-xs btn-default" data-act="all_present" data-focus="all-present">
				${__("All who said they come are here")}</button>`
			: "";
		const rows = attendance.map((row) => person_html(session, row, off)).join("");
		return `<div class="ks-people-head"><h4>${__("Attendance")}</h4>${all}</div><ul>${rows}</ul>
			${place_html(session, "", meeting, "observers", __("Observers"), { kind: "number", off })}`;
	}

	function person_html(session, row, off) {
		const item = session.current;
		const aside = item && item.aside.some((one) => one.member_name === row.member_name && one.ruling !== "Overruled");
		const role = `${__(row.side)}${row.position ? `・${h(row.position)}` : ""}`;
		const here = session.present(row);
		const place = (field, label, kind) =>
			place_html(session, "attendance", row, field, label, { kind, off, bare: kind !== "check", hint: label });
		const button = (act, label) => `<button class="btn btn-xs btn-default" data-act="${act}" data-row="${h(row.name)}"
			data-focus="${act}/${h(row.name)}" ${off ? "disabled" : ""}>${label}</button>`;
		const substitute = session.data.meeting.substitutes ? place("substitute_name", __("Substitute"), "line") : "";
		return `<li data-here="${here ? 1 : 0}">
			${place("present", `<b>${h(row.member_name)}</b> <small>${role}</small>`, "check")}
			${aside ? `<span class="ks-badge" data-tone="no">${__("steps aside")}</span>` : ""}
			<small class="ks-answer">${row.answer ? __(row.answer) : ""}</small>
			<div class="ks-times">${place("arrived_at", __("Arrived"), "time")} ${button("arrive", __("came now"))}
				${place("left_at", __("Left At"), "time")} ${button("leave", __("left now"))}</div>
			${substitute}
		</li>`;
	}

	// -- closing

	function closing_html(lines, count) {
		if (lines.length) {
			const list = lines.map((line) => `<li>${h(line)}</li>`).join("");
			return `<p>${__("Before the session can be closed:")}</p><ul class="ks-points">${list}</ul>`;
		}
		return `<p>${__("Everything is settled. When the session is closed:")}</p><ul>
			<li>${__("{0} decisions become final and cannot be taken back.", [count])}</li>
			<li>${__("Each proposal moves on, and the letters of the result are issued.")}</li>
			<li>${__("The draft of the minutes is made.")}</li></ul>
			<p>${__("This can take a minute. All of it is done, or nothing.")}</p>`;
	}

	// -- contests

	function comparison_html(rows) {
		const heads = [
			...[__("Rank"), __("Proposal"), __("Requested Amount"), __("Average"), __("Pass Mark"), __("Chosen")],
			__("Reason"),
		];
		return `<div class="ks-contest"><table class="table">
			<thead><tr>${heads.map((one) => `<th>${one}</th>`).join("")}</tr></thead>
			<tbody>${rows.map(contestant_html).join("")}</tbody></table></div>`;
	}

	function contestant_html(row, at) {
		const average = row.average === null ? "－" : `${row.average.toFixed(1)}（±${Number(row.spread || 0).toFixed(1)}）`;
		const verdict = { true: __("passes"), false: __("does not pass") }[row.passed] || "－";
		return `<tr data-proposal="${h(row.proposal)}">
			<td><input type="text" inputmode="numeric" class="form-control ks-number" data-rank value="${at + 1}"
				aria-label="${__("Rank")}"></td>
			<td><b>${h(row.title)}</b><br><small>${h(row.organisation)}</small></td>
			<td>${yen(row.requested_amount)}</td>
			<td>${average}${row.tied && row.average !== null ? `　${__("tied")}` : ""}</td>
			<td>${verdict}</td>
			<td><input type="checkbox" data-chosen aria-label="${__("Chosen")}"></td>
			<td><textarea rows="1" class="form-control" data-reason aria-label="${__("Reason")}"></textarea></td></tr>`;
	}

	kyodo.session_parts = {
		...{ h, yen, skeleton, head: head_html, tools: tools_html, row: row_html, item: item_html, people: people_html },
		closing: closing_html,
		comparison: comparison_html,
	};
})();
