import Glibc

/// What becomes of memory that was freed.
enum FreedMemory {
    private static let trimThreshold: CInt = -1
    private static let mappingThreshold: CInt = -3

    /// Keeps up to 32 MiB of it for each arena instead of giving it back at once.
    ///
    /// A result of 1 MB goes through half a dozen arrays of that size. Given back after each, their pages cost as much as
    /// all that is done with them (docs/performance.md: a third of the CPU of such a call). Source: mallopt(3).
    static func keep() {
        // Not in the module map of the C library. Where there is no such function, the memory is only slower.
        guard let symbol = dlsym(nil, "mallopt") else { return }
        let mallopt = unsafeBitCast(symbol, to: (@convention(c) (CInt, CInt) -> CInt).self)
        _ = mallopt(trimThreshold, 32 << 20)
        _ = mallopt(mappingThreshold, 8 << 20)
    }
}
