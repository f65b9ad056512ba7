import ArgumentParser
import MartletAudit
import MartletConfiguration
import MartletCore
import MartletStorage

/// `--argument` of a search: which declared values are asked for, and the keys that it takes.
///
/// An answer must not look like "no such call" because something could not be looked into: without keys there is none, and what
/// cannot be opened is counted. Source: ADR-0033.
struct ArgumentSearch {
    let readers: ReadersKeys
    private let source: ArgumentSource
    private let questions: [ArgumentQuestion]
    private let configuration: String

    /// Nil when no argument is asked for.
    init?(_ options: [String], _ configuration: ConfigurationOption, _ state: StateDirectory) throws {
        guard !options.isEmpty else { return nil }
        self.configuration = configuration.config
        let searched: SearchedArguments
        do {
            searched = try GatewayConfiguration.searched(path: configuration.config)
        } catch {
            Terminal.error(error.description)
            throw ExitCode(2)
        }
        let asked = try options.map { try Self.parts($0, searched, configuration.config) }
        readers = ReadersKeys(state)
        guard readers.canOpen, let root = readers.root else {
            Terminal.error(
                "--argument: nothing was searched, because arguments cannot be opened: it takes the payload key and its vault"
            )
            throw ExitCode(2)
        }
        source = ArgumentSource(searched, root: root, vault: state.vault)
        var questions: [ArgumentQuestion] = []
        for (path, text) in asked {
            guard let question = ArgumentQuestion(path, is: text, under: source.key) else {
                Terminal.error("--argument \(path): what was redacted is not kept, and cannot be found")
                throw ExitCode(2)
            }
            questions.append(question)
        }
        self.questions = questions
    }

    /// Brings the index of arguments to the end of the log, and asks it.
    func prepare(_ log: inout IndexedLog, _ filter: inout IndexFilter) throws {
        let isOthers: Bool
        do throws(IndexError) {
            isOthers = try log.index.hasArguments(besides: source)
        } catch {
            throw IndexedLog.told(error)
        }
        guard !isOthers || !log.state.hasGateway else {
            Terminal.error(
                "--argument: the running gateway indexes other places than \(configuration) declares, or under another "
                    + "key: restart it with this configuration")
            throw ExitCode(2)
        }
        try log.takeArguments(source)
        filter.arguments = questions
    }

    /// The records whose arguments have every value that is asked for, and the indexes of all that were opened to see it.
    func confirmed(
        _ found: ArraySlice<LoggedRecord>, _ filter: IndexFilter, _ log: IndexedLog, _ values: SealedValues
    ) throws -> ([LoggedRecord], opened: [UInt64]) {
        var (records, opened, closed) = ([LoggedRecord](), [UInt64](), 0)
        for record in found {
            guard let arguments = record.entry.flatMap({ values.arguments(of: $0) }) else {
                closed += 1
                continue
            }
            opened.append(record.index)
            if questions.allSatisfy({ $0.isAnswered(by: arguments) }) { records.append(record) }
        }
        do throws(IndexError) {
            closed += try log.index.closedArguments(filter)
            let behind = try log.index.argumentsBehind(source)
            if behind > 0 { Terminal.error("\(behind) records were not looked into: the index of arguments is behind") }
        } catch {
            throw IndexedLog.told(error)
        }
        if closed > 0 {
            Terminal.error(
                "\(closed) record\(closed == 1 ? "" : "s") that the other filters admit could not be looked into: the arguments "
                    + "are erased, or their key is not at hand")
        }
        return (records, opened)
    }

    /// Takes `/iban=DE02…` apart at the first `=`.
    private static func parts(
        _ option: String, _ searched: SearchedArguments, _ file: String
    ) throws -> (SearchedPath, String) {
        guard let mark = option.firstIndex(of: "="), let path = SearchedPath(String(option[..<mark])) else {
            Terminal.error("--argument takes a place and a value: /vendor_id=V-100")
            throw ExitCode(2)
        }
        guard searched.contains(path) else {
            Terminal.error(
                "--argument \(path): no tool declares this place; add it to upstreams[].tools.<tool>.search in \(file), and "
                    + "restart the gateway")
            throw ExitCode(2)
        }
        return (path, try value(String(option[option.index(after: mark)...]), of: path))
    }

    /// `-` is the next line of standard input: what stands on a command line can be read by every user of the machine.
    private static func value(_ text: String, of path: SearchedPath) throws -> String {
        guard text == "-" else { return text }
        guard let line = readLine(), !line.isEmpty else {
            Terminal.error("--argument \(path)=-: there is no value on standard input")
            throw ExitCode(2)
        }
        return line
    }
}

extension StateDirectory {
    /// Whether a gateway listens there; yes when that cannot be told.
    fileprivate var hasGateway: Bool {
        do throws(LocalHTTP.Failure) {
            _ = try LocalHTTP(address: .socket(path: adminSocket)).send("GET", "/")
            return true
        } catch {
            switch error {
            case .notRunning: return false
            case .broken: return true
            }
        }
    }
}
