public import APIRegistry
public import JSON

/// Makes tokens of service accounts.
public protocol TokenIssuer: Sendable {
    /// Answers a `TokenRequest`.
    ///
    /// - Parameters:
    ///   - request: As decoded.
    ///   - account: The ServiceAccount as it is.
    /// - Returns: The request with its status.
    func token(for request: JSONValue, account: JSONValue) async throws(Refusal) -> JSONValue
}
