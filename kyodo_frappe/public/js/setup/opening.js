// Step 7: opening the programme to the public.
import { element, h } from "../desk/html.js";
import { look_before_opening, open_programme } from "../desk/programmes.js";

// Shows what is missing, and opens the programme.
export const show_opening = async (setup) => {
	if (!setup.created) {
		setup.go(5);
		return;
	}
	const { programme } = setup.created;
	const to_form = () => frappe.set_route("Form", "Kyodo Programme", programme);
	const open = async () => {
		await open_programme(programme, publish());
		to_form();
	};
	setup.add(
		`<p>${h(__("The programme is a draft: nobody but the office sees it. Review it, its pages and its calls, and open it here or in its own form."))}</p>`
	);
	const { html, ready } = await look_before_opening(programme);
	setup.area.insertAdjacentHTML("beforeend", html);
	const publish = offer_calls(setup);
	setup.show_buttons([__("Continue Preparing"), to_form], ...(ready ? [[__("Open the Programme"), open, true]] : []));
};

// Offers to publish the calls that were made; what it returns names those that are chosen.
const offer_calls = ({ created, area }) => {
	if (!created.calls.length) return () => [];
	const boxes = created.calls.map(
		(name) => `<div class="checkbox"><label><input type="checkbox" value="${h(name)}" checked> ${h(created.titles[name])}</label></div>`
	);
	const part = element(`<div class="setup__calls"><h5>${h(__("Calls To Publish With the Programme"))}</h5>${boxes.join("")}</div>`);
	area.append(part);
	return () => [...part.querySelectorAll("input:checked")].map((box) => box.value);
};
