import { h } from "../desk/html.js";
import { word } from "../desk/vocabulary.js";
import { conflict_html } from "./value_input.js";

// The votes on an item, and the chair's vote on a tie.
export const votes_html = (session, item, place) => {
	if (!item.results.length) return "";
	const votes = (way) => Number(String(session.text("agenda", item, `votes_${way}`)).normalize("NFKC")) || 0;
	const tie = votes("for") > 0 && votes("for") === votes("against");
	const key = `agenda/${item.name}/chair_vote`;
	const choices = ["", "For", "Against"]
		.map((one) => `<option value="${one}">${one ? h(word("Kyodo Result", one)) : "－"}</option>`)
		.join("");
	const off = !session.data.meeting.running || item.withheld ? "disabled" : "";
	const select = `<select class="form-control" data-place="${h(key)}" data-focus="${h(key)}" ${off}>
		${choices}</select>`;
	const chair =
		tie || session.text("agenda", item, "chair_vote")
			? `<label class="session__field"><span>${__("Vote of the Chair")}</span>${select}</label>${conflict_html(session, key)}`
			: "";
	return `<div class="session__line session__votes"><h4>${__("Votes")}</h4>
		${place("votes_for", __("Votes For"), { kind: "number" })}
		${place("votes_against", __("Votes Against"), { kind: "number" })}
		${place("votes_abstained", __("Abstentions"), { kind: "number" })}
		${chair}</div>`;
};
