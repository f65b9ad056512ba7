import MartletRecords
import MartletTransparency

/// The closed log that another one goes on from: checked whole, and held against what that one says of it.
struct PreviousLog {
    let directory: String
    /// As the later log names it.
    let named: NeighbourLog

    /// Gives the report of the closed log. `later` is the name of the later one, and `key` the key that it was checked with.
    func check(later: String, key: String) async throws(LogFault) -> LogReport {
        let file = directory + "/checkpoint"
        guard let verifier = NoteVerifier(named.key) else { throw LogFault(file: file, problem: .otherPrevious) }
        let report: LogReport
        do throws(LogFault) {
            report = try await LogVerification(source: DirectorySource(directory: directory), verifier: verifier).run()
        } catch {
            throw LogFault(file: directory + "/" + error.file, index: error.index, problem: error.problem)
        }
        guard report.checkpoint.origin == named.origin, report.checkpoint.size == named.size,
            Self.text(report.checkpoint.root) == named.root
        else { throw LogFault(file: file, problem: .otherPrevious) }
        guard report.next?.origin == later, report.next?.key == key else {
            throw LogFault(file: file, problem: .otherNext)
        }
        return report
    }

    private static func text(_ root: MerkleHash) -> String {
        "sha256:" + root.bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
