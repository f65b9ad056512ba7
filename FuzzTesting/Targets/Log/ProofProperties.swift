import MartletTransparency

/// A proof is printed as it was read, and shows one leaf at one place of one tree, nothing else.
enum ProofProperties {
    static func check(_ input: [UInt8]) throws(Violation) {
        let text = String(decoding: input, as: UTF8.self)
        let world = try LogWorld.open()
        let proof = attempt { () throws(TlogProofError) in try TlogProof(text) }
        if let proof { try check(proof, text, world) }
        try checkWriting(text, proof)
        try TreeProperties.check(Array(text.utf8), world)
    }

    private static func check(_ proof: TlogProof, _ text: String, _ world: LogWorld) throws(Violation) {
        try require(isSameText(proof.text, text), "a proof is not printed as it was read")
        try require(proof.path.count <= 64, "a path is longer than that of any tree")
        try require(text.utf8.starts(with: "c2sp.org/tlog-proof@v1\n".utf8), "a proof without its first line")
        try checkPaths(proof)
        guard let extra = proof.extra else { return }
        let leaf = MerkleHash.leaf(extra)
        guard
            let checkpoint = attempt({ () throws(TlogProofError) in
                try proof.verify(leaf: leaf, verifier: world.verifier)
            })
        else { return }
        try require(proof.index < checkpoint.size, "a leaf is shown behind the end of its log")
        let other = attempt { () throws(TlogProofError) in
            try proof.verify(leaf: .leaf(extra + [0]), verifier: world.verifier)
        }
        try require(other == nil, "a proof shows two leaves at one place")
        let rival = attempt { () throws(TlogProofError) in try proof.verify(leaf: leaf, verifier: world.rival) }
        try require(rival == nil, "a proof counts under another key")
    }

    /// Sizes up to the largest, whatever the path: it leads where the recursion says, and to no other root.
    private static func checkPaths(_ proof: TlogProof) throws(Violation) {
        let leaf = MerkleHash.leaf(proof.extra ?? [])
        let (next, overflow) = proof.index.addingReportingOverflow(1)
        for size in [overflow ? 0 : next, next | 1 << UInt64(proof.path.count % 64), .max, 0] {
            let model = PathModel.root(leaf, index: proof.index, size: size, path: proof.path[...])
            let root = model ?? leaf
            for (stated, isRight) in [(root, model != nil), (.node(root, .empty), false)] {
                let holds = InclusionProof.verify(
                    leaf: leaf, index: proof.index, size: size, path: proof.path, root: stated)
                try require(holds == isRight, "inclusion of \(proof.index) in \(size) against the recursion")
            }
            let roots = PathModel.roots(first: proof.index, second: size, whole: leaf, path: proof.path[...])
            let old = roots?.old ?? leaf
            for (stated, isRight) in [(old, roots != nil), (.node(old, .empty), false)] {
                let holds = ConsistencyProof.verify(
                    first: proof.index, firstRoot: stated, second: size, secondRoot: roots?.new ?? leaf,
                    path: proof.path)
                try require(holds == isRight, "consistency of \(proof.index) and \(size) against the recursion")
            }
        }
    }

    /// What we print we read, with any note and any record in it.
    private static func checkWriting(_ text: String, _ proof: TlogProof?) throws(Violation) {
        guard !text.utf8.isEmpty else { return }
        let bytes = Array(text.utf8)
        let written = TlogProof(
            index: UInt64(bytes.count) &* 0x9E37_79B9_7F4A_7C15,
            path: proof?.path ?? [.leaf(bytes)],
            note: text, extra: bytes.count % 2 == 0 ? bytes : nil)
        let read = try expect("a proof is not read as it was printed") { () throws(TlogProofError) in
            try TlogProof(written.text)
        }
        try require(read == written && isSameText(read.note, text), "a proof is read as another one than was printed")
    }
}
