// What each kind of record is read and done with: {argument: the name that the functions give to the record, and the functions}.
export const METHODS = {
	"Kyodo Proposal": {
		argument: "proposal",
		read: "kyodo_frappe.proposals.reading.read",
		queue: "kyodo_frappe.proposals.reading.queue",
		act: "kyodo_frappe.proposals.reading.act",
		add: "kyodo_frappe.proposals.reading.add_point",
		change: "kyodo_frappe.proposals.reading.change_point",
		remove: "kyodo_frappe.proposals.reading.remove_point",
		settle: "kyodo_frappe.proposals.reading.settle_point",
	},
	"Kyodo Report": {
		argument: "report",
		read: "kyodo_frappe.partnership.report_reading.read",
		queue: "kyodo_frappe.partnership.report_reading.queue",
		act: "kyodo_frappe.partnership.report_reading.act",
		add: "kyodo_frappe.partnership.report_reading.add_point",
		change: "kyodo_frappe.partnership.report_reading.change_point",
		remove: "kyodo_frappe.partnership.report_reading.remove_point",
		settle: "kyodo_frappe.partnership.report_reading.settle_point",
		recognise: "kyodo_frappe.partnership.report_reading.recognise",
	},
};
