package import MartletJSON

/// Reading JSON of a known shape. Keys are compared as ``Text``: byte for byte.
extension JSONValue {
    static func read(_ bytes: [UInt8]) throws(JSONShapeError) -> JSONValue {
        do throws(JSONError) {
            return try JSONValue.parse(bytes, limits: .cedar)
        } catch {
            throw JSONShapeError(.notJSON("\(error)"))
        }
    }

    func requireObject() throws(JSONShapeError) {
        guard kind == .object else { throw JSONShapeError(.expected("an object")) }
    }

    /// An object with no other members than these.
    func requireMembers(_ allowed: Set<Text>) throws(JSONShapeError) {
        try requireObject()
        for (key, _) in members where !allowed.contains(Text(key)) { throw JSONShapeError(.unknown(key)) }
    }

    func required(_ key: StaticString) throws(JSONShapeError) -> JSONValue {
        guard let value = member(key) else { throw JSONShapeError(.missing("\(key)")) }
        return value
    }

    func text() throws(JSONShapeError) -> Text {
        guard let string else { throw JSONShapeError(.expected("a string")) }
        return Text(string)
    }

    func text(_ key: StaticString) throws(JSONShapeError) -> Text {
        let value = try required(key)
        return try Self.at("\(key)") { () throws(JSONShapeError) in try value.text() }
    }

    /// The elements of an array, each read by `body`.
    func array<T>(_ body: (JSONValue) throws(JSONShapeError) -> T) throws(JSONShapeError) -> [T] {
        guard kind == .array else { throw JSONShapeError(.expected("an array")) }
        var list: [T] = []
        list.reserveCapacity(count)
        for element in elements {
            list.append(try Self.at("\(list.count)") { () throws(JSONShapeError) in try body(element) })
        }
        return list
    }

    /// The members of an object, each read by `body`.
    func object<T>(_ body: (Text, JSONValue) throws(JSONShapeError) -> T) throws(JSONShapeError) -> [T] {
        try requireObject()
        var list: [T] = []
        list.reserveCapacity(count)
        for (key, value) in members {
            list.append(try Self.at(key) { () throws(JSONShapeError) in try body(Text(key), value) })
        }
        return list
    }

    /// Gives errors of `body` their place.
    static func at<T>(_ step: String, _ body: () throws(JSONShapeError) -> T) throws(JSONShapeError) -> T {
        do throws(JSONShapeError) {
            return try body()
        } catch {
            throw error.at(step)
        }
    }
}

extension JSONLimits {
    /// For policies, entities and contexts.
    package static let cedar: JSONLimits = {
        var limits = JSONLimits.response
        limits.maximumDepth = 256
        limits.allowsNulInKeys = true
        return limits
    }()
}
