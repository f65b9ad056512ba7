import ArgumentParser
import MartletTransparency

/// `--key`, the verifier key of the log.
struct KeyOption: ParsableArguments {
    @Option(help: "The text of the log's verifier key, <name>+<hash>+<base64>, as you hold it.") var key: String

    func verifier() throws -> NoteVerifier {
        let text = key.hasSuffix("\n") ? String(key.dropLast()) : key
        guard let verifier = NoteVerifier(text) else {
            throw ValidationError("--key is no Ed25519 verifier key; martlet audit vkey prints the one of a log")
        }
        return verifier
    }
}

/// A file that the command line names, as a whole.
enum NamedFile {
    /// Exit code 2 and a line when it is not there, too large or cannot be read.
    static func read(_ path: String, limit: Int) throws -> [UInt8] {
        do throws(UnreadableFile) {
            guard let bytes = try DirectorySource.contents(path, limit: limit) else {
                throw UnreadableFile(path: path, reason: "there is no such file")
            }
            guard bytes.count <= limit else { throw UnreadableFile(path: path, reason: "it is too large") }
            return bytes
        } catch {
            Output.error("\(error.path): \(error.reason)")
            throw ExitCode(2)
        }
    }
}
