// Functions of the server that the page calls.
export const METHODS = {
	overview: "kyodo_frappe.letters.desk.overview",
	sheet: "kyodo_frappe.letters.desk.sheet",
	change: "kyodo_frappe.letters.desk.change",
	ask: "kyodo_frappe.letters.desk.ask",
	approve: "kyodo_frappe.letters.desk.approve",
	give_back: "kyodo_frappe.letters.desk.give_back",
	take_back: "kyodo_frappe.letters.desk.take_back",
	withdraw: "kyodo_frappe.letters.desk.withdraw",
	issue: "kyodo_frappe.letters.desk.issue_letters",
};

export const PAPERS = {
	pdf: "kyodo_frappe.letters.export.letter_pdf",
	record: "kyodo_frappe.letters.export.approval_sheet",
	export: "kyodo_frappe.letters.export.download",
};
