import Addressing
import Testing

@testable import OverlayCore

extension IPAMConfiguration {
    /// 10.32.0.0/`length` in /24 blocks, and as many IPv6 blocks if wanted.
    static func test(_ bootstrap: Bootstrap, length: Int = 18, dual: Bool = false) throws -> IPAMConfiguration {
        let prefix = try #require(IPPrefix("10.32.0.0/\(length)"))
        var ranges = [try #require(IPAMRange(prefix: prefix, blockLength: 24))]
        if dual {
            let prefix = try #require(IPPrefix("fd00:1::/\(length + 40)"))
            ranges.append(try #require(IPAMRange(prefix: prefix, blockLength: 64)))
        }
        return IPAMConfiguration(cluster: "c", ranges: ranges, bootstrap: bootstrap)
    }
}
