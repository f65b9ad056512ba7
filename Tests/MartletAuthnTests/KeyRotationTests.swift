import MartletAuthn
import MartletCore
import Testing

@Suite("The keys of an issuer")
struct KeyRotationTests {
    @Test("are fetched once and kept")
    func fetchesOnce() async throws {
        let gate = try Gate()
        for index in 0..<5 {
            var draft = TokenDraft()
            draft.claims["jti"] = "\"t-\(index)\""
            #expect(await gate.ask(try draft.token()).value != nil)
        }
        #expect(gate.keys.fetches == 1)
    }

    @Test("are fetched once when many requests want them at the same time, and all of them get an answer")
    func fetchesInSingleFlight() async throws {
        let gate = try Gate()
        let tokens = try (0..<20).map { index in
            var draft = TokenDraft()
            draft.claims["jti"] = "\"t-\(index)\""
            return try draft.token()
        }
        let accepted = await withTaskGroup(of: Bool.self) { group in
            for token in tokens { group.addTask { await gate.ask(token).value != nil } }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(accepted == 20)
        #expect(gate.keys.fetches == 1)
    }

    @Test("rotate with overlap: the new key is found when its kid first appears, the old one still works, then is gone")
    func rotatesWithOverlap() async throws {
        let old = SigningKey.es256("k-old")
        let new = SigningKey.es256("k-new")
        let gate = try Gate(keys: keySet(old))
        let oldToken = try TokenDraft(key: old).token()
        let newToken = try TokenDraft(key: new).token()
        #expect(await gate.ask(oldToken).value != nil)
        gate.keys.publish(keySet(old, new))
        #expect(await gate.ask(newToken, now: .at(10)).value != nil)
        #expect(await gate.ask(oldToken, now: .at(10)).value != nil)
        gate.keys.publish(keySet(new))
        _ = await gate.authenticator.refreshDueKeys(now: .at(310))
        #expect(!gate.isCached(oldToken, now: .at(310)))
        #expect(await gate.refusal(oldToken, now: .at(310)) == .unknownKey)
        #expect(await gate.ask(newToken, now: .at(310)).value != nil)
    }

    @Test(
        "are replaced when the same kid gets another key, and what the old one signed is refused, also from the cache")
    func replacesUnderTheSameName() async throws {
        let gate = try Gate(keys: keySet(SigningKey.ec))
        let token = try TokenDraft().token()
        _ = await gate.ask(token)
        gate.keys.publish(keySet(SigningKey.es256("ec-1")))
        _ = await gate.authenticator.refreshDueKeys(now: .at(300))
        #expect(!gate.isCached(token, now: .at(300)))
        #expect(await gate.refusal(token, now: .at(300)) == .badSignature)
    }

    @Test("are asked for an unknown kid at most once in ten seconds")
    func boundsRefetches() async throws {
        let gate = try Gate()
        let stranger = try TokenDraft(key: SigningKey.es256("k-9")).token()
        _ = await gate.ask(try TokenDraft().token())
        #expect(gate.keys.fetches == 1)
        for offset in [0, 1, 5, 9] as [Int64] {
            #expect(await gate.refusal(stranger, now: .at(offset)) == .unknownKey)
        }
        #expect(gate.keys.fetches == 1)
        #expect(await gate.refusal(stranger, now: .at(10)) == .unknownKey)
        #expect(await gate.refusal(stranger, now: .at(19)) == .unknownKey)
        #expect(gate.keys.fetches == 2)
        #expect(await gate.refusal(stranger, now: .at(20)) == .unknownKey)
        #expect(gate.keys.fetches == 3)
    }

    @Test("are refreshed in the background from their refresh age on, not before")
    func refreshesInTheBackground() async throws {
        let gate = try Gate(limits: IssuerLimits(refresh: Seconds(300)))
        #expect(await gate.authenticator.refreshDueKeys(now: .start).map(\.outcome) == [.changed])
        #expect(await gate.authenticator.refreshDueKeys(now: .at(299)).isEmpty)
        #expect(await gate.authenticator.refreshDueKeys(now: .at(300)).map(\.outcome) == [.unchanged])
        #expect(gate.keys.fetches == 2)
    }

    @Test("do not hold up a request while they are refreshed")
    func servesDuringRefresh() async throws {
        let gate = try Gate()
        _ = await gate.authenticator.refreshDueKeys(now: .start)
        let token = try TokenDraft().token()
        gate.keys.hold()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { _ = await gate.authenticator.refreshDueKeys(now: .at(400)) }
            while gate.keys.fetches < 2 { await Task.yield() }
            #expect(await gate.ask(token, now: .at(400)).value != nil)
            group.cancelAll()
        }
    }

    @Test(
        "keep working after a failed refresh until they are too old, then nothing is accepted, also not from the cache")
    func goStale() async throws {
        let limits = IssuerLimits(refresh: Seconds(300), maximumStaleness: Seconds(3600))
        let gate = try Gate(limits: limits)
        var draft = TokenDraft()
        draft.claims["exp"] = "\(UnixTime.at(7200).seconds)"
        let cached = try draft.token()
        draft.claims["jti"] = #""t-2""#
        let fresh = try draft.token()
        #expect(await gate.ask(cached).value != nil)
        gate.keys.fail(.unreachable("gone"))
        #expect(
            await gate.authenticator.refreshDueKeys(now: .at(300)).map(\.outcome) == [.failed(.unreachable("gone"))])
        #expect(gate.isCached(cached, now: .at(3599)))
        #expect(await gate.ask(fresh, now: .at(3599)).value != nil)
        #expect(!gate.isCached(cached, now: .at(3600)))
        #expect(await gate.refusal(cached, now: .at(3600)) == .keysUnavailable)
        gate.keys.publish(keySet(.ec))
        #expect(await gate.refusal(cached, now: .at(3609)) == .keysUnavailable)
        #expect(await gate.ask(cached, now: .at(3610)).value != nil)
    }

    @Test("that do not come in time refuse the request, and do not hold it")
    func honoursTheDeadline() async throws {
        let gate = try Gate(deadline: .zero)
        gate.keys.hold()
        #expect(await gate.refusal(try TokenDraft().token()) == .keysUnavailable)
        gate.keys.release()
    }

    @Test("are fetched anew by the next request when the request that fetched them was cancelled")
    func survivesCancellation() async throws {
        let gate = try Gate()
        let token = try TokenDraft().token()
        gate.keys.hold()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { #expect(await gate.refusal(token) == .keysUnavailable) }
            while gate.keys.fetches < 1 { await Task.yield() }
            group.cancelAll()
        }
        gate.keys.release()
        #expect(await gate.ask(token).value != nil)
    }

    @Test("are kept fresh by the running authenticator, which reports each fetch and ends when cancelled")
    func runs() async throws {
        let gate = try Gate()
        let (reports, continuation) = AsyncStream<KeyRefresh>.makeStream()
        let task = Task {
            await gate.authenticator.run(clock: StillClock(), every: .zero) { continuation.yield($0) }
            continuation.finish()
        }
        var iterator = reports.makeAsyncIterator()
        let report = try #require(await iterator.next())
        #expect(report.issuer == "https://issuer.test")
        #expect(report.outcome == .changed)
        task.cancel()
        #expect(await iterator.next() == nil)
        #expect(gate.keys.fetches == 1)
    }
}

private struct StillClock: GatewayClock {
    func now() -> UnixTime { .start }
    func monotonic() -> Int64 { 0 }
}
