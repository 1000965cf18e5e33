import Glibc
import Netlink
import Testing

/// What this process may do to the kernel.
enum Privilege {
    /// Whether network namespaces can be made and changed: tried once, by making one and opening a socket in it.
    static let isAvailable: Bool = {
        do {
            let namespace = try NetworkNamespace.makeAnonymous()
            _ = try NetlinkSocket(.netfilter, in: namespace)
            return true
        } catch {
            return false
        }
    }()

    /// Why a suite is skipped where it is not.
    static let reason: Comment = "needs root: CAP_SYS_ADMIN and CAP_NET_ADMIN, to make network namespaces"
}

@Suite struct PrivilegeTests {
    /// Skipped suites are silent, so that a run without root would pass having tested nothing.
    @Test func `root tests run where they are required`() {
        guard getenv("REQUIRE_ROOT_TESTS").map({ String(cString: $0) }) == "1" else { return }
        #expect(Privilege.isAvailable, "REQUIRE_ROOT_TESTS=1, but network namespaces cannot be made here")
    }
}
