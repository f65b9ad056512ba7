import MartletTransparency

/// Timestamps beside a log: for each the checkpoint as it was signed, and the answer of the authority.
package struct TimestampFiles: Sendable {
    private let layout: LogLayout
    private let files: any SegmentFiles

    package init(directory: String, files: any SegmentFiles = PosixFiles()) {
        layout = LogLayout(directory: directory)
        self.files = files
    }

    /// Keeps both files, and gives the name of the token below the directory of the log. The token is there last.
    package func keep(_ token: [UInt8], for note: String, size: UInt64) throws(SegmentError) -> String {
        let name = "\(layout.timestamps)/\(size)"
        do throws(FileError) {
            try files.makeDirectory(layout.timestamps)
            try files.synchronizeDirectory(layout.directory)
            try files.replace(name + ".checkpoint", with: Array(note.utf8))
            try files.replace(name + ".tsr", with: token)
        } catch {
            throw .file(error)
        }
        return "timestamps/\(size).tsr"
    }
}
