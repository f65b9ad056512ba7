import MartletCore
import MartletJSON
import MartletTesting
import Testing

@testable import MartletAudit

/// Values that are committed to one by one, as SD-JWT does it.
struct DisclosureTests {
    /// Source: RFC 9901, section 4.2.1 (a disclosure of an object member) and section 4.2.3 (its digest).
    @Test("the digest of a disclosure is the one of the specification's example")
    func example() throws {
        let text = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"
        let digest = Base64URL.encode(Digest(of: Array(text.utf8)).bytes)
        #expect(digest == "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0")
    }

    private static func payload() -> (Disclosures, [String]) {
        var values = Disclosures()
        values.add("args", salt: [UInt8](repeating: 1, count: 16)) { $0.string("a,\"b\u{E9}") }
        values.add("digests", salt: [UInt8](repeating: 2, count: 16)) { $0.value(.emptyObject) }
        values.add("result", salt: [UInt8](repeating: 3, count: 16)) { $0.number(7) }
        return (values, values.digests.map { Base64URL.encode($0.bytes) })
    }

    @Test("each value comes back with its name and a text of which the leaf has the digest")
    func roundTrip() throws {
        let (values, digests) = Self.payload()
        let opened = try #require(OpenedDisclosure.all(in: values.payload, committed: digests.reversed()))
        #expect(opened.map(\.name) == ["args", "digests", "result"])
        #expect(Set(opened.map { Base64URL.encode(Digest(of: Array($0.text.utf8)).bytes) }) == Set(digests))
        let array = try JSONValue.parse(try #require(Base64URL.decode(opened[0].text)))
        #expect(array[0]?.string == Base64URL.encode([UInt8](repeating: 1, count: 16)))
        #expect(array[1]?.string == "args")
        #expect(array[2]?.string == "a,\"b\u{E9}")
    }

    @Test("one value less, one more, another one, or one twice is not what the leaf commits to")
    func exactly() {
        let (values, digests) = Self.payload()
        #expect(OpenedDisclosure.all(in: values.payload, committed: digests) != nil)
        #expect(OpenedDisclosure.all(in: values.payload, committed: Array(digests.dropLast())) == nil)
        #expect(OpenedDisclosure.all(in: values.payload, committed: digests + [digests[0]]) == nil)
        #expect(OpenedDisclosure.all(in: values.payload, committed: [digests[0], digests[0], digests[1]]) == nil)
        #expect(
            OpenedDisclosure.all(
                in: values.payload, committed: [digests[0], digests[1], String(digests[2].reversed())]) == nil)
    }

    @Test("no flipped bit, and no shorter payload, is taken for what the leaf commits to")
    func mutated() {
        let (values, digests) = Self.payload()
        let payload = values.payload
        for place in payload.indices {
            for bit in 0..<8 as Range<UInt8> {
                var other = payload
                other[place] ^= 1 << bit
                // The commas between the values are nobody's.
                if let opened = OpenedDisclosure.all(in: other, committed: digests) {
                    #expect(payload[place] == UInt8(ascii: ","))
                    #expect(opened.map(\.text) == OpenedDisclosure.all(in: payload, committed: digests)?.map(\.text))
                }
            }
        }
        for count in payload.indices {
            #expect(OpenedDisclosure.all(in: Array(payload[..<count]), committed: digests) == nil)
        }
    }

    @Test("arguments and digests of a call, result, list, stream, request and ruling have one disclosure each")
    func names() async throws {
        let fixture = try await EveryRecord.log()
        var names: [RecordType: [String]] = [:]
        for entry in try fixture.entries() where entry.sealed != nil {
            let payload = fixture.store.entries[Int(entry.index)].payload
            guard
                case .success(.disclosures(let all)) = fixture.keys(fixture.root).disclosures(
                    of: entry, payload: payload)
            else {
                Issue.record("\(entry.type) does not open")
                continue
            }
            names[entry.type] = all.map(\.name)
        }
        #expect(
            names == [
                .callIntent: ["digests", "args"], .callOutcome: ["result"], .callDenied: ["digests", "args"],
                .listFiltered: ["tools"], .streamOpened: ["items", "refused"], .approvalRequested: ["digests", "args"],
                .approvalGranted: ["digests", "comment"], .approvalDenied: ["digests", "comment"],
            ])
    }

    @Test("no salt is used twice")
    func salts() async throws {
        let fixture = try await EveryRecord.log()
        var salts: [String] = []
        for entry in try fixture.entries() where entry.sealed != nil {
            let payload = fixture.store.entries[Int(entry.index)].payload
            guard
                case .success(.disclosures(let all)) = fixture.keys(fixture.root).disclosures(
                    of: entry, payload: payload)
            else { continue }
            for disclosure in all {
                let array = try JSONValue.parse(try #require(Base64URL.decode(disclosure.text)), limits: .response)
                salts.append(try #require(array[0]?.string))
            }
        }
        #expect(salts.count > 10)
        #expect(Set(salts).count == salts.count)
        #expect(salts.allSatisfy { Base64URL.decode($0)?.count == 16 })
    }
}
