import NIOCore
import NIOPosix

/// Waits until a condition holds, at most ten seconds, and says whether it does. For what the kernel or another process
/// brings about; looked at every two milliseconds.
func eventually(_ condition: @escaping @Sendable () -> Bool) async -> Bool {
    let loop = Fixture.group.next()
    let deadline = NIODeadline.now() + .seconds(10)
    let done = loop.makePromise(of: Bool.self)
    loop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(2)) { task in
        let holds = condition()
        guard holds || deadline < .now() else { return }
        task.cancel()
        done.succeed(holds)
    }
    do {
        return try await done.futureResult.get()
    } catch {
        return false
    }
}
