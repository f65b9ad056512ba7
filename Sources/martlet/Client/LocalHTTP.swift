import Glibc
import MartletJSON

/// One HTTP/1.1 exchange with a gateway on this machine: over its admin socket, or over loopback for the demo.
///
/// Blocking and small on purpose: the command line asks one question and exits. It never leaves the machine.
struct LocalHTTP {
    enum Address {
        case socket(path: String)
        case loopback(port: Int)
    }

    struct Answer {
        let status: Int
        let headers: [String: String]
        let body: [UInt8]
    }

    enum Failure: Error {
        case notRunning(String)
        case broken(String)
    }

    let address: Address

    func send(
        _ method: String, _ path: String, headers: [(String, String)] = [], body: [UInt8] = []
    ) throws(Failure) -> Answer {
        let descriptor = try connect()
        defer { close(descriptor) }
        var head = "\(method) \(path) HTTP/1.1\r\nhost: \(host)\r\nconnection: close\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        head += "content-length: \(body.count)\r\n\r\n"
        try write(Array(head.utf8) + body, to: descriptor)
        return try parse(try readAll(descriptor))
    }

    private var host: String {
        switch address {
        case .socket: "localhost"
        case .loopback(let port): "127.0.0.1:\(port)"
        }
    }

    private func connect() throws(Failure) -> Int32 {
        switch address {
        case .socket(let path): return try connectSocket(path)
        case .loopback(let port): return try connectLoopback(port)
        }
    }

    private func connectSocket(_ path: String) throws(Failure) -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: name.sun_path) else {
            throw .broken("the socket path is longer than 107 bytes: \(path)")
        }
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: bytes) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(descriptor, $0, size) }
        }
        guard result == 0 else {
            let code = errno
            let reason = String(cString: strerror(code))
            close(descriptor)
            // Nobody listens there; anything else says nothing about whether the gateway runs.
            guard code == ENOENT || code == ECONNREFUSED else {
                throw .broken("cannot reach the gateway at \(path): \(reason)")
            }
            throw .notRunning("cannot reach the gateway at \(path): \(reason); is `martlet serve` running?")
        }
        return descriptor
    }

    private func connectLoopback(_ port: Int) throws(Failure) -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = in_port_t(UInt16(truncatingIfNeeded: port)).bigEndian
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(descriptor, $0, size) }
        }
        guard result == 0 else {
            close(descriptor)
            throw .notRunning("nothing answers on 127.0.0.1:\(port)")
        }
        return descriptor
    }

    private func write(_ bytes: [UInt8], to descriptor: Int32) throws(Failure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { throw .broken("the connection broke while sending") }
            rest = rest.dropFirst(count)
        }
    }

    private func readAll(_ descriptor: Int32) throws(Failure) -> [UInt8] {
        var answer: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = chunk.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            guard count >= 0 else { throw .broken("the connection broke while reading") }
            if count == 0 { return answer }
            answer.append(contentsOf: chunk[..<count])
        }
    }

    private func parse(_ bytes: [UInt8]) throws(Failure) -> Answer {
        let mark: [UInt8] = [13, 10, 13, 10]
        guard let end = bytes.indices.first(where: { bytes[$0...].starts(with: mark) }) else {
            throw .broken("the gateway gave no HTTP answer")
        }
        let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n")
        guard let first = lines.first, let status = first.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { throw .broken("the gateway gave no HTTP status") }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = String(line[line.index(after: colon)...].drop { $0 == " " })
        }
        return Answer(status: status, headers: headers, body: Array(bytes[(end + 4)...]))
    }
}
