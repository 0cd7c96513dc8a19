// Step 6: inviting the people who work with the programme.
import { element, h } from "../desk/html.js";

const ROLES = ["Kyodo Officer", "Kyodo Section Officer", "Kyodo Committee Member", "Kyodo Support Staff", "Kyodo Manager"];

// Shows the form for invitations.
export const invite_people = (setup) => {
	if (!setup.created) {
		setup.add(`<p>${h(__("Set the programme up first; then the people who work with it are invited here."))}</p>`);
		setup.show_buttons([__("Back"), () => setup.go(4)]);
		return;
	}
	const counts = [setup.created.calls.length, setup.created.events.length];
	const heads = [__("Name"), __("Email"), __("Role"), __("Section or Seat")].map((title) => `<th>${h(title)}</th>`).join("");
	setup.add(
		`<p>${h(__("The programme is created, with {0} calls and {1} events as drafts. Now invite the people who work with it: each receives a mail with a link to choose a password.", counts))}</p>`
	);
	const table = setup.add(`<div class="setup__table"><table><thead><tr>${heads}</tr></thead><tbody></tbody></table></div>`);
	const rows = table.querySelector("tbody");
	const add_person = () => rows.append(person_line(setup.created));
	add_person();
	setup.show_buttons([__("Add a Person"), add_person], [__("Later"), () => setup.go(6)], [__("Invite"), () => invite(setup, rows), true]);
};

const option = (value, label) => `<option value="${h(value)}">${h(label)}</option>`;

const person_line = (made) => {
	const roles = ROLES.filter((role) => role !== "Kyodo Manager" || frappe.user.has_role("System Manager"));
	const line = element(`<tr><td><input class="form-control input-sm" name="full_name" aria-label="${h(__("Name"))}"></td>
		<td><input class="form-control input-sm" type="email" name="email" aria-label="${h(__("Email"))}"></td>
		<td><select class="form-control input-sm" name="role" aria-label="${h(__("Role"))}">
			${roles.map((role) => option(role, __(role))).join("")}</select></td>
		<td><select class="form-control input-sm" name="place" aria-label="${h(__("Section or Seat"))}"></select></td></tr>`);
	const role = line.querySelector("[name=role]");
	const place = line.querySelector("[name=place]");
	const offer_places = () => {
		const places = places_of(role.value, made);
		place.innerHTML = places.map(([value, label]) => option(value, label)).join("");
		place.disabled = !places.length;
	};
	role.addEventListener("change", offer_places);
	offer_places();
	return line;
};

// [[value, label]] of the sections or seats of a role.
const places_of = (role, { sections, seats }) => {
	if (role === "Kyodo Section Officer") return sections.map((name) => [name, name]);
	if (role === "Kyodo Committee Member") return seats.map((seat) => [seat.name, seat.label]);
	return [];
};

const invite = async (setup, rows) => {
	const people = [...rows.rows].map(person_of).filter((person) => person.full_name || person.email);
	const logins = await setup.post("kyodo_frappe.accounts.staff.invite_people", {
		programme: setup.created.programme,
		people: JSON.stringify(people),
	});
	frappe.show_alert({ message: __("{0} people were invited.", [logins.length]), indicator: "green" });
	setup.go(6);
};

const person_of = (line) => {
	const value = (name) => line.querySelector(`[name=${name}]`).value || "";
	const role = value("role");
	return {
		full_name: value("full_name"),
		email: value("email"),
		role,
		section: role === "Kyodo Section Officer" ? value("place") : "",
		seat: role === "Kyodo Committee Member" ? value("place") : "",
	};
};
