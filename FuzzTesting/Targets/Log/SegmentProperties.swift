import MartletStorage
import MartletTransparency

/// A segment gives the records that its batches hold, all or up to where one is not whole, and never another one.
enum SegmentProperties {
    private static let name = "00000000.seg"

    static func check(_ input: SegmentInput) throws(Violation) {
        let model = SegmentModel(input.content)
        let world = try LogWorld.open()
        var files = [
            "log/checkpoint": Array(world.emptyLog.utf8), "log/segments/" + name: input.file,
        ]
        if input.isFollowed { files["log/segments/00000001.seg"] = input.unused }
        let reader = SegmentReader(directory: "log", files: MemoryFiles(files))
        var places: [PayloadPlace] = []
        let summary: LogSummary
        do throws(SegmentError) {
            summary = try reader.verify(verifierKey: world.verifier.verifierKey, payloads: { places.append($0) })
        } catch {
            try check(error, model, input)
            return try checkFirst(reader, model)
        }
        try check(summary, model, input)
        try checkRecords(reader, summary, model, places)
    }

    private static func check(_ error: SegmentError, _ model: SegmentModel, _ input: SegmentInput) throws(Violation) {
        guard case .damaged(let fault) = error else { throw Violation(description: "not damaged, but \(error)") }
        try require(
            model.end == .wrong || model.end == .torn && input.isFollowed, "a sound segment is damaged: \(fault)")
        try require(fault.segment == name && fault.index == model.frontier.size, "damage elsewhere: \(fault)")
        let offset = fault.offset - SegmentInput.headerBytes
        try require((model.offset..<input.content.count).contains(offset), "damage at another place: \(fault)")
    }

    private static func check(_ summary: LogSummary, _ model: SegmentModel, _ input: SegmentInput) throws(Violation) {
        try require(summary.size == model.frontier.size, "\(summary.size) records, not \(model.frontier.size)")
        try require(summary.root == model.frontier.root, "a segment has another root")
        guard let tail = summary.tail else {
            return try require(model.end == .clean, "a segment with something at its end is sound")
        }
        try require(model.end == .torn && !input.isFollowed, "damage is taken for a torn batch: \(tail)")
        let offset = SegmentInput.headerBytes + model.offset
        try require(tail.offset == offset && tail.bytes == model.tailBytes, "a torn batch elsewhere: \(tail)")
    }

    private static func checkRecords(
        _ reader: SegmentReader, _ summary: LogSummary, _ model: SegmentModel, _ places: [PayloadPlace]
    ) throws(Violation) {
        var records: [SegmentModel.Record] = []
        _ = try expect("a segment is read once and not again") { () throws(SegmentError) in
            try reader.records(of: summary) { record in
                records.append(
                    SegmentModel.Record(index: record.index, leaf: record.leaf, payload: record.payload))
            }
        }
        let sealed = model.records.filter { $0.payload != nil }
        try require(sealed.map(\.index) == places.map(\.index), "sealed values are found elsewhere")
        for (place, record) in zip(places, sealed) {
            let payload = attempt { () throws(SegmentError) in try reader.payload(at: place) }
            try require(payload == record.payload, "sealed values are others")
        }
        try require(records == model.records, "the records are others than those of the batches")
        try checkFirst(reader, model)
    }

    /// A record in front of the damage is found by its index, and one behind it is not.
    private static func checkFirst(_ reader: SegmentReader, _ model: SegmentModel) throws(Violation) {
        for index in Set([0, model.frontier.size / 2, model.frontier.size]) {
            let found = attempt { () throws(SegmentError) in try reader.record(at: index) } ?? nil
            let expected = index < model.frontier.size ? model.records[Int(index)] : nil
            let record = found.map { SegmentModel.Record(index: $0.index, leaf: $0.leaf, payload: $0.payload) }
            try require(record == expected, "by its index another record is found")
        }
    }
}
