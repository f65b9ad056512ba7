package import MartletCore
import Synchronization

/// A clock that stands still until a test moves it.
package final class FixedClock: GatewayClock {
    private let time: Mutex<(wall: UnixTime, monotonic: Int64)>

    /// Starts at 2026-11-22T19:00:00Z unless told otherwise.
    package init(_ time: UnixTime = UnixTime(seconds: 1_795_374_000)) { self.time = Mutex((time, 0)) }

    package func now() -> UnixTime { time.withLock { $0.wall } }
    package func monotonic() -> Int64 { time.withLock { $0.monotonic } }
    /// Moves the wall clock alone.
    package func set(_ new: UnixTime) { time.withLock { $0.wall = new } }
    package func advance(by duration: Seconds) {
        time.withLock { time in
            time.wall = time.wall.advanced(by: duration)
            time.monotonic += duration.count * 1_000_000_000
        }
    }
}
