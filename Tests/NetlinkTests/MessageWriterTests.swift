import Addressing
import Netlink
import Testing

@Suite struct MessageWriterTests {
    @Test func `a message is its header, its fixed header and padded attributes`() {
        var writer = MessageWriter(capacity: 1)
        writer.message(type: 0x1234, flags: [.create], sequence: 7) { message in
            message.fixedHeader(UInt8(9))
            message.attribute(1, UInt16(0x0203))
            message.nested(2) { $0.attribute(3, string: "abcd") }
            message.attribute(4, UInt32(0x01020304).bigEndian)
            message.flag(5)
        }
        #expect(
            writer.bytes == [
                56, 0, 0, 0,  // nlmsg_len
                0x34, 0x12,  // nlmsg_type
                0x01, 0x04,  // nlmsg_flags: NLM_F_REQUEST | NLM_F_CREATE
                7, 0, 0, 0,  // nlmsg_seq
                0, 0, 0, 0,  // nlmsg_pid
                9, 0, 0, 0,  // fixed header, padded
                6, 0, 1, 0, 3, 2, 0, 0,  // attribute 1: two bytes, host-endian, padded
                16, 0, 2, 0x80,  // attribute 2: NLA_F_NESTED
                9, 0, 3, 0, 97, 98, 99, 100, 0, 0, 0, 0,  // attribute 3: text, NUL, padding
                8, 0, 4, 0, 1, 2, 3, 4,  // attribute 4: network order
                4, 0, 5, 0,  // attribute 5: no payload
            ]
        )
    }

    @Test func `addresses are in network order`() {
        var writer = MessageWriter()
        writer.attribute(1, address: .v4(0x0a00_0001))
        writer.attribute(2, address: .v6(high: 0x2001_0db8_0000_0000, low: 1))
        #expect(
            writer.bytes == [
                8, 0, 1, 0, 10, 0, 0, 1,
                20, 0, 2, 0, 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
            ]
        )
    }

    @Test func `a buffer that grows keeps what it holds`() {
        var writer = MessageWriter(capacity: 64)
        for index in 0..<1000 { writer.attribute(UInt16(index), UInt32(index)) }
        let bytes = writer.bytes
        #expect(bytes.count == 8000)
        #expect(Array(bytes[7992...]) == [8, 0, 0xe7, 0x03, 0xe7, 0x03, 0, 0])
    }
}
