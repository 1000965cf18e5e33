import Netlink
import Testing

@Suite struct MessageReaderTests {
    @Test(
        arguments: [
            ([1, 0, 0], 0),  // less than a header
            ([15, 0, 0, 0] + [UInt8](repeating: 0, count: 12), 0),  // a length below the header's
            ([17, 0, 0, 0] + [UInt8](repeating: 0, count: 12), 0),  // a length past the end
            ([16, 0, 0, 0] + [UInt8](repeating: 0, count: 12) + [9], 16),  // a rest that is no header
        ]
    )
    func `a message that is cut short is refused`(_ datagram: [UInt8], position: Int) {
        #expect(throws: MessageError.truncated(at: position)) { try decode(datagram) { _, _ in } }
    }

    @Test func `the padding of the last message may be missing`() throws {
        let datagram = [17, 0, 0, 0] + [UInt8](repeating: 0, count: 12) + [9]
        #expect(try decode(datagram) { header, _ in header.body } == [16..<17])
    }

    @Test(
        arguments: [
            ([1, 0, 0], 0),  // less than a header
            ([3, 0, 1, 0], 0),  // a length below the header's
            ([5, 0, 1, 0], 0),  // a length past the end
            ([4, 0, 1, 0, 8, 0, 2, 0], 4),  // the second past the end
        ] as [([UInt8], Int)]
    )
    func `an attribute that is cut short is refused`(_ bytes: [UInt8], position: Int) {
        #expect(throws: MessageError.truncated(at: position)) {
            var reader = AttributeReader()
            while try reader.next(in: bytes.span.bytes) != nil {}
        }
    }

    @Test func `an inner attribute must end within its nest`() throws {
        let bytes: [UInt8] = [
            8, 0, 1, 0x80, 8, 0, 2, 0,  // a nest whose one attribute claims four bytes more than the nest has
            8, 0, 3, 0, 1, 2, 3, 4,  // the next attribute, which is none of the nest's
        ]
        var reader = AttributeReader()
        let nest = try #require(try reader.next(in: bytes.span.bytes))
        #expect(nest == AttributeReader.Attribute(type: 1, payload: 4..<8))
        #expect(throws: MessageError.truncated(at: 4)) {
            var inner = AttributeReader(nestedIn: nest)
            _ = try inner.next(in: bytes.span.bytes)
        }
    }

    @Test func `an integer of another size is refused`() throws {
        let bytes: [UInt8] = [6, 0, 1, 0, 1, 2, 0, 0]
        var reader = AttributeReader()
        let attribute = try #require(try reader.next(in: bytes.span.bytes))
        #expect(throws: MessageError.wrongSize(attribute: 1, byteCount: 2)) {
            _ = try bytes.span.bytes.integer(attribute, as: UInt32.self)
        }
    }

    @Test func `a missing attribute is named in the error`() throws {
        let datagram: [UInt8] = [
            44, 0, 0, 0, 2, 0, 0, 3, 5, 0, 0, 0, 0, 0, 0, 0,  // NLMSG_ERROR, NLM_F_CAPPED | NLM_F_ACK_TLVS
            0xea, 0xff, 0xff, 0xff,  // -EINVAL
            20, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0,  // the request's header
            8, 0, 5, 0, 7, 0, 0, 0,  // NLMSGERR_ATTR_MISS_TYPE
        ]
        let verdict = try decode(datagram, Acknowledgement.init(header:body:))[0]
        #expect(verdict.message == "attribute 7 is missing")
    }

    @Test func `a quoted request is skipped`() throws {
        let datagram: [UInt8] = [
            52, 0, 0, 0, 2, 0, 0, 2, 5, 0, 0, 0, 0, 0, 0, 0,  // NLMSG_ERROR, NLM_F_ACK_TLVS: not capped
            0xea, 0xff, 0xff, 0xff,  // -EINVAL
            24, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0,  // the request's header
            8, 0, 1, 0, 9, 9, 9, 9,  // and body
            8, 0, 2, 0, 20, 0, 0, 0,  // NLMSGERR_ATTR_OFFS
        ]
        let verdict = try decode(datagram, Acknowledgement.init(header:body:))[0]
        #expect(verdict == Acknowledgement(sequence: 5, errno: 22, offset: 20))
    }

    @Test func `hardware addresses are read and written with two digits per byte`() {
        #expect(LinkLayerAddress("02:00:5e:00:0A:ff")?.description == "02:00:5e:00:0a:ff")
        for text in ["", "2:0", "02:+1", "02:00:", "gg:00", "0200"] { #expect(LinkLayerAddress(text) == nil) }
    }
}
