import MartletEgress
import Testing

@Suite("the address guard")
struct AddressGuardTests {
    static func refusal(_ address: String, for url: String) throws -> AddressGuard.Refusal? {
        let address = try #require(IPAddress(address))
        let judge = AddressGuard(for: try Endpoint(url))
        do throws(AddressGuard.Refusal) {
            try judge.check(address)
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "refuses where a name must not lead",
        arguments: [
            ("169.254.169.254", .linkLocal), ("169.254.0.1", .linkLocal), ("fe80::1", .linkLocal),
            ("febf::1", .linkLocal),
            ("::ffff:169.254.169.254", .linkLocal), ("64:ff9b::a9fe:a9fe", .linkLocal),
            ("2002:a9fe:a9fe::1", .linkLocal),
            ("::169.254.169.254", .linkLocal), ("100.100.100.200", .metadata), ("168.63.129.16", .metadata),
            ("fd00:ec2::254", .metadata), ("192.0.0.192", .metadata), ("0.0.0.0", .notUnicast),
            ("0.1.2.3", .notUnicast),
            ("::", .notUnicast), ("224.0.0.1", .notUnicast), ("255.255.255.255", .notUnicast), ("ff02::1", .notUnicast),
            ("127.0.0.1", .loopback), ("127.255.255.254", .loopback), ("::1", .loopback),
            ("::ffff:127.0.0.1", .loopback),
            ("64:ff9b::7f00:1", .loopback),
        ] as [(String, AddressGuard.Refusal)])
    func refuses(address: String, refusal: AddressGuard.Refusal) throws {
        #expect(try Self.refusal(address, for: "https://idp.example.com/jwks") == refusal)
    }

    @Test(
        "allows public and private addresses",
        arguments: [
            "93.184.216.34", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.253.255.255", "fec0::1", "2606:2800::1",
            "fd00::1",
        ])
    func allows(address: String) throws {
        #expect(try Self.refusal(address, for: "https://idp.example.com/jwks") == nil)
    }

    @Test("allows loopback when the URL itself says so, and still nothing else of the above")
    func literalLoopback() throws {
        for url in ["http://127.0.0.1:8080/jwks", "http://localhost/jwks", "https://[::1]/jwks"] {
            #expect(try Self.refusal("127.0.0.1", for: url) == nil)
            #expect(try Self.refusal("::1", for: url) == nil)
            #expect(try Self.refusal("169.254.169.254", for: url) == .linkLocal)
        }
    }
}
