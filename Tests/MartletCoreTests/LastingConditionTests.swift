import MartletCore
import Testing

@Suite("A lasting condition")
struct LastingConditionTests {
    @Test("is said when it begins, when it changes, once a minute, and when it ends")
    func isSaidOnChange() {
        var condition = LastingCondition(repeatAfter: Seconds(60))
        let seen: [(second: Int64, text: String?, news: LastingCondition.News?)] = [
            (0, nil, nil), (1, "full", .lasts("full")), (2, "full", nil), (60, "full", nil),
            (61, "full", .lasts("full")),
            (62, "full", nil), (63, "locked", .lasts("locked")), (64, "locked", nil), (65, nil, .ended), (66, nil, nil),
            (67, "locked", .lasts("locked")), (60, "locked", .lasts("locked")), (61, "locked", nil),
        ]
        for look in seen {
            #expect(condition.note(look.text, at: UnixTime(seconds: look.second)) == look.news, "second \(look.second)")
        }
    }

    @Test("is said once when nothing asks for more")
    func isSaidOnce() {
        var condition = LastingCondition()
        #expect(condition.note("down", at: UnixTime(seconds: 0)) == .lasts("down"))
        #expect(condition.note("down", at: UnixTime(seconds: 1_000_000)) == nil)
        #expect(condition.note("down", at: UnixTime(seconds: -1)) == nil)
    }
}
