import MartletApproval
import MartletTesting
import Testing

@Suite("Tickets")
struct TicketTests {
    @Test("a ticket is apr_ and 26 characters of the base32 alphabet, and reads back")
    func form() throws {
        let ticket = TicketID(random: SeededRandom(seed: 7))
        #expect(ticket.rawValue.hasPrefix("apr_"))
        #expect(ticket.rawValue.utf8.count == 30)
        #expect(TicketID(ticket.rawValue) == ticket)
    }

    @Test(
        "other text is not a ticket",
        arguments: [
            "", "apr_", "apr_abcdefghijklmnopqrstuvwxy", "apr_abcdefghijklmnopqrstuvwxyza",
            "apx_abcdefghijklmnopqrstuvwxyz",
            "APR_abcdefghijklmnopqrstuvwxyz", "apr_Abcdefghijklmnopqrstuvwxyz", "apr_abcdefghijklmnopqrstuvwxy1",
            "apr_abcdefghijklmnopqrstuvwxy ", "apr_abcdefghijklmnopqrstuvwxyé",
        ])
    func refused(text: String) {
        #expect(TicketID(text) == nil)
    }

    @Test("all 32 characters occur, and two tickets of one source differ")
    func usesTheWholeAlphabet() {
        let random = SeededRandom(seed: 1)
        let tickets = (0..<64).map { _ in TicketID(random: random).rawValue.dropFirst(4) }
        #expect(Set(tickets.joined()).count == 32)
        #expect(Set(tickets).count == 64)
    }
}
