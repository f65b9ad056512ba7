import MartletCore
import Testing

/// What looks like a secret, and what does not. Every secret here is made up.
struct SecretScannerTests {
    private static let jwt = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl-_A"
    private static let pem =
        "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIHRlc3QtdGVzdC10ZXN0LXRlc3Q\n-----END EC PRIVATE KEY-----"

    static let secrets: [(String, SecretScanner.Kind, String)] = [
        ("Authorization: Bearer abcdef0123456789xyz", .authorization, "Authorization: Bearer [redacted:authorization]"),
        ("bearer  AbC.def_123~+/456789==", .authorization, "bearer  [redacted:authorization]"),
        ("Basic YWxpY2U6b3BlbiBzZXNhbWU=", .authorization, "Basic [redacted:authorization]"),
        ("x=\(jwt)&y", .jsonWebToken, "x=[redacted:jwt]&y"),
        ("eyJhbGciOiJSU0EifQ.abcde.fghij.klmno.pqrst", .jsonWebToken, "[redacted:jwt]"),
        ("a \(pem) b", .privateKey, "a [redacted:private_key] b"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk", .privateKey, "[redacted:private_key]"),
        ("key AKIAIOSFODNN7EXAMPLE.", .awsKey, "key [redacted:aws_key]."),
        ("ghp_0123456789abcdefghijABCDEFGHIJ012345", .githubToken, "[redacted:github_token]"),
        ("github_pat_11AAAAAAA0abcdefghij_klmnop", .githubToken, "[redacted:github_token]"),
        ("xoxb-123456789012-abcdefGHIJ", .slackToken, "[redacted:slack_token]"),
        ("sk-ant-api03-abcdefghijklmnop", .serviceKey, "[redacted:service_key]"),
        ("AIzaSyA0123456789abcdefghijklmnopqrstu", .serviceKey, "[redacted:service_key]"),
        ("4111111111111111", .cardNumber, "[redacted:card_number]"),
        ("card 4111 1111 1111 1111 22", .cardNumber, "card [redacted:card_number] 22"),
        ("2024 5555-5555-5555-4444, thanks", .cardNumber, "2024 [redacted:card_number], thanks"),
        ("378282246310005", .cardNumber, "[redacted:card_number]"),
        ("2223003122003222", .cardNumber, "[redacted:card_number]"),
    ]

    @Test("a secret is found, and a mark stands in its place", arguments: secrets.indices)
    func found(number: Int) {
        let (text, kind, expected) = Self.secrets[number]
        #expect(SecretScanner.matches(in: Array(text.utf8)).map(\.kind) == [kind])
        #expect(SecretScanner.redacted(text) == expected)
        #expect(SecretScanner.finds(in: Array(text.utf8)[...]))
        // Wherever it stands.
        #expect(SecretScanner.finds(in: Array(("zz " + text).utf8)[3...]))
    }

    static let harmless = [
        "", "Bearer of good news", "the bearer internationalization", "basic understanding", "eyJ", "eyJhbGc.x",
        "-----BEGIN",
        "-----BEGIN CERTIFICATE-----MIIB-----END CERTIFICATE-----", "AKIA", "AKIAIOSFODNN7EXAMPL", "ghp_short",
        "xoxb-1",
        "xoxo hugs", "skip", "risk_live_", "4111111111111112", "411111111111111", "1234567890123452",
        "0000000000000000",
        "41111111111111111111", "2026-11-23T14:43:16.000000Z", "IBAN DE89370400440532013000", "V-100", "250.00",
    ]

    @Test("what is none stays as it is", arguments: harmless)
    func notFound(text: String) {
        #expect(SecretScanner.redacted(text) == text)
        #expect(!SecretScanner.finds(in: Array(text.utf8)[...]))
    }

    @Test("several secrets are replaced each, in order")
    func several() {
        let text = "\(Self.jwt) 4111111111111111 AKIAIOSFODNN7EXAMPLE"
        #expect(SecretScanner.redacted(text) == "[redacted:jwt] [redacted:card_number] [redacted:aws_key]")
    }

    /// With a second look at what was looked at, each of these takes many minutes.
    @Test(
        "a long text of nothing but beginnings is looked through once",
        arguments: [
            "eyJ", "eyJ.", "eyJ.aaaaa.", "eyJAKIA0123456789ABCDEF", "bearer", "Bearer:", "bearer:bearer", "basic ",
            "-----BEGIN ",
            "-----BEGIN PRIVATE KEY", "1 ", "4-", "AKIA", "ghp_", "sk", "-", "Bearer\t\t",
        ])
    func beginnings(of text: String) {
        let bytes = Array(String(repeating: text, count: (1 << 18) / text.utf8.count).utf8)
        let found = SecretScanner.matches(in: bytes)
        #expect(found.allSatisfy { bytes.indices.contains($0.range.lowerBound) && !$0.range.isEmpty })
    }

    @Test("any bytes at all are looked through without a fault, and what is found lies inside, in order")
    func anything() {
        var state: UInt64 = 7
        let alphabet = Array("eyJ.Bear asic-BEGINPRVTK AKI0123456789ghp_xoxbsk4111\u{0}\u{FF}".utf8)
        for _ in 0..<2000 {
            let text = (0..<64).map { _ -> UInt8 in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return alphabet[Int(state >> 33) % alphabet.count]
            }
            var end = 0
            for match in SecretScanner.matches(in: text) {
                #expect(match.range.lowerBound >= end && match.range.upperBound <= text.count && !match.range.isEmpty)
                end = match.range.upperBound
            }
        }
    }
}
