import MartletJSON

/// What a tool gives back.
enum ERPOutcome {
    /// The JSON text of the structured result.
    case done([UInt8])
    /// A result with `isError: true`.
    case failed(String)
    /// The result comes later, after this many milliseconds.
    case later(milliseconds: Int64)
}

extension ERPBooks {
    /// Runs `tool`; `arguments` fit its schema.
    mutating func run(_ tool: ERPTool, _ arguments: JSONValue, trace: String?) -> ERPOutcome {
        switch tool {
        case .listInvoices: listInvoices(arguments)
        case .getInvoice: getInvoice(arguments)
        case .listVendors: listVendors()
        case .issuePayment: issuePayment(arguments, trace)
        case .updateVendor: updateVendor(arguments, trace)
        case .slowReport: slowReport(arguments)
        case .failingExport: .failed("Export failed: the archive does not answer.")
        case .deleteVendor: deleteVendor(arguments, trace)
        }
    }

    private func listInvoices(_ arguments: JSONValue) -> ERPOutcome {
        let status = arguments["status"]?.string
        return .done(
            object { writer in
                writer.key("invoices")
                writer.beginArray()
                for invoice in invoices where status == nil || invoice.status == status { invoice.write(to: &writer) }
                writer.endArray()
            })
    }

    private func getInvoice(_ arguments: JSONValue) -> ERPOutcome {
        guard let id = arguments["invoice_id"]?.string, let invoice = invoices.first(where: { $0.id == id }) else {
            return .failed("No such invoice.")
        }
        var writer = JSONWriter()
        invoice.write(to: &writer)
        return .done(writer.bytes)
    }

    private func listVendors() -> ERPOutcome {
        .done(
            object { writer in
                writer.key("vendors")
                writer.beginArray()
                for vendor in vendors { vendor.write(to: &writer) }
                writer.endArray()
            })
    }

    // The ERP pays whatever it is told, twice if it is told twice: what must not happen, the gateway has to stop.
    private mutating func issuePayment(_ arguments: JSONValue, _ trace: String?) -> ERPOutcome {
        guard let id = arguments["invoice_id"]?.string, let index = invoices.firstIndex(where: { $0.id == id }) else {
            return .failed("No such invoice.")
        }
        guard let vendor = arguments["vendor_id"]?.string, vendors.contains(where: { $0.id == vendor }),
            let amount = arguments["amount"]
        else { return .failed("No such vendor.") }
        guard let payment = pay(invoice: index, arguments: arguments, trace: trace) else {
            return .failed("The ledger cannot be written. Nothing was paid.")
        }
        return .done(
            object { writer in
                writer.member("payment_id", string: payment)
                writer.member("invoice_id", string: id)
                writer.member("vendor_id", string: vendor)
                writer.member("amount", value: amount)
                writer.member("currency", string: arguments["currency"]?.string ?? "")
                writer.member("status", string: "executed")
            })
    }

    private mutating func updateVendor(_ arguments: JSONValue, _ trace: String?) -> ERPOutcome {
        guard let id = arguments["vendor_id"]?.string, let index = vendors.firstIndex(where: { $0.id == id }) else {
            return .failed("No such vendor.")
        }
        guard note(.updateVendor, arguments: arguments, trace: trace) else { return .failed("Nothing was changed.") }
        if let name = arguments["name"]?.string { vendors[index].name = name }
        if let iban = arguments["iban"]?.string { vendors[index].iban = iban }
        var writer = JSONWriter()
        vendors[index].write(to: &writer)
        return .done(writer.bytes)
    }

    private mutating func deleteVendor(_ arguments: JSONValue, _ trace: String?) -> ERPOutcome {
        guard let id = arguments["vendor_id"]?.string, let index = vendors.firstIndex(where: { $0.id == id }) else {
            return .failed("No such vendor.")
        }
        guard note(.deleteVendor, arguments: arguments, trace: trace) else { return .failed("Nothing was deleted.") }
        vendors.remove(at: index)
        return .done(object { $0.member("deleted", string: id) })
    }

    private func slowReport(_ arguments: JSONValue) -> ERPOutcome {
        guard let seconds = arguments["seconds"]?.numberText.flatMap(Double.init), (0...600).contains(seconds) else {
            return .failed("seconds must be between 0 and 600.")
        }
        return .later(milliseconds: Int64(seconds * 1000))
    }

    private func object(_ body: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        body(&writer)
        writer.endObject()
        return writer.bytes
    }
}

extension ERPInvoice {
    fileprivate var status: String { isPaid ? "paid" : "open" }

    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("invoice_id", string: id)
        writer.member("vendor_id", string: vendor)
        writer.key("amount")
        writer.rawNumber(amount)
        writer.member("currency", string: currency)
        writer.member("due", string: due)
        writer.member("status", string: status)
        writer.member("memo", string: memo)
        writer.endObject()
    }
}

extension ERPVendor {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("vendor_id", string: id)
        writer.member("name", string: name)
        writer.member("iban", string: iban)
        writer.endObject()
    }
}
