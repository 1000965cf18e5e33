/// When free memory of the heap is worth being given back to the kernel.
///
/// Thousands of writes leave holes all over the heap that glibc keeps for later. Giving them back takes the heap's locks
/// for some milliseconds, so it is for quiet moments, and for more than what was left free by the last time.
struct HeapTrimming: Sendable {
    /// What was free after the last time: holes of less than a page, most of it.
    private var rest = 0

    /// How much must have become free since.
    static let least = 16 << 20
    /// The share of one processor up to which the process is at rest.
    static let restingShare = 0.25

    /// Whether it is time.
    ///
    /// - Parameters:
    ///   - freeBytes: The bytes of the heap that are free.
    ///   - busyShare: How much of one processor the process used of late: 1 is all of one.
    mutating func isDue(freeBytes: Int, busyShare: Double) -> Bool {
        // What was free has been used since.
        rest = min(rest, freeBytes)
        guard freeBytes - rest >= Self.least, busyShare <= Self.restingShare else { return false }
        rest = freeBytes
        return true
    }
}
