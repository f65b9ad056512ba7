import Glibc

/// One connection, one request, one answer, with no library in between that would correct the request.
struct RawExchange: Sendable {
    let target: Target
    /// Longest wait for the next bytes, in seconds.
    var patience = 10
    private static let maximumAnswer = 16 << 20

    func send(_ request: ProbeRequest) -> ProbeOutcome { send(bytes: request.bytes(for: target)) }

    var isReachable: Bool {
        guard let descriptor = connect() else { return false }
        close(descriptor)
        return true
    }

    func send(bytes: [UInt8]) -> ProbeOutcome {
        guard let descriptor = connect() else { return .unreachable("nothing answers on \(target.authority)") }
        defer { close(descriptor) }
        write(bytes, to: descriptor)
        let (answer, hasEnded) = readAll(descriptor)
        if let parsed = ProbeAnswer(answer) { return .answer(parsed) }
        return hasEnded ? .closed : .silent
    }

    private func connect() -> Int32? {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(target.host, String(target.port), &hints, &found) == 0 else { return nil }
        defer { freeaddrinfo(found) }
        var next = found
        while let candidate = next?.pointee {
            next = candidate.ai_next
            let descriptor = socket(candidate.ai_family, candidate.ai_socktype, candidate.ai_protocol)
            guard descriptor >= 0 else { continue }
            limitWaits(of: descriptor)
            if Glibc.connect(descriptor, candidate.ai_addr, candidate.ai_addrlen) == 0 { return descriptor }
            close(descriptor)
        }
        return nil
    }

    private func limitWaits(of descriptor: Int32) {
        var wait = timeval(tv_sec: patience, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &wait, size)
    }

    /// A peer may refuse before it has read everything: what it answered is still read.
    private func write(_ bytes: [UInt8], to descriptor: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    private func readAll(_ descriptor: Int32) -> (bytes: [UInt8], hasEnded: Bool) {
        var answer: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while answer.count < Self.maximumAnswer {
            let count = chunk.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count == 0 { return (answer, true) }
            if count < 0 { return (answer, errno == ECONNRESET) }
            answer.append(contentsOf: chunk[..<count])
        }
        return (answer, true)
    }
}
