import ArgumentParser
import MartletCedar
import MartletJSON

/// A request as it was written: the context is JSON that is not read yet.
struct WrittenRequest {
    let principal: EntityUID
    let action: EntityUID
    let resource: EntityUID
    let context: [UInt8]
}

/// A request on the command line, or in a file; the command line has the last word.
struct PolicyRequestOptions: ParsableArguments {
    @Option(help: "Who asks, for example 'Agent::\"pay-bot\"'.") var principal: String?
    @Option(help: "What is asked for, for example 'Action::\"erp/pay\"'.") var action: String?
    @Option(help: "On what, for example 'Upstream::\"erp\"'.") var resource: String?
    @Option(help: "Everything else: JSON, or a file of it.") var context: String?
    @Option(help: "A JSON file with principal, action, resource and context.") var request: String?

    func read() throws -> WrittenRequest {
        let file = try request.map { try PolicyFile($0) }
        if let file, file.json?.kind != .object {
            throw file.fault(nil, "expected an object with principal, action, resource and context").exit()
        }
        return WrittenRequest(
            principal: try entity("principal", principal, file), action: try entity("action", action, file),
            resource: try entity("resource", resource, file), context: try contextBytes(file))
    }

    private func contextBytes(_ file: PolicyFile?) throws -> [UInt8] {
        guard let context else { return file?.json?.member("context")?.serialized() ?? Array("{}".utf8) }
        return context.hasPrefix("{") ? Array(context.utf8) : try PolicyFile(context).bytes
    }

    private func entity(_ name: String, _ option: String?, _ file: PolicyFile?) throws -> EntityUID {
        if let option { return try parse(option, "--\(name)") }
        guard let value = file?.json?[name] else {
            throw ValidationError("name the \(name): --\(name) 'Type::\"id\"', or in the file of --request")
        }
        if let text = value.string { return try parse(text, "\(name) in \(file?.name ?? "")") }
        let inner = value["__entity"] ?? value
        guard let type = inner["type"]?.string.flatMap({ Name($0) }), let id = inner["id"]?.string else {
            throw ValidationError("\(name) in \(file?.name ?? ""): write Type::\"id\", or {\"type\": …, \"id\": …}")
        }
        return EntityUID(type: type, id: Text(id))
    }

    private func parse(_ text: String, _ place: String) throws -> EntityUID {
        do throws(ParseError) {
            return try EntityUID.parse(text)
        } catch {
            throw ValidationError("\(place): \(error.kind); write Type::\"id\"")
        }
    }
}
