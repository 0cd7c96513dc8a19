frappe.ui.form.on("Kyodo Open Point", {
	refresh(frm) {
		if (frm.is_new() || frm.doc.state !== "Open") return;
		frm.add_custom_button(__("Answer this point"), () => ask(frm, "reply", "said", __("Your answer"), __("Answer this point")));
		frm.add_custom_button(__("Write down what was agreed"), () =>
			ask(frm, "settle", "settlement", __("What was agreed"), __("Write down what was agreed"))
		);
		frm.add_custom_button(__("Withdraw this point"), () => frappe.confirm(__("Withdraw this point?"), () => act(frm, "withdraw", {})));
	},
});

function ask(frm, act_name, fieldname, label, title) {
	frappe.prompt([{ fieldname, fieldtype: "Text", label, reqd: 1 }], (values) => act(frm, act_name, values), title);
}

function act(frm, name, values) {
	const methods = {
		reply: "kyodo_frappe.partnership.negotiation.reply",
		settle: "kyodo_frappe.partnership.negotiation.settle",
		withdraw: "kyodo_frappe.partnership.negotiation.withdraw",
	};
	frappe.xcall(methods[name], { point: frm.doc.name, ...values }).then(() => frm.reload_doc());
}
