import Glibc
import MartletCedar
import MartletJSON

/// Times the engine on the policies, entities and requests of a folder, and prints one line of JSON.
///
/// Beside it `reference.py` does the same with cedarpy; `run` alternates them. Times are of the engine alone: what is read
/// from JSON (entities, contexts) is read before.
@main
struct CedarBenchmark {
    static func main() throws {
        guard CommandLine.arguments.count == 4, let rounds = Int(CommandLine.arguments[3]) else {
            print("usage: cedar-benchmark FOLDER POLICIES ROUNDS")
            exit(2)
        }
        let folder = CommandLine.arguments[1]
        let text = try read("\(folder)/\(CommandLine.arguments[2])")
        let schema = try Schema(text: try read("\(folder)/schema.cedarschema"))
        let entities = try schema.entities(json: try read("\(folder)/entities.json"))
        let requests = try self.requests(try read("\(folder)/requests.json"), schema)

        var policies = PolicySet()
        let parse = try median(of: 3) { policies = try PolicySet.parse(text) }
        var authorizer = Authorizer(PolicySet())
        let prepare = median(of: 3) { authorizer = Authorizer(policies) }
        var isValid = false
        let validate = median(of: 3) { isValid = Validator(schema).validate(policies).errors.isEmpty }
        var (times, allowed) = ([Int64](), 0)
        times.reserveCapacity(rounds)
        for round in 0..<rounds {
            let request = requests[round % requests.count]
            let start = now()
            let response = authorizer.response(to: request, entities: entities)
            times.append(now() - start)
            if response.decision == .allow { allowed += 1 }
        }
        times.sort()
        let text50 = Double(times[rounds / 2]) / 1000
        let text99 = Double(times[rounds * 99 / 100]) / 1000
        print(
            #"{"engine":"ours","policies":\#(policies.policies.count),"valid":\#(isValid),"parse_ms":\#(parse),"#
                + #""prepare_ms":\#(prepare),"validate_ms":\#(validate),"p50_us":\#(text50),"p99_us":\#(text99),"#
                + #""allowed":\#(Double(allowed) / Double(rounds))}"#)
    }

    private static func requests(_ bytes: [UInt8], _ schema: Schema) throws -> [Request] {
        try JSONValue.parse(bytes, limits: .response).elements.map { value in
            func uid(_ name: StaticString) throws -> EntityUID {
                guard let text = value["\(name)"]?.string else { throw Malformed() }
                return try EntityUID.parse(text)
            }
            let (principal, action, resource) = (try uid("principal"), try uid("action"), try uid("resource"))
            let context = try schema.context(json: value["context"]?.serialized() ?? Array("{}".utf8), action: action)
            return Request(principal: principal, action: action, resource: resource, context: context)
        }
    }

    private static func read(_ path: String) throws -> [UInt8] {
        guard let file = fopen(path, "rb") else { throw Malformed() }
        defer { fclose(file) }
        var (bytes, chunk) = ([UInt8](), [UInt8](repeating: 0, count: 1 << 16))
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { return bytes }
            bytes.append(contentsOf: chunk.prefix(count))
        }
    }

    /// Milliseconds.
    private static func median(of times: Int, _ work: () throws -> Void) rethrows -> Double {
        var taken: [Int64] = []
        for _ in 0..<times {
            let start = now()
            try work()
            taken.append(now() - start)
        }
        return Double(taken.sorted()[times / 2] / 1000) / 1000
    }

    /// Nanoseconds of a clock that only goes forward.
    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    struct Malformed: Error {}
}
