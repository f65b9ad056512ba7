import Glibc
import MartletAudit
import MartletStorage

/// Times the audit log without a gateway in front of it, and prints one line of JSON. See ../../README.md.
///
///     audit-benchmark append FOLDER WRITERS SECONDS BYTES     durable leaves a second, their latency and processor time
///     audit-benchmark fill FOLDER ORIGIN MEBIBYTES            a log of calls, to be verified and opened
///     audit-benchmark verify FOLDER                           what `martlet audit verify` does
///     audit-benchmark follow FOLDER CALLS_A_SECOND SECONDS    how far the index is behind
///     audit-benchmark index FOLDER FILE                       what `martlet audit index --rebuild` does
///     audit-benchmark rules FOLDER                            what the rules among the records cost beside it
///     audit-benchmark open FOLDER ORIGIN                      what a start does with the log
@main
struct AuditBenchmark {
    static func main() async throws {
        let words = CommandLine.arguments.dropFirst()
        switch (words.first, Array(words.dropFirst())) {
        case ("append", let more) where more.count == 4:
            guard let writers = Int(more[1]), let seconds = Double(more[2]), let bytes = Int(more[3]) else { usage() }
            print(try await Appending(writers: writers, seconds: seconds, bytes: bytes).run(more[0]))
        case ("fill", let more) where more.count == 3:
            guard let mebibytes = Int(more[2]) else { usage() }
            print(try await Filling(origin: more[1], bytes: mebibytes << 20).run(more[0]))
        case ("verify", let more) where more.count == 1: print(try Reading.verify(more[0]))
        case ("index", let more) where more.count == 2: print(try Reading.index(more[0], into: more[1]))
        case ("rules", let more) where more.count == 1: print(try Reading.rules(more[0]))
        case ("follow", let more) where more.count == 3:
            guard let rate = Int(more[1]), let seconds = Double(more[2]) else { usage() }
            print(try await Following(callsPerSecond: rate, seconds: seconds).run(more[0]))
        case ("open", let more) where more.count == 2: print(try Reading.open(more[0], origin: more[1]))
        default: usage()
        }
    }

    private static func usage() -> Never {
        print("usage: audit-benchmark append FOLDER WRITERS SECONDS BYTES | fill FOLDER ORIGIN MEBIBYTES")
        print("     | verify FOLDER | index FOLDER FILE | rules FOLDER | open FOLDER ORIGIN")
        print("     | follow FOLDER CALLS_A_SECOND SECONDS")
        exit(2)
    }
}

/// Seconds that only go forward, and seconds of processor time of this process.
enum Stopwatch {
    static var now: Double { seconds(CLOCK_MONOTONIC) }
    static var processor: Double { seconds(CLOCK_PROCESS_CPUTIME_ID) }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// A store whose tiles and checkpoints are written as in a gateway: each second, beside the path.
func openStore(_ folder: String, origin: String) throws -> SegmentStore {
    try SegmentStore.open(directory: folder, settings: SegmentSettings(origin: origin)).store
}
