// Wording, steps and acts of the letter that is shown.
import { era_moment } from "../desk/eras.js";
import { h } from "../desk/html.js";

const BIG = { opening: 4, items: 6, again: 4, closing: 4 };

const fields = ({ number_from }) => [
	["letter_number", __("Letter Number"), number_from === "Document System" ? "" : __("given by the app")],
	["issued_on", __("Date of the letter"), __("Empty: the day of issue")],
	["sender", __("Sender"), ""],
	["subject", __("Subject"), ""],
	["opening", __("Opening Text"), ""],
	["items", __("List Under 記"), ""],
	["again", __("Paragraph on Proposing Again"), ""],
	["closing", __("Closing Text"), ""],
];

export const act_labels = () => ({
	approve: __("Approve Letter"),
	give_back: __("Return to the Drafter"),
	ask: __("Ask for Approval"),
	issue: __("Issue Letter"),
	take_back: __("Take the Letter Back"),
	withdraw: __("Withdraw Letter"),
});

export const side_html = ({ shown, ticked, changed }) => {
	const labels = act_labels();
	const many = ticked.size > 1 ? `（${__("{0} letters", [ticked.size])}）` : "";
	const acts = shown.acts
		.map((act, at) => {
			const style = at === 0 ? "btn-primary" : act === "withdraw" ? "btn-default letters__quiet" : "btn-default";
			return `<button class="btn btn-sm ${style}" data-act="${act}">${labels[act]}${many}</button>`;
		})
		.join("");
	const comment = shown.acts.includes("approve")
		? `<label class="letters__field"><span>${__("Comment with the approval (may be empty)")}</span>
			<input class="form-control" data-comment></label>`
		: "";
	return `<div class="letters__head">
			<span class="indicator-pill ${frappe.utils.guess_colour(shown.state) || "gray"}">${h(__(shown.state))}</span>
			<span class="letters__moves">
				<button class="btn btn-xs btn-default" data-act="step" data-by="-1">${__("Previous Letter")} <kbd>K</kbd></button>
				<button class="btn btn-xs btn-default" data-act="step" data-by="1">${__("Next Letter")} <kbd>J</kbd></button></span>
		</div>
		<h3>${h(shown.title)}</h3>
		${returned_html(shown)}${comment}
		<div class="letters__acts">${acts}</div>
		${steps_html(shown)}
		<div class="letters__papers">
			<button class="btn btn-xs btn-default" data-act="open_pdf">PDF</button>
			<button class="btn btn-xs btn-default" data-act="open_record">${__("Approval Sheet (PDF)")}</button>
			<button class="btn btn-xs btn-default" data-act="export">${__("For the Document System")}${many}</button>
		</div>
		${shown.may_edit ? form_html(shown, changed) : ""}`;
};

const returned_html = ({ return_reason }) =>
	return_reason ? `<p class="letters__returned"><b>${__("Returned to the Drafter")}：</b>${h(return_reason)}</p>` : "";

const OUTCOMES = { "Waiting for Approval": "orange", Approved: "green", "Returned to the Drafter": "red" };

const steps_html = ({ steps, drafted_by, asked_on }) => {
	if (!steps.length) return "";
	const drafted = drafted_by ? `<li>${__("Drafted By")}　${h(drafted_by)}　<small>${h(time_of(asked_on))}</small></li>` : "";
	const rows = steps
		.map(
			(step) => `<li><span class="indicator ${OUTCOMES[step.outcome] || "gray"}">${h(__(step.outcome))}</span>
				${h(step.position)}　${h(step.name)}${step.as_stand_in ? `（${__("As Stand-In")}）` : ""}
				<small>${h(time_of(step.done_at))}</small>${step.comment ? `<blockquote>${h(step.comment)}</blockquote>` : ""}</li>`
		)
		.join("");
	return `<h4>${__("Approvals")}</h4><ol class="letters__steps">${drafted}${rows}</ol>`;
};

const time_of = (text) => (text ? era_moment(text) : "");

const form_html = (shown, changed) => {
	const rows = fields(shown)
		.map(([field, label, hint]) => field_html(shown, field, label, hint))
		.join("");
	const note = shown.approval_wanted && shown.state !== "Draft" ? `<p>${__("A change makes it a draft again.")}</p>` : "";
	return `<h4>${__("Wording")}</h4>${note}${rows}
		<button class="btn btn-sm btn-primary" data-act="save" ${changed ? "" : "disabled"}>${__("Save and show the sheet")}</button>`;
};

const field_html = ({ values, number_from }, field, label, hint) => {
	const given = field === "letter_number" && number_from !== "Document System" ? "disabled" : "";
	const value = h(values[field]);
	const input = BIG[field]
		? `<textarea class="form-control" rows="${BIG[field]}" data-field="${field}">${value}</textarea>`
		: `<input class="form-control" ${field === "issued_on" ? 'type="date"' : ""} data-field="${field}" value="${value}" ${given}>`;
	return `<label class="letters__field"><span>${label}${hint ? ` <small>${hint}</small>` : ""}</span>${input}</label>`;
};

// What stands in the fields: {field: value}.
export const values_of = (root) => {
	const inputs = [...root.querySelectorAll("[data-field]:not([disabled])")];
	return Object.fromEntries(inputs.map((input) => [input.dataset.field, input.value]));
};
