import MartletMCP

/// Gathers all pages of a `tools/list`, within bounds.
enum ToolListing {
    static let maximumPages = 100
    static let maximumTools = 10_000

    static func gather(
        after memory: ToolMemory, _ page: (_ cursor: String?) async -> Result<UpstreamAnswer, UpstreamFailure>
    ) async -> Result<[ToolDefinition], UpstreamFailure> {
        var pages: [ToolPage] = []
        var count = 0
        var cursor: String?
        for number in 0..<maximumPages {
            switch await page(cursor) {
            case .failure(let failure): return .failure(failure)
            case .success(.error(let code, _, _)): return .failure(.garbage("tools/list refused (\(code))"))
            case .success(.result(let result)):
                guard let page = memory.page(number, result) else { return .failure(.garbage("no list of tools")) }
                pages.append(page)
                count += page.tools.count
                guard count <= maximumTools else { return .failure(.tooLarge) }
                guard let next = page.nextCursor, !next.isEmpty else { return .success(memory.tools(of: pages)) }
                cursor = next
            }
        }
        return .failure(.tooLarge)
    }
}

extension UpstreamList {
    /// Gathers all pages of one list, within the same bounds.
    static func gather(
        _ kind: ListKind, _ page: (_ cursor: String?) async -> Result<UpstreamAnswer, UpstreamFailure>
    ) async -> UpstreamList {
        var items: [ListItem] = []
        var dropped = 0
        var cursor: String?
        for _ in 0..<ToolListing.maximumPages {
            switch await page(cursor) {
            case .failure(let failure): return .failed(failure)
            case .success(.error(let code, _, _)): return .refused(code: code)
            case .success(.result(let result)):
                guard let page = ListPage(result, of: kind) else { return .failed(.garbage("no list of the kind")) }
                items += page.items
                dropped += page.dropped
                guard items.count <= ToolListing.maximumTools else { return .failed(.tooLarge) }
                guard let next = page.nextCursor, !next.isEmpty else { return .items(items, dropped: dropped) }
                cursor = next
            }
        }
        return .failed(.tooLarge)
    }
}
