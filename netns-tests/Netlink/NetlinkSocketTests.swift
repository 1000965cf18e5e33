import Glibc
import Netlink
import Testing

@Suite(.enabled(if: Privilege.isAvailable, Privilege.reason))
struct NetlinkSocketTests {
    /// `struct ifinfomsg`: family, padding, type, index, flags, change.
    struct LinkHeader: BitwiseCopyable {
        var family: UInt8 = 0
        var padding: UInt8 = 0
        var type: UInt16 = 0
        var index: Int32 = 0
        var flags: UInt32 = 0
        var change: UInt32 = 0
    }

    @Test func `a fresh namespace lists nothing but its loopback`() throws {
        var socket = try NetlinkSocket(.route, in: NetworkNamespace.makeAnonymous())
        var message = MessageWriter()
        message.message(type: 18, flags: .dump) { $0.fixedHeader(LinkHeader()) }  // RTM_GETLINK
        let indices = try socket.dump("list links", message) { _, body throws(MessageError) in
            try body.fixedHeader(as: LinkHeader.self).index
        }
        #expect(indices == [1])
    }

    @Test func `the kernel's explanation is in the error`() throws {
        var socket = try NetlinkSocket(.route, in: NetworkNamespace.makeAnonymous())
        var message = MessageWriter()
        message.message(type: 16, flags: [.create, .exclusive]) { message in  // RTM_NEWLINK
            message.fixedHeader(LinkHeader())
            message.nested(18) { $0.attribute(1, string: "nothing") }  // IFLA_LINKINFO, IFLA_INFO_KIND
        }
        var caught: NetlinkError?
        do throws(NetlinkError) { try socket.request("add link x", message) } catch { caught = error }
        let error = try #require(caught)
        #expect(error.operation == "add link x")
        #expect(error.errno == EOPNOTSUPP)
        #expect(error.message == "Unknown device type")
    }

    @Test func `a batch collects the errors of its messages by sequence number`() throws {
        var socket = try NetlinkSocket(.route, in: NetworkNamespace.makeAnonymous())
        let sequences = socket.nextSequences(count: 3)
        var batch = MessageWriter()
        for sequence in sequences {
            // The second asks for a link that does not exist.
            let index: Int32 = sequence == sequences.lowerBound + 1 ? 77 : 1
            batch.message(type: 16, flags: .acknowledge, sequence: sequence) {  // RTM_NEWLINK
                $0.fixedHeader(LinkHeader(index: index, flags: 1, change: 1))
            }
        }
        let reply = try batch.withUnsafeBytes { try socket.exchange("set links up", $0, sequences: sequences) }
        #expect(reply.acknowledged.map(\.sequence) == [sequences.lowerBound, sequences.upperBound])
        #expect(reply.failures.map(\.sequence) == [sequences.lowerBound + 1])
        #expect(reply.failures.map(\.errno) == [ENODEV])
        #expect(!reply.isIncomplete)
    }

    @Test func `a wait ends when it is woken`() throws {
        let socket = try NetlinkSocket(.route, in: NetworkNamespace.makeAnonymous())
        let wake = try WakeEvent()
        wake.signal()
        #expect(try !socket.waitUntilReadable(timeout: .seconds(60), wake: wake))
        wake.reset()
        #expect(try !socket.waitUntilReadable(timeout: .zero, wake: wake))
    }
}
