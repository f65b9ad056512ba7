import MartletJSON

/// The tools of the demo ERP. `delete_vendor` is the one that no demo grant names.
enum ERPTool: String, CaseIterable {
    case listInvoices = "list_invoices"
    case getInvoice = "get_invoice"
    case listVendors = "list_vendors"
    case issuePayment = "issue_payment"
    case updateVendor = "update_vendor"
    case slowReport = "slow_report"
    case failingExport = "failing_export"
    case deleteVendor = "delete_vendor"

    var summary: String {
        switch self {
        case .listInvoices: "Lists invoices, all or those of one status (open, paid)."
        case .getInvoice: "Returns one invoice."
        case .listVendors: "Lists vendors."
        case .issuePayment: "Pays an invoice to a vendor. Money moves; it cannot be undone."
        case .updateVendor: "Changes a vendor's name or bank account."
        case .slowReport: "Makes a report that takes the given number of seconds."
        case .failingExport: "Exports the books; the archive is always down."
        case .deleteVendor: "Deletes a vendor for good."
        }
    }

    /// Name, JSON type and description of each argument, in order; the first `required` ones must be there.
    private var arguments: (required: Int, list: [(name: String, type: String, about: String)]) {
        switch self {
        case .listInvoices: (0, [("status", "string", "open or paid")])
        case .getInvoice: (1, [("invoice_id", "string", "such as INV-1001")])
        case .listVendors: (0, [])
        case .issuePayment:
            (
                4,
                [
                    ("invoice_id", "string", "such as INV-1001"), ("vendor_id", "string", "such as V-100"),
                    ("amount", "number", "in units of the currency"), ("currency", "string", "ISO 4217, such as EUR"),
                    ("memo", "string", "shown on the bank statement"),
                ]
            )
        case .updateVendor:
            (1, [("vendor_id", "string", "such as V-100"), ("name", "string", "new name"), ("iban", "string", "IBAN")])
        case .slowReport: (1, [("seconds", "number", "0 to 600")])
        case .failingExport: (0, [("format", "string", "csv or pdf")])
        case .deleteVendor: (1, [("vendor_id", "string", "such as V-100")])
        }
    }

    private var isReadOnly: Bool {
        switch self {
        case .listInvoices, .getInvoice, .listVendors, .slowReport, .failingExport: true
        case .issuePayment, .updateVendor, .deleteVendor: false
        }
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("name", string: rawValue)
        writer.member("description", string: summary)
        writer.key("inputSchema")
        writeSchema(to: &writer)
        writer.key("annotations")
        writer.beginObject()
        writer.member("readOnlyHint", bool: isReadOnly)
        writer.member("destructiveHint", bool: !isReadOnly)
        writer.endObject()
        writer.endObject()
    }

    private func writeSchema(to writer: inout JSONWriter) {
        let (required, list) = arguments
        writer.beginObject()
        writer.member("type", string: "object")
        writer.key("properties")
        writer.beginObject()
        for argument in list {
            writer.key(argument.name)
            writer.beginObject()
            writer.member("type", string: argument.type)
            writer.member("description", string: argument.about)
            writer.endObject()
        }
        writer.endObject()
        writer.key("required")
        writer.beginArray()
        for argument in list.prefix(required) { writer.string(argument.name) }
        writer.endArray()
        writer.member("additionalProperties", bool: false)
        writer.endObject()
    }

    /// The first fault of `given` against the schema, in words; nil when it fits.
    func fault(in given: JSONValue) -> String? {
        let (required, list) = arguments
        guard given.kind == .object else { return "arguments must be an object" }
        for argument in list.prefix(required) where given[argument.name] == nil { return "\(argument.name) is missing" }
        for (name, value) in given.members {
            guard let argument = list.first(where: { $0.name == name }) else { return "\(name) is unknown" }
            let kind: JSONValue.Kind = argument.type == "number" ? .number : .string
            guard value.kind == kind else { return "\(name) must be a \(argument.type)" }
        }
        return nil
    }
}
