import { search_records_in_the_bar } from "./search.js";

const BARE = /^\/(?:app|desk)\/?$/; // the desk without a page: v15 would open a workspace, v16 its icons
const HOME = ".navbar-home"; // of v15

// Leads people of the city to the page of the day. Who also builds the site keeps Frappe's own first page, except after a login.
const begin_the_day = () => {
	const { page, builds } = frappe.boot.kyodo_today;
	const has_logged_in = document.referrer && new URL(document.referrer).pathname.endsWith("/login");
	if (BARE.test(location.pathname) && !location.hash && (!builds || has_logged_in)) {
		history.replaceState(history.state, "", `${location.pathname.replace(/\/$/, "")}/${page}`);
		frappe.router.on("change", lead_once);
	}
	if (!builds) frappe.router.on("change", lead_home);
};

// The router may have read the bare address already.
let is_led = false;
const lead_once = () => {
	if (is_led) return;
	is_led = true;
	if (frappe.get_route()[0] !== frappe.boot.kyodo_today.page) frappe.set_route(frappe.boot.kyodo_today.page);
};

// Leaves out the buttons with which workspaces are made and changed: whoever has our roles alone builds none.
const with_fixed_workspaces = (Workspace) =>
	class extends Workspace {
		setup_actions() {
			this.clear_page_actions?.();
		}
	};

const lead_home = () => {
	const home = document.querySelector(HOME);
	if (home) home.setAttribute("href", frappe.router.make_url([frappe.boot.kyodo_today.page]));
};

if (frappe.boot && frappe.boot.kyodo_today) {
	begin_the_day();
	search_records_in_the_bar();
	const { Workspace } = frappe.views || {};
	if (Workspace && frappe.boot.kyodo_today.alone) frappe.views.Workspace = with_fixed_workspaces(Workspace);
}
