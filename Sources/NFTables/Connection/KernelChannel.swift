internal import CNetfilter
internal import Glibc
internal import Netlink

/// One socket to the kernel's nftables: requests and their answers, as values. Blocks its thread.
struct KernelChannel: ~Copyable {
    var socket: NetlinkSocket

    /// The present generation.
    mutating func generation() throws(NetlinkError) -> UInt32 {
        var request = MessageWriter(capacity: 64)
        request.message(.getGeneration, family: nil)
        var generation: UInt32?
        try socket.request("read the generation of nftables", request) { _, body throws(MessageError) in
            var attributes = AttributeReader(from: FamilyHeader.byteCount)
            while let attribute = try attributes.next(in: body) {
                guard attribute.type == GenerationAttribute.identifier else { continue }
                generation = try body.integer(attribute, as: UInt32.self).bigEndian
            }
        }
        guard let generation else {
            throw NetlinkError(operation: "read the generation of nftables: none in the answer", errno: EBADMSG)
        }
        return generation
    }

    /// Asks for all objects of a kind; returns false where somebody committed meanwhile.
    ///
    /// - Parameters:
    ///   - operation: What is read, for errors.
    ///   - attributes: Says of which table, and of which set.
    ///   - each: Called with the message of each object.
    mutating func dump(
        _ operation: @autoclosure () -> String,
        _ type: MessageType,
        family: TableFamily?,
        attributes: (inout MessageWriter) -> Void = { _ in },
        each: (MessageHeader, RawSpan) throws(MessageError) -> Void
    ) throws(NetlinkError) -> Bool {
        var request = MessageWriter(capacity: 1024)
        request.message(type, family: family, attributes)
        do throws(NetlinkError) {
            return try socket.dumpOnce(operation(), request, each: each)
        } catch {
            guard error.errno == EINTR else { throw error }
            return false
        }
    }
}
