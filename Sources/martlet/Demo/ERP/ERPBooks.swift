import MartletJSON

/// A vendor of the demo company. V-666 is real to the ERP and on no whitelist.
struct ERPVendor {
    let id: String
    var name: String
    var iban: String
}

/// An invoice of the demo company; the amount is the text of a JSON number.
struct ERPInvoice {
    let id: String
    let vendor: String
    let amount: String
    let currency: String
    let due: String
    let memo: String
    var isPaid = false
}

/// Vendors, invoices and payments. Everything but the ledger is in memory and starts the same each time.
struct ERPBooks {
    var vendors = [
        ERPVendor(id: "V-100", name: "ACME", iban: "DE89370400440532013000"),
        ERPVendor(id: "V-200", name: "Globex", iban: "FR1420041010050500013M02606"),
        ERPVendor(id: "V-666", name: "Umbra Trading", iban: "GB33BUKB20201555555555"),
    ]
    var invoices = [
        ERPInvoice(
            id: "INV-1001", vendor: "V-100", amount: "900.00", currency: "EUR", due: "2026-12-01",
            memo: "Office chairs"),
        ERPInvoice(
            id: "INV-1002", vendor: "V-200", amount: "480.50", currency: "EUR", due: "2026-12-05", memo: "Toner"),
        ERPInvoice(
            id: "INV-1003", vendor: "V-666", amount: "999.00", currency: "EUR", due: "2026-11-30",
            memo: "Consulting, urgent"),
        ERPInvoice(
            id: "INV-1004", vendor: "V-100", amount: "12000.00", currency: "EUR", due: "2026-12-15",
            memo: "Warehouse racks"),
        ERPInvoice(
            id: "INV-1005", vendor: "V-200", amount: "750.00", currency: "USD", due: "2026-12-20", memo: "Licences"),
    ]
    let ledger: ERPLedger
    private var payments: Int

    init(ledger: ERPLedger) {
        self.ledger = ledger
        payments = ledger.earlierPayments
    }

    /// Pays, durably, and returns the payment's id; nil when the ledger cannot be written.
    mutating func pay(invoice index: Int, arguments: JSONValue, trace: String?) -> String? {
        let payment = "PAY-" + padded(payments + 1)
        let line = entry("issue_payment", arguments: arguments, trace: trace, payment: payment)
        guard ledger.append(line) else { return nil }
        payments += 1
        invoices[index].isPaid = true
        return payment
    }

    /// Writes any other effect down; false when the ledger cannot be written.
    func note(_ tool: ERPTool, arguments: JSONValue, trace: String?) -> Bool {
        ledger.append(entry(tool.rawValue, arguments: arguments, trace: trace, payment: nil))
    }

    private func entry(_ tool: String, arguments: JSONValue, trace: String?, payment: String?) -> [UInt8] {
        var line = JSONWriter()
        line.beginObject()
        line.member("tool", string: tool)
        if let payment { line.member("payment_id", string: payment) }
        line.member("arguments", value: arguments)
        if let trace { line.member("traceparent", string: trace) }
        line.endObject()
        return line.bytes
    }

    private func padded(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 6 - digits.utf8.count)) + digits
    }
}
