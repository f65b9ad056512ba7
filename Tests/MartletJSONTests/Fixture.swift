import MartletJSON
import Testing

enum Fixture {
    static func parse(_ text: String, limits: JSONLimits = .request) throws(JSONError) -> JSONValue {
        try JSONValue.parse(Array(text.utf8), limits: limits)
    }

    /// The error that reading `bytes` throws; nil when they are read.
    static func error(_ bytes: [UInt8], limits: JSONLimits = .request) -> JSONError? {
        do throws(JSONError) {
            _ = try JSONValue.parse(bytes, limits: limits)
            return nil
        } catch {
            return error
        }
    }

    static func error(_ text: String, limits: JSONLimits = .request) -> JSONError? {
        error(Array(text.utf8), limits: limits)
    }

    static func serialized(_ text: String) throws(JSONError) -> String {
        String(decoding: try parse(text).serialized(), as: UTF8.self)
    }

    static func canonical(_ text: String) throws(JSONError) -> String {
        String(decoding: try parse(text).canonical(), as: UTF8.self)
    }
}

/// The same numbers in every run. Source: Vigna, SplitMix64.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
