// Step 6: opening the programme to the public.
import { h } from "../desk/html.js";
import { look_before_opening, open_programme } from "../desk/programmes.js";

// Shows what is missing, and opens the programme.
export const show_opening = async (setup) => {
	if (!setup.created) {
		setup.go(4);
		return;
	}
	const { programme } = setup.created;
	const to_form = () => frappe.set_route("Form", "Kyodo Programme", programme);
	const open = async () => {
		await open_programme(programme);
		to_form();
	};
	setup.add(
		`<p>${h(__("The programme is a draft: nobody but the office sees it. Review it, its pages and its calls, and open it here or in its own form."))}</p>`
	);
	const { html, ready } = await look_before_opening(programme);
	setup.area.insertAdjacentHTML("beforeend", html);
	setup.show_buttons([__("Continue Preparing"), to_form], ...(ready ? [[__("Open the Programme"), open, true]] : []));
};
