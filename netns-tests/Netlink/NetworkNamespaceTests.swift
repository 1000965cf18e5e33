import Glibc
import Netlink
import Testing

@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct NetworkNamespaceTests {
    @Test func `a thread is home again after entering a namespace`() throws {
        let home = try NetworkNamespace.current().identifier()
        let other = try NetworkNamespace.makeAnonymous()
        #expect(try NetworkNamespace.current().identifier() == home)
        let inside = try other.enter { () throws(NetlinkError) in try NetworkNamespace.current().identifier() }
        let expected = try other.identifier()
        #expect(inside == expected)
        #expect(inside != home)
        #expect(try NetworkNamespace.current().identifier() == home)
    }

    @Test func `a thread is home again after a failure inside`() throws {
        let home = try NetworkNamespace.current().identifier()
        let other = try NetworkNamespace.makeAnonymous()
        let failure = NetlinkError(operation: "fail", errno: EPERM)
        #expect(throws: failure) { try other.enter { () throws(NetlinkError) in throw failure } }
        #expect(try NetworkNamespace.current().identifier() == home)
    }

    @Test func `a namespace that does not exist is named in the error`() throws {
        #expect {
            _ = try NetworkNamespace(name: "trama-t-none")
        } throws: {
            $0 as? NetlinkError
                == NetlinkError(operation: "open network namespace /run/netns/trama-t-none", errno: ENOENT)
        }
    }
}
