import Glibc
import MartletConfiguration

/// Where the head of the log is kept, and what that is worth.
struct HeadPlace {
    let directory: String
    /// What it does not protect from; nil when it lies on another volume than the log.
    let weakness: String?

    init(_ configuration: GatewayConfiguration) {
        let state = StateDirectory(configuration.location)
        guard let named = configuration.audit.head else {
            directory = state.head
            weakness = "on the same path as the log, does not catch a restored snapshot of the state directory"
            return
        }
        directory = Self.absolute(named)
        if (directory + "/").hasPrefix(Self.absolute(state.path) + "/") {
            weakness = "inside of the state directory, does not catch a restored snapshot of it"
        } else if Self.volume(of: directory) == Self.volume(of: state.path) {
            weakness = "on the same volume as the log, does not catch a restored snapshot of the volume"
        } else {
            weakness = nil
        }
    }

    /// For `martlet check`.
    var effectiveValue: String { directory + (weakness.map { " (\($0))" } ?? "") }

    private static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let here = getcwd(nil, 0) else { return path }
        defer { free(here) }
        return String(cString: here) + "/" + path
    }

    /// Of the directory, or of the nearest one above it that is there.
    private static func volume(of path: String) -> UInt? {
        var path = absolute(path)
        while true {
            var facts = stat()
            if stat(path, &facts) == 0 { return facts.st_dev }
            guard let slash = path.lastIndex(of: "/"), path != "/" else { return nil }
            path = slash == path.startIndex ? "/" : String(path[..<slash])
        }
    }
}
