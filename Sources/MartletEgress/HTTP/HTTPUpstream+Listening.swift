package import MartletCore
package import MartletMCP
import NIOCore
import Synchronization

/// Hearing an HTTP upstream while nobody calls: for each caller at most one stream, whatever its agents open here.
extension HTTPUpstream {
    package func listen(
        to filter: ListenFilter, for caller: Principal, hearing ear: @escaping ChangeEar,
        ready: @escaping ListenReady
    ) {
        let key = CallerKey(caller)
        watches.withLock { watches in
            if let watch = watches[key] { return watch.ask(for: filter, ear: ear, ready: ready) }
            guard !filter.isEmpty else { return ready(.heard) }
            let watch = ChangeWatch(key, filter, ear: ear, tools: toolNews, ready: ready)
            watches[key] = watch
            if case .terminated = watchDoor.yield(watch) {
                watches[key] = nil
                watch.settle(.unheard(.closed))
            }
        }
    }

    /// A session-era upstream may tell what changed to the session that calls, and to no other: on the stream of the
    /// call. The caller's standing streams are told, whichever of its sessions it was; nobody else's.
    func heard(_ change: Change, by caller: CallerKey) {
        if let watch = watches.withLock({ $0[caller.withoutCapabilities] }) {
            watch.tell(change)
        } else {
            toolNews.note(change)
        }
    }

    package func keepListening() async {
        await withDiscardingTaskGroup { group in
            for await watch in newWatches { group.addTask { await self.keep(watch) } }
        }
        let left = watches.withLock { watches in
            defer { watches = [:] }
            return watches.values
        }
        for watch in left { watch.settle(.unheard(.closed)) }
    }

    private func keep(_ watch: ChangeWatch) async {
        var keeper = StreamKeeper(watch, at: self)
        for await signal in watch.signals {
            await keeper.take(signal)
            if keeper.isIdle, release(watch) { break }
        }
        keeper.end()
        watch.settle(.unheard(.closed))
    }

    /// Whether nobody wants anything any more; a later wish makes a new watch.
    private func release(_ watch: ChangeWatch) -> Bool {
        watches.withLock { watches in
            guard watch.filter.isEmpty else { return false }
            watches[watch.key] = nil
            return true
        }
    }
}
