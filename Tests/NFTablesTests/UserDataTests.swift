import Addressing
import Testing

@testable import NFTables

/// User data as nft 1.0.6 wrote it (`nft --debug=mnl`), on a little-endian host.
@Suite(.enabled(if: UInt32(1).littleEndian == 1)) struct UserDataTests {
    static let endpointsIPv4: [UInt8] =
        [0x00, 0x04, 0, 0, 0, 0]  // key byte order: unspecified, it is a concatenation
        + [0x01, 0x04, 0, 0, 0, 0]  // value byte order: the same
        + [0x03, 0x60]  // typeof of the key
        + [0x00, 0x04, 13, 0, 0, 0, 0x01, 0x58]  // a concatenation of
        // ip daddr
        + [0x00, 0x14, 0x00, 0x04, 7, 0, 0, 0, 0x01, 0x0c, 0x00, 0x04, 12, 0, 0, 0, 0x01, 0x04, 12, 0, 0, 0]
        + [0x01, 0x0e, 0x00, 0x04, 9, 0, 0, 0, 0x01, 0x06, 0x00, 0x04, 16, 0, 0, 0]  // meta l4proto
        // th dport
        + [0x02, 0x14, 0x00, 0x04, 7, 0, 0, 0, 0x01, 0x0c, 0x00, 0x04, 11, 0, 0, 0, 0x01, 0x04, 2, 0, 0, 0]
        + [0x03, 0x1a, 0x00, 0x04, 23, 0, 0, 0, 0x01, 0x12]  // numgen
        + [0x00, 0x04, 1, 0, 0, 0, 0x01, 0x04, 2, 0, 0, 0, 0x02, 0x04, 0, 0, 0, 0]  // random mod 2 offset 0
        + [0x04, 0x34, 0x00, 0x04, 13, 0, 0, 0, 0x01, 0x2c]  // typeof of the value: a concatenation of
        // ip daddr
        + [0x00, 0x14, 0x00, 0x04, 7, 0, 0, 0, 0x01, 0x0c, 0x00, 0x04, 12, 0, 0, 0, 0x01, 0x04, 12, 0, 0, 0]
        // th dport
        + [0x01, 0x14, 0x00, 0x04, 7, 0, 0, 0, 0x01, 0x0c, 0x00, 0x04, 11, 0, 0, 0, 0x01, 0x04, 2, 0, 0, 0]
        + [0x06, 0x04, 0, 0, 0, 0]  // values are not ranges

    private static func endpoints(_ family: IPFamily) -> NamedSet {
        NamedSet(
            "endpoints",
            typeof: [
                .destinationAddress(family), .transportProtocol, .destinationPort, .randomNumber(modulus: 2),
            ],
            value: [.destinationAddress(family), .destinationPort]
        )
    }

    @Test func `a map declared by expressions has the bytes that nft writes`() {
        #expect(Self.endpoints(.ipv4).userData.bytes == Self.endpointsIPv4)
        // For IPv6 only the header differs, 13 for 12, and the field, 9 for 12.
        let ip4: [UInt8] = [0x00, 0x04, 12, 0, 0, 0, 0x01, 0x04, 12, 0, 0, 0]
        let ip6: [UInt8] = [0x00, 0x04, 13, 0, 0, 0, 0x01, 0x04, 9, 0, 0, 0]
        #expect(Self.endpoints(.ipv6).userData.bytes == Self.endpointsIPv4.replacing(ip4, with: ip6))
    }

    @Test func `an interval set with merged ranges has the bytes that nft writes`() {
        let set = NamedSet("service-cidrs", key: [.ipv4Address], flags: .interval, mergesRanges: true)
        #expect(set.userData.bytes == [0x00, 0x04, 2, 0, 0, 0, 0x02, 0x04, 1, 0, 0, 0])
    }

    @Test func `a map from a mark has the byte order of both sides`() {
        let set = NamedSet("marks", key: [.mark], value: .data([.ipv4Address]))
        #expect(
            set.userData.bytes == [0x00, 0x04, 1, 0, 0, 0, 0x01, 0x04, 2, 0, 0, 0, 0x06, 0x04, 0, 0, 0, 0]
        )
    }

    @Test(arguments: [
        [Selector.sourceAddress(.ipv4)], [.mark], [.randomNumber(modulus: 7)],
        [.sourceAddress(.ipv6), .sourcePort, .mark], [.originalDestinationAddress(.ipv6), .originalDestinationPort],
        [.originalDestinationAddress(.ipv4), .transportProtocol, .destinationPort],
    ])
    func `a description is read as it was written`(selectors: [Selector]) {
        #expect([Selector](userData: selectors.userData) == selectors)
    }

    @Test func `a description that is not known, or broken, is none`() {
        // jhash, whose description nft 1.0.6 writes without its operand.
        let hash: [UInt8] = [0x00, 0x04, 24, 0, 0, 0, 0x01, 0x06, 0x00, 0x04, 0, 0, 0, 0]
        #expect([Selector](userData: UserData(bytes: hash)) == nil)
        // What nft 1.0.6 writes for a concatenation of types: no fields.
        #expect([Selector](userData: UserData(bytes: [0x00, 0x04, 13, 0, 0, 0, 0x01, 0x00])) == nil)
        for count in 0..<Self.endpointsIPv4.count {
            var set = NamedSet("cut", key: [.ipv4Address], value: .data([.ipv4Address]))
            set.read(UserData(bytes: Array(Self.endpointsIPv4.prefix(count))))
        }
    }

    @Test func `a comment is text with its zero, and read without it`() {
        #expect(UserData(comment: "hi").bytes == [0x00, 0x03, 0x68, 0x69, 0x00])
        #expect(UserData(bytes: [0x00, 0x03, 0x68, 0x69, 0x00]).comment == "hi")
        #expect(UserData(bytes: [0x00, 0x09, 0x68]).comment == nil)
        #expect(UserData(comment: nil).isEmpty)
    }
}
