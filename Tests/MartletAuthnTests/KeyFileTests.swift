import Foundation
import Glibc
import MartletAuthn
import MartletCore
import Testing

@Suite("A key file")
struct KeyFileTests {
    @Test("is made at the first start with mode 0600, and read at the next")
    func isMadeOnce() throws {
        try inFolder { folder in
            let path = folder + "/minter.key"
            let first = try KeyFile.open(path, makeIfMissing: true)
            #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
            let second = try KeyFile.open(path, makeIfMissing: true)
            #expect(first.isNew && !second.isNew && second.key.matches(first.key))
            let other = try KeyFile.open(folder + "/other.key", makeIfMissing: true)
            #expect(!other.key.matches(first.key))
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["minter.key", "other.key"])
        }
    }

    @Test("is not made for who only reads, and then read like any other")
    func isNotMadeForReaders() throws {
        try inFolder { folder in
            let path = folder + "/payload.key"
            #expect(throws: KeyFileError.missing(path: path)) { try KeyFile.open(path, makeIfMissing: false) }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
            let made = try KeyFile.open(path, makeIfMissing: true)
            #expect(try KeyFile.open(path, makeIfMissing: false).key.matches(made.key))
        }
    }

    @Test(
        "is refused when group or others have any access", arguments: [0o640, 0o620, 0o610, 0o604, 0o602, 0o601, 0o644])
    func refusesExposure(mode: Int) throws {
        try inFolder { folder in
            let path = folder + "/minter.key"
            _ = try KeyFile.open(path, makeIfMissing: true)
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
            #expect(throws: KeyFileError.exposed(path: path, mode: UInt32(mode))) {
                try KeyFile.open(path, makeIfMissing: true)
            }
        }
    }

    @Test("is refused when it holds something else than one key", arguments: ["", "x", "martlet-ed25519-seed:AAAA\n"])
    func refusesGarbage(text: String) throws {
        try inFolder { folder in
            let path = folder + "/minter.key"
            let attributes = [FileAttributeKey.posixPermissions: 0o600]
            #expect(FileManager.default.createFile(atPath: path, contents: Data(text.utf8), attributes: attributes))
            #expect(throws: KeyFileError.unusable(path: path)) { try KeyFile.open(path, makeIfMissing: true) }
        }
    }

    @Test("is never read or made through a symbolic link, and never a folder")
    func refusesLinks() throws {
        try inFolder { folder in
            _ = try KeyFile.open(folder + "/real.key", makeIfMissing: true)
            try FileManager.default.createSymbolicLink(
                atPath: folder + "/link", withDestinationPath: folder + "/real.key")
            try FileManager.default.createSymbolicLink(
                atPath: folder + "/loose", withDestinationPath: folder + "/new.key")
            for name in ["link", "loose"] {
                let path = folder + "/" + name
                #expect(throws: KeyFileError.unreadable(path: path, errno: ELOOP)) {
                    try KeyFile.open(path, makeIfMissing: true)
                }
            }
            #expect(throws: KeyFileError.unusable(path: folder)) { try KeyFile.open(folder, makeIfMissing: true) }
            let nowhere = folder + "/none/minter.key"
            #expect(throws: KeyFileError.missing(path: nowhere)) { try KeyFile.open(nowhere, makeIfMissing: true) }
        }
    }

    @Test(
        "says what to do about it",
        arguments: [
            (KeyFileError.exposed(path: "k/a.key", mode: 0o644), "(mode 0644); run: chmod 600 k/a.key"),
            (.unreadable(path: "k/a.key", errno: ELOOP), "k/a.key is a symbolic link; put the file itself there"),
            (.unreadable(path: "k/a.key", errno: EACCES), "k/a.key cannot be read or made: Permission denied"),
            (.foreign(path: "k/a.key"), "k/a.key belongs to another user; run the gateway as its owner, or chown it"),
            (.unusable(path: "k/a.key"), "k/a.key holds no key; put back the right file"),
            (.missing(path: "k/a.key"), "k/a.key is missing"),
        ])
    func tellsTheFix(error: KeyFileError, text: String) {
        #expect(error.description.hasSuffix(text))
    }

    private func inFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: folder) } }
        try body(folder)
    }
}
