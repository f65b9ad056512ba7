import MartletAuthn
import MartletCore
import Testing

@Suite("States that are given out and taken back once")
struct RequestStatesTests {
    private let now = UnixTime(seconds: 1_800_000_000)
    private let binding = Array("caller, call".utf8)
    private let content = Array("upstream's own".utf8)

    private func after(_ seconds: Int64) -> UnixTime { UnixTime(seconds: now.seconds + seconds) }

    @Test("a state opens for what it was given out for, up to its end")
    func opens() throws {
        let states = RequestStates()
        let text = try #require(states.seal(content, for: binding, now: now))
        #expect(states.open(text, for: binding, now: after(599))?.content == content)
        #expect(states.open(text, for: binding, now: after(600)) == nil)
        #expect(states.open(text, for: Array("another call".utf8), now: now) == nil)
        #expect(RequestStates().open(text, for: binding, now: now) == nil)
    }

    @Test(
        "other text opens nothing",
        arguments: ["", "v1.", "v1.AAAA", "v2.", "v1.!", "v1." + String(repeating: "A", count: 64)])
    func others(text: String) { #expect(RequestStates().open(text, for: binding, now: now) == nil) }

    @Test("a changed character opens nothing, wherever it stands")
    func changed() throws {
        let states = RequestStates()
        let text = Array(try #require(states.seal(content, for: binding, now: now)).utf8)
        for index in text.indices {
            var other = text
            other[index] = other[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            #expect(states.open(String(decoding: other, as: UTF8.self), for: binding, now: now) == nil)
        }
    }

    @Test("the second use fails, and so does every later opening")
    func once() throws {
        let states = RequestStates()
        let text = try #require(states.seal(content, for: binding, now: now))
        let opened = try #require(states.open(text, for: binding, now: now))
        let twin = try #require(states.open(text, for: binding, now: now))
        #expect(states.use(opened, now: now))
        #expect(!states.use(twin, now: now))
        #expect(states.open(text, for: binding, now: now) == nil)
    }

    @Test("a state that cannot be remembered as used is not used; expired ones make room")
    func bounded() throws {
        let states = RequestStates(capacity: 2)
        func opened(_ at: UnixTime) throws -> RequestStates.Opened {
            let text = try #require(states.seal(content, for: binding, now: at))
            return try #require(states.open(text, for: binding, now: at))
        }
        #expect(states.use(try opened(now), now: now))
        #expect(states.use(try opened(now), now: now))
        #expect(!states.use(try opened(now), now: now))
        #expect(states.use(try opened(after(600)), now: after(600)))
        #expect(!states.use(try opened(now), now: after(600)))
    }
}
