import Netlink

/// A thread for calls that block.
actor BlockingThread {
    private let executor = ThreadExecutor(name: "blocking")

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    func run<Result: Sendable>(_ body: @Sendable () throws -> Result) rethrows -> Result { try body() }
}
