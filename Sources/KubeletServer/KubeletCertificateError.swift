/// A certificate or a key that the kubelet's server cannot use.
public struct KubeletCertificateError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong with which of them, and the flag that gives another.
    public var description: String

    /// Says of which part an error is.
    static func naming<Result>(_ part: String, _ flag: String, _ body: () throws -> Result) throws(Self) -> Result {
        do {
            return try body()
        } catch {
            throw KubeletCertificateError(
                description:
                    "the kubelet's \(part) is not in PEM, or of no known kind (\(error)); \(flag) gives another"
            )
        }
    }
}
