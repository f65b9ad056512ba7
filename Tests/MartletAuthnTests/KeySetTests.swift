import Foundation
import MartletAuthn
import MartletCore
import Testing

@Suite("A key set")
struct KeySetTests {
    @Test(
        "is refused as a whole for what makes it doubtful",
        arguments: [
            ("", .malformed), ("[]", .malformed), ("{}", .malformed), (#"{"keys":{}}"#, .malformed),
            (#"{"keys":[1]}"#, .malformed), (#"{"keys":[],"keys":[]}"#, .malformed), (#"{"keys":[{}]}"#, .malformed),
            (#"{"keys":[]}"#, .noUsableKey),
            (String(repeating: " ", count: 256 * 1024) + "{}", .tooLarge),
            (#"{"keys":["# + String(repeating: "{},", count: 64) + "{}]}", .tooLarge),
        ] as [(String, JWKSError)])
    func refusesWhole(text: String, error: JWKSError) async throws {
        #expect(try await Self.outcome(Array(text.utf8)) == .failed(error))
    }

    @Test("with two keys of one name, or with a private part, is refused")
    func refusesAmbiguity() async throws {
        let twice = keySet(SigningKey.ec, SigningKey.es256("ec-1"))
        #expect(try await Self.outcome(twice) == .failed(.duplicateKey(keyID: "ec-1")))
        let leaked = keySet([SigningKey.ec.publicJWK(["d": "AAAA"])])
        #expect(try await Self.outcome(leaked) == .failed(.privateKey(keyID: "ec-1")))
    }

    @Test("may have one kid for keys of two types")
    func allowsOneNamePerAlgorithm() async throws {
        let other = SigningKey.edDSA("ec-1")
        let gate = try Gate(keys: keySet(.ec, other))
        #expect(await gate.ask(try TokenDraft().token()).value != nil)
        #expect(await gate.ask(try TokenDraft(key: other).token()).value != nil)
    }

    @Test(
        "leaves out keys that are not for us, and keeps the others",
        arguments: [
            ["use": "enc"], ["key_ops": #"["sign"]"#], ["alg": "ES384"], ["crv": "P-384"], ["crv": "secp256k1"],
            ["kty": "oct", "k": "c2VjcmV0"], ["kty": "OKP"], ["x": "AAAA"], ["y": ""], ["kid": ""],
            ["x": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"],
        ])
    func leavesOut(changes: [String: String]) async throws {
        let gate = try Gate(keys: keySet([SigningKey.ec.publicJWK(changes), SigningKey.ed.publicJWK()]))
        #expect(await gate.refusal(try TokenDraft().token()) == .unknownKey)
        #expect(await gate.ask(try TokenDraft(key: .ed).token()).value != nil)
    }

    @Test("accepts a key that names no use and no algorithm")
    func acceptsBareKeys() async throws {
        let gate = try Gate(keys: keySet([SigningKey.ec.publicJWK(["use": "", "alg": "", "key_ops": #"["verify"]"#])]))
        #expect(await gate.ask(try TokenDraft().token()).value != nil)
    }

    @Test("leaves out RSA keys below 2048 bits, above 8192 bits and with a tiny exponent")
    func refusesWeakKeys() async throws {
        let weak = try SigningKey.rs256("weak", unsafeBits: 1024)
        #expect(try await Self.outcome(keySet(weak)) == .failed(.noUsableKey))
        let good = try SigningKey.rsa.get()
        let long = String(repeating: "_", count: 1368)
        for changes in [["e": "Aw"], ["n": long], ["e": ""]] {
            #expect(try await Self.outcome(keySet([good.publicJWK(changes)])) == .failed(.noUsableKey))
        }
    }

    @Test("in a file is read, and refused when it is missing, too large, a folder or writable by everybody")
    func readsFiles() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: folder) } }
        let path = folder.appendingPathComponent("jwks.json").path
        #expect(await Self.fetch(folder.path) == .unreachable("\(folder.path): not a regular file"))
        #expect(await Self.fetch(path) == .unreachable("\(path): errno 2"))
        try Data(keySet(.ec)).write(to: URL(fileURLWithPath: path))
        #expect(try await FileJWKSSource(path: path).fetch() == keySet(.ec))
        try FileManager.default.setAttributes([.posixPermissions: 0o646], ofItemAtPath: path)
        #expect(await Self.fetch(path) == .unreachable("\(path): mode 646 lets others write"))
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        try Data(repeating: 32, count: 256 * 1024 + 1).write(to: URL(fileURLWithPath: path))
        #expect(await Self.fetch(path) == .tooLarge)
    }

    private static func fetch(_ path: String) async -> JWKSError? {
        do throws(JWKSError) {
            _ = try await FileJWKSSource(path: path).fetch()
            return nil
        } catch { return error }
    }

    private static func outcome(_ bytes: [UInt8]) async throws -> KeyRefresh.Outcome? {
        try await Gate(keys: bytes).authenticator.refreshDueKeys(now: .start).first?.outcome
    }
}
