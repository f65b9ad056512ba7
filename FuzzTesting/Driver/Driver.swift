import FuzzTargets
import Glibc

/// The entry of libFuzzer's own driver. Source: LLVM, "Using libFuzzer as a library".
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// Runs one target under libFuzzer. The target comes from the environment because libFuzzer starts itself again with its
/// own arguments when it minimises a finding.
@main
enum Driver {
    static let target = getenv("MARTLET_FUZZ_TARGET").flatMap { FuzzTarget(rawValue: String(cString: $0)) }

    static func main() {
        guard target != nil else { end("MARTLET_FUZZ_TARGET must be one of \(FuzzTarget.allCases.map(\.rawValue))") }
        var count = CommandLine.argc
        var arguments = CommandLine.unsafeArgv
        exit(runDriver(&count, &arguments) { start, count in Driver.check(start, count) })
    }

    /// Ends the process with a signal when a property does not hold: libFuzzer then keeps the input.
    static func check(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
        do throws(Violation) {
            try target?.check(Array(UnsafeBufferPointer(start: start, count: count)))
            return 0
        } catch {
            say(error.description)
            abort()
        }
    }

    private static func end(_ sentence: String) -> Never {
        say(sentence)
        exit(2)
    }

    private static func say(_ sentence: String) {
        let line = Array("\(sentence)\n".utf8)
        write(STDERR_FILENO, line, line.count)
    }
}
