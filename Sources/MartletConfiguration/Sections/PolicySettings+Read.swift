import MartletPolicy

extension PolicySettings {
    /// Reads `policies` and every file of it. Problems of those files carry their own names and lines.
    static func read(_ parent: inout Section, _ reading: inout Reading) -> PolicySettings {
        var files: [String] = []
        var policies: [HandWrittenPolicy] = []
        for (text, line) in parent.texts("policies", &reading) {
            for file in Self.files(at: text, line: line, &reading) {
                guard !files.contains(reading.resolve(file)) else {
                    reading.add(line, "policy file \"\(file)\" twice", fix: "keep one")
                    continue
                }
                files.append(reading.resolve(file))
                guard let bytes = reading.bytes(ofFile: file, key: "policy file", line: line) else { continue }
                let document = PolicyDocument.parse(bytes, file: reading.resolve(file))
                reading.foreign += document.problems
                policies += document.policies
            }
        }
        return PolicySettings(files: files, policies: policies)
    }

    /// The file itself, or the `*.cedar` files of a folder by their names.
    private static func files(at text: String, line: Int, _ reading: inout Reading) -> [String] {
        guard FileReading.isDirectory(reading.resolve(text)) else { return [text] }
        let folder = text.hasSuffix("/") ? text : text + "/"
        do {
            let names = try FileReading.names(in: reading.resolve(text)).filter { $0.hasSuffix(".cedar") }
            if names.isEmpty {
                reading.add(line, "no policy in \"\(text)\"", fix: "name a folder with files *.cedar, or remove it")
            }
            return names.map { folder + $0 }
        } catch {
            reading.add(line, "the folder \"\(text)\" \(error.text.problem)", fix: error.text.fix)
            return []
        }
    }
}
