package import MartletCore
import Synchronization

/// A clock that stands still until a test moves it.
package final class FixedClock: GatewayClock {
    private let time: Mutex<UnixTime>

    /// Starts at 2026-11-22T19:00:00Z unless told otherwise.
    package init(_ time: UnixTime = UnixTime(seconds: 1_795_374_000)) { self.time = Mutex(time) }

    package func now() -> UnixTime { time.withLock { $0 } }
    package func set(_ new: UnixTime) { time.withLock { $0 = new } }
    package func advance(by duration: Seconds) { time.withLock { $0 = $0.advanced(by: duration) } }
}
