import Glibc

/// `martlet demo erp`: a small ERP behind MCP over standard input and output, one JSON-RPC message a line.
///
/// Speaks 2026-07-28 and 2025-11-25. One thread and `poll(2)`: slow reports are deadlines, so any number of other
/// requests is answered while they wait, and the same input always gives the same output.
enum DemoERP {
    /// Runs until standard input ends. Exit code 0 then, 1 when the ledger cannot be opened or the other side is gone.
    static func run() -> Int32 {
        signal(SIGPIPE, SIG_IGN)
        let path = getenv("ERP_LEDGER").map { String(cString: $0) }
        guard let ledger = ERPLedger(path: path) else {
            say("martlet demo erp: cannot open the ledger \(path ?? "")")
            return 1
        }
        say("martlet demo erp: ready, ledger \(path ?? "in memory only")")
        return serve(ERPServer(books: ERPBooks(ledger: ledger)))
    }

    private static func serve(_ start: ERPServer) -> Int32 {
        var server = start
        var lines = ERPLines()
        while true {
            guard write(server.overdue(at: clock())) else { return 1 }
            switch read(until: server.nextDeadline) {
            case .nothing: continue
            case .end: return 0
            case .bytes(let bytes):
                var replies: [UInt8] = []
                for line in lines.feed(bytes) { replies += server.receive(line, at: clock()) }
                guard write(replies) else { return 1 }
            }
        }
    }

    private enum Input {
        case bytes([UInt8])
        case nothing
        case end
    }

    private static func read(until deadline: Int64?) -> Input {
        let wait = deadline.map { Int32(clamping: max(0, $0 - clock())) } ?? -1
        var descriptor = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
        guard poll(&descriptor, 1, wait) > 0 else { return .nothing }
        var failed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
            let got = Glibc.read(0, buffer.baseAddress, 65_536)
            failed = got < 0
            count = max(0, got)
        }
        if failed { return errno == EINTR ? .nothing : .end }
        return bytes.isEmpty ? .end : .bytes(bytes)
    }

    private static func write(_ bytes: [UInt8]) -> Bool { ERPLedger.write(bytes, to: 1) }

    private static func say(_ line: String) { _ = ERPLedger.write(Array((line + "\n").utf8), to: 2) }

    /// Milliseconds of the monotonic clock.
    private static func clock() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
