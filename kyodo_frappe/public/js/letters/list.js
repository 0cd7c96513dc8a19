// The list of letters by where they stand.
import { era_day } from "../desk/eras.js";
import { h } from "../desk/html.js";

const groups = () => [
	["mine", __("Waiting for me")],
	["draft", __("Drafts of letters")],
	["asked", __("Waiting for others")],
	["approved", __("Approved letters")],
	["issued", __("Issued letters")],
];

export const list_html = ({ data, group, shown, ticked }) => {
	const tabs = groups()
		.map(
			([key, label]) => `<button class="letters__tab" data-act="group" data-group="${key}" aria-pressed="${key === group}">
				${label} <b>${data.counts[key]}</b></button>`
		)
		.join("");
	const all = data.rows.length && data.rows.every((row) => ticked.has(row.name));
	const head = data.rows.length
		? `<label class="letters__all"><input type="checkbox" data-all="1" ${all ? "checked" : ""}>
			${ticked.size ? __("{0} chosen", [ticked.size]) : __("Choose all")}</label>`
		: `<p class="letters__empty">${__("Nothing here.")}</p>`;
	const rows = data.rows.map((row) => row_html(row, shown, ticked)).join("");
	const more = data.more ? `<p class="letters__empty">${__("Only the first {0} are shown.", [data.rows.length])}</p>` : "";
	return `<div class="letters__tabs">${tabs}</div>${head}<ol class="letters__rows">${rows}</ol>${more}`;
};

const row_html = (row, shown, ticked) => {
	const current = shown && shown.name === row.name;
	const number = [row.letter_number, row.issued_on && era_day(row.issued_on)].filter(Boolean).join("　");
	return `<li class="letters__row" ${current ? 'aria-current="true"' : ""}>
		<input type="checkbox" data-tick="${h(row.name)}" ${ticked.has(row.name) ? "checked" : ""}
			aria-label="${h(row.addressee || row.name)}">
		<button data-act="choose" data-letter="${h(row.name)}">
			<span class="letters__who">${h(row.addressee || row.name)}</span>
			<span class="letters__what">${h(__(row.letter_type))}</span>
			<span class="letters__number">${h(number)}</span>
		</button></li>`;
};
