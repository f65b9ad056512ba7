/// Calls back once, at a later moment, from any thread: the one timer of the standing streams.
package struct Alarm: Sendable {
    /// Takes the alarm back; does nothing when it has rung.
    package typealias Cancel = @Sendable () -> Void

    let set: @Sendable (_ delay: Duration, _ ring: @escaping @Sendable () -> Void) -> Cancel

    package init(set: @escaping @Sendable (_ delay: Duration, _ ring: @escaping @Sendable () -> Void) -> Cancel) {
        self.set = set
    }
}
