/// The versions of the CNI specification that the plug-in speaks, the oldest first.
public enum CNIVersion: String, CaseIterable, Sendable, Comparable {
    case v0_3_1 = "0.3.1"
    /// Brought `CHECK`.
    case v0_4_0 = "0.4.0"
    /// Took the family out of results' addresses.
    case v1_0_0 = "1.0.0"
    /// Brought `GC` and `STATUS`.
    case v1_1_0 = "1.1.0"

    /// The newest.
    public static let latest = CNIVersion.v1_1_0

    /// By age.
    public static func < (left: CNIVersion, right: CNIVersion) -> Bool {
        (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
    }

    /// The versions in words: `0.3.1, 0.4.0, 1.0.0, 1.1.0`.
    static let list = allCases.map(\.rawValue).joined(separator: ", ")
}
