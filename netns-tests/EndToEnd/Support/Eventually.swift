/// What was waited for did not come.
struct NeverHappened: Error, CustomStringConvertible {
    let what: String
    let limit: Duration
    var description: String { "waited \(limit) for \(what)" }
}

/// Waits for what another process does, by looking again and again.
///
/// - Parameters:
///   - what: What is waited for, for the failure.
///   - limit: How long; generous, since it only counts where something is wrong.
///   - look: Returns nil until it is so.
@discardableResult
func eventually<Value>(
    _ what: @autoclosure () -> String,
    within limit: Duration = .seconds(60),
    _ look: () async throws -> Value?
) async throws -> Value {
    let clock = ContinuousClock()
    let end = clock.now + limit
    while true {
        if let value = try await look() { return value }
        guard clock.now < end else { throw NeverHappened(what: what(), limit: limit) }
        try await clock.sleep(for: .milliseconds(2))
    }
}

/// Waits until a condition holds; see ``eventually(_:within:_:)``.
func eventually(
    _ what: @autoclosure () -> String,
    within limit: Duration = .seconds(60),
    _ condition: () async throws -> Bool
) async throws {
    try await eventually(what(), within: limit) { try await condition() ? true : nil }
}
