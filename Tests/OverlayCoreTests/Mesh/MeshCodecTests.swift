import SeededTesting
import Addressing
import OverlayCore
import Testing

/// Messages, records and entries as bytes.
@Suite struct MeshCodecTests {
    /// A record with every field.
    static func record(using generator: inout SeededGenerator) -> PeerRecord {
        PeerRecord(
            id: .random(using: &generator),
            name: "peer-\(generator.next() % 1000) é",
            version: generator.next() >> 3,
            instance: generator.next(),
            started: Int64(bitPattern: generator.next()),
            endpoints: [.v4(0x0a00_0001), .v6(high: 0x2001_0db8_0000_0000, low: generator.next())],
            underlayPrefixLength: Int(generator.next() % 129),
            meshPort: UInt16(truncatingIfNeeded: generator.next()),
            vxlanPort: UInt16(truncatingIfNeeded: generator.next()),
            wireGuardPort: UInt16(truncatingIfNeeded: generator.next()),
            wireGuardKey: (0..<32).map { _ in UInt8(truncatingIfNeeded: generator.next()) },
            encryption: [.off, .prefer, .require][Int(generator.next() % 3)],
            underlayMTU: UInt32(truncatingIfNeeded: generator.next()),
            prefixes: [IPPrefix(.v4(0x0a20_0100), length: 24), IPPrefix(.v6(high: 0xfd00 << 48, low: 0), length: 64)]
                .compactMap { $0 },
            networks: [1, 0xff_ffff]
        )
    }

    static func messages(using generator: inout SeededGenerator) -> [MeshMessage] {
        let entries = (0..<3).map { _ in record(using: &generator).entry }
        return [
            .hello(
                MeshHello(
                    protocolVersions: 1...7,
                    cluster: "blue",
                    ranges: ["10.32.0.0/12", "fd00::/48"],
                    capabilities: 5,
                    own: entries[0]
                )
            ),
            .refuse(MeshRefusal(code: .version, text: "too old")),
            .digest(MeshDigest(root: generator.next(), count: 300)),
            .buckets((0..<16).map { _ in generator.next() }),
            .versions(
                MeshVersions(
                    bits: 8,
                    buckets: [3, 200],
                    items: [.init(hash: 5, fingerprint: generator.next()), .init(hash: 9, fingerprint: 0)]
                )
            ),
            .want([1, .max]),
            .entries(entries),
            .entries([]),
            .needed(false),
            .eager(false),
            .lack(MeshLack(ring: 0x0123_4567_89ab_cdef, family: .ipv4)),
            .lack(MeshLack(ring: .max, family: .ipv6)),
            .unknown(200),
        ]
    }

    @Test func `messages are what they were after encoding`() throws {
        var generator = SeededGenerator()
        for message in Self.messages(using: &generator) {
            var bytes: [UInt8] = []
            message.encode(into: &bytes)
            #expect(message.encodedByteCount == bytes.count, "\(message)")
            #expect(try MeshMessage(decoding: bytes[...]) == message)
        }
    }

    @Test func `a record is what it was after encoding`() {
        var generator = SeededGenerator()
        for _ in 0..<50 {
            var record = Self.record(using: &generator)
            #expect(record.entry.isWellFormed)
            #expect(record.entry.peerRecord == record)
            record.isRemoved = true
            record.version = 7
            let removed = record.entry.peerRecord
            #expect(removed?.isRemoved == true)
            #expect(record.entry.isTombstone)
        }
    }

    @Test func `the bytes of a small record`() {
        let record = PeerRecord(
            id: PeerID(high: 1, low: 2),
            name: "a",
            version: 300,
            instance: 3,
            started: 4,
            endpoints: [.v4(0x0a00_0001)]
        )
        var bytes: [UInt8] = []
        record.entry.encode(into: &bytes)
        #expect(
            bytes == [
                1,  // kind: a peer
                16,  // length of the name
                0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2,  // the identity
                0xac, 0x02,  // version 300
                1, 1, 0x61,  // name
                2, 8, 0, 0, 0, 0, 0, 0, 0, 3,  // instance
                3, 8, 0, 0, 0, 0, 0, 0, 0, 4,  // start
                5, 4, 10, 0, 0, 1,  // endpoint
            ]
        )
    }

    @Test func `fields that are not known are skipped`() throws {
        var bytes: [UInt8] = []
        MeshMessage.digest(MeshDigest(root: 5, count: 6)).encode(into: &bytes)
        bytes += [99, 3, 1, 2, 3]
        #expect(try MeshMessage(decoding: bytes[...]) == .digest(MeshDigest(root: 5, count: 6)))
    }

    @Test func `a policy of a later version is the strictest`() {
        let id = PeerID(high: 1, low: 2)
        let entry = ReplicatedEntry(key: PeerRecord.key(of: id), version: 1, value: [11, 1, 9])
        #expect(entry.peerRecord?.encryption == .require)
    }

    @Test func `records that say what cannot be are not well-formed`() {
        let key = PeerRecord.key(of: PeerID(high: 1, low: 2))
        let limit = ReplicatedEntry.versionLimit
        #expect(!ReplicatedEntry(key: key, version: 1, value: [10, 1, 9]).isWellFormed, "a short key")
        #expect(!ReplicatedEntry(key: key, version: 1, value: [7, 3, 0xff, 0xff, 0x7f]).isWellFormed, "a large port")
        #expect(!ReplicatedEntry(key: key, version: limit, value: []).isWellFormed, "a tombstone that is none")
        #expect(!ReplicatedEntry(key: key, version: 1, value: [4, 1, 1]).isWellFormed, "removed at a common version")
        #expect(!ReplicatedEntry(key: key, version: .max, value: [4, 1, 1]).isWellFormed, "the last version")
        #expect(!ReplicatedEntry(key: .init(kind: .ring, name: []), version: limit, value: []).isWellFormed)
        #expect(!ReplicatedEntry(key: .init(kind: .peer, name: [1]), version: 1, value: []).isWellFormed)
    }

    @Test func `no bytes crash the decoder, and what it takes it can encode`() throws {
        var generator = SeededGenerator()
        print(generator)
        for round in 0..<1500 {
            let messages = Self.messages(using: &generator)
            var bytes: [UInt8] = []
            messages[round % messages.count].encode(into: &bytes)
            for _ in 0..<Int(generator.next() % 4) {
                let index = Int(generator.next() % UInt64(bytes.count))
                switch generator.next() % 4 {
                case 0: bytes[index] = UInt8(truncatingIfNeeded: generator.next())
                case 1: bytes[index] ^= 1 << (generator.next() % 8)
                case 2: bytes.removeSubrange(index...)
                default: bytes.insert(0xff, at: index)
                }
                if bytes.isEmpty { bytes = [UInt8(truncatingIfNeeded: generator.next())] }
            }
            guard let message = try? MeshMessage(decoding: bytes[...]) else { continue }
            var again: [UInt8] = []
            message.encode(into: &again)
            #expect(try MeshMessage(decoding: again[...]) == message, "\(generator)")
        }
    }
}
