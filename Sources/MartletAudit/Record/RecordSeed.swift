import MartletCore

/// The random part of one record, drawn at once: the nonce of the leaf, the salts of its sealed values, and its id.
struct RecordSeed {
    /// In the leaf. 128 bits, so that a leaf cannot be guessed from its hash in a shared tree.
    let nonce: [UInt8]
    /// In the sealed payload only: of each value another, so that an opened one says nothing about the others.
    let salt: [UInt8]
    let secondSalt: [UInt8]
    let identifier: RandomBits

    init(_ random: any RandomSource) {
        let bytes = random.bytes(64)
        nonce = Array(bytes[..<16])
        salt = Array(bytes[16..<32])
        secondSalt = Array(bytes[48..<64])
        identifier = RandomBits(high: Self.word(bytes[32..<40]), low: Self.word(bytes[40..<48]))
    }

    private static func word(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }
}
