import { sentence_of } from "../common/messages.js";

const TIMEOUT = 20000; // ms until a request counts as lost and is sent again, whatever became of it

// Kind of error of a user who has to log in again.
export const LOGGED_OUT = "LoggedOut";

// Calls a whitelisted function. Resolves with its result, rejects with {status, kind, sentence}; status 0: no response.
export const ask = async (method, args, { get = false, patience = TIMEOUT } = {}) => {
	const given_up = new AbortController();
	const timer = setTimeout(() => given_up.abort(), patience);
	const headers = { Accept: "application/json", "X-Frappe-CSRF-Token": frappe.csrf_token };
	const options = { headers, signal: given_up.signal, cache: "no-store", method: get ? "GET" : "POST" };
	let address = `/api/method/${method}`;
	if (get) address += `?${new URLSearchParams(args)}`;
	else {
		headers["Content-Type"] = "application/json; charset=utf-8";
		options.body = JSON.stringify(args);
	}
	let answer, said;
	try {
		answer = await fetch(address, options);
		said = await answer.json();
	} catch (lost) {
		throw { status: answer && !answer.ok ? answer.status : 0, kind: "", sentence: __("The server does not answer.") };
	} finally {
		clearTimeout(timer);
	}
	kyodo.show_outcome(said.kyodo_outcome);
	if (answer.ok) return said.message;
	if (is_logged_out(answer, said)) throw { status: answer.status, kind: LOGGED_OUT, sentence: logged_out() };
	throw { status: answer.status, kind: said.exc_type || "", sentence: sentence_of(said) || __("The server could not do this.") };
};

// Frappe responds alike to guests and to users without permission; the cookie tells them apart.
const is_logged_out = (answer, said) => {
	if (said.session_expired || said.exc_type === "CSRFTokenError") return true;
	const cookie = document.cookie.match(/(?:^|; )user_id=([^;]*)/);
	return answer.status === 403 && (!cookie || decodeURIComponent(cookie[1]) !== frappe.session.user);
};

const logged_out = () => __("You are logged out. Log in again in another tab, then reload this page: what you typed is kept.");
