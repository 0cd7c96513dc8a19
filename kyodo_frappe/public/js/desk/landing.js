import { search_records_in_the_bar } from "./search.js";

const BARE = /^\/(app|desk)\/?$/; // the desk without a page: v15 would open a workspace, v16 its icons

// Leads people of the city to the page of the day. Who also builds the site keeps Frappe's own first page, except after a login.
const begin_the_day = () => {
	const { page, builds } = frappe.boot.kyodo_today;
	const [, base] = location.pathname.match(BARE) || [];
	const has_logged_in = document.referrer && new URL(document.referrer).pathname.endsWith("/login");
	if (base && !location.hash && (!builds || has_logged_in)) history.replaceState(history.state, "", `/${base}/${page}`);
	if (builds) return;
	$(document).on("toolbar_setup", () => $(".navbar-home").attr("href", `/app/${page}`));
};

if (frappe.boot && frappe.boot.kyodo_today) {
	begin_the_day();
	search_records_in_the_bar();
}
