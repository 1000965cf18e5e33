/// Memory that datagrams are received into, aligned as messages need.
@safe struct ReceiveBuffer: ~Copyable {
    /// Owned.
    let memory: UnsafeMutableRawBufferPointer

    /// The kernel fills a dump's datagrams up to 32 KiB; a notification is smaller than 64 KiB.
    private static let byteCount = 128 * 1024

    init() {
        unsafe memory = .allocate(byteCount: Self.byteCount, alignment: 8)
    }

    deinit { unsafe memory.deallocate() }

    /// The bytes of a datagram that was received, to be read before the next one is.
    func received(_ count: Int) -> UnsafeRawBufferPointer {
        // In bounds: no more than the memory has.
        unsafe UnsafeRawBufferPointer(rebasing: memory[..<min(count, memory.count)])
    }
}
