import MartletJSON
package import MartletMCP
import Synchronization

/// Hears of each definition that is left out of a list, once; must not block.
package typealias LeftOutReport = @Sendable (LeftOutTool) -> Void

/// The last list of an upstream's tools, to save the work of reading the same bytes again.
///
/// The upstream is asked each time, for each caller: nothing is answered from here that was not just received. Two
/// callers that are offered different lists take turns in it, and then each list is read anew.
final class ToolMemory: Sendable {
    private struct Last {
        var pages: [ToolPage] = []
        var tools: [ToolDefinition] = []
        /// What has been reported; beyond a bound what is left out is found in no report.
        var reported: Set<LeftOutTool> = []
    }

    private let last = Mutex(Last())
    private let report: LeftOutReport?
    private static let maximumReported = 1024

    init(reporting report: LeftOutReport? = nil) { self.report = report }

    /// Reads one page of a list; nil when it is none.
    func page(_ number: Int, _ result: JSONValue) -> ToolPage? {
        let known = last.withLock { number < $0.pages.count ? $0.pages[number] : nil }
        if let known, known.result.isSame(as: result) { return known }
        return ToolPage(result, after: known)
    }

    /// The tools of all pages, each name once; the very same array as before when all pages are.
    func tools(of pages: [ToolPage]) -> [ToolDefinition] {
        let known = last.withLock { last in
            let isSame =
                last.pages.count == pages.count && zip(last.pages, pages).allSatisfy { $0.result.isSame(as: $1.result) }
            return isSame ? last.tools : nil
        }
        if let known { return known }
        var catalog = ToolCatalog()
        for page in pages { catalog.add(page) }
        let tools = catalog.tools
        let new = last.withLock { last in
            (last.pages, last.tools) = (pages, tools)
            return catalog.leftOut.filter {
                last.reported.count < Self.maximumReported && last.reported.insert($0).inserted
            }
        }
        for tool in new { report?(tool) }
        return tools
    }
}
