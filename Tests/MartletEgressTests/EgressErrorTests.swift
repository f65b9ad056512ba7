import MartletEgress
import Testing

@Suite("Why a way out cannot be built")
struct EgressErrorTests {
    @Test(
        "is said with what to do about it",
        arguments: [
            (EgressError.badURL("ftp://x"), "\"ftp://x\" is no address", "write https://"),
            (.credentialOverPlainHTTP(host: "erp.example"), "unencrypted to erp.example", "https://"),
            (.badCredentialHeader("Host"), "\"Host\" is no header", "Authorization"),
            (.badCredentialValue, "the credential is empty", "as one line"),
            (.badTLS("ca.pem"), "ca.pem do not load", "PEM file"),
            (.commandNotFound("erp-server"), "no program \"erp-server\"", "PATH"),
            (.badCommand("empty command"), "cannot be used", "empty command"),
        ])
    func tellsTheFix(error: EgressError, what: String, fix: String) {
        #expect("\(error)".contains(what) && "\(error)".contains(fix))
    }
}
