import Addressing
import Glibc
import Netlink
import SeededTesting
import Testing

@testable import NFTables

@Suite struct TransactionEncoderTests {
    private static let table = TableID(family: .ip, name: "t")

    private static func bytes(of transaction: Transaction, generation: UInt32? = nil) throws -> [UInt8] {
        var encoder = TransactionEncoder(firstSequence: 100, capacity: 64)
        try encoder.encode(transaction, generation: generation)
        return encoder.buffer.bytes
    }

    /// Type, flags and sequence number of each message.
    private static func headers(of bytes: [UInt8]) throws -> [MessageHeader] {
        var headers: [MessageHeader] = []
        var reader = MessageReader()
        while let header = try reader.next(in: bytes.span.bytes) { headers.append(header) }
        return headers
    }

    @Test(.enabled(if: UInt32(1).littleEndian == 1)) func `elements are the bytes that the kernel reads`() throws {
        var key = RegisterValue(.v4(0x0a00_0001))
        key.append(networkOrder: 80)
        var transaction = Transaction()
        transaction.addElements(
            [Element(key, value: .verdict(.goto("lb")), timeout: .seconds(1), comment: "hi")],
            set: "s",
            in: Self.table
        )
        let bytes = try Self.bytes(of: transaction, generation: 7)
        let begin: [UInt8] =
            [28, 0, 0, 0, 0x10, 0, 1, 0, 100, 0, 0, 0, 0, 0, 0, 0]  // NFNL_MSG_BATCH_BEGIN, request, sequence 100
            + [0, 0, 0, 10]  // no family, version 0, subsystem of nftables
            + [8, 0, 1, 0, 0, 0, 0, 7]  // generation
        let element: [UInt8] =
            [68, 0, 1, 0x80]  // NFTA_LIST_ELEM
            + [16, 0, 1, 0x80, 12, 0, 1, 0, 10, 0, 0, 1, 0, 80, 0, 0]  // key
            + [24, 0, 2, 0x80, 20, 0, 2, 0x80]  // value, a verdict
            + [8, 0, 1, 0, 0xff, 0xff, 0xff, 0xfc, 7, 0, 2, 0, 0x6c, 0x62, 0, 0]  // NFT_GOTO, "lb"
            + [12, 0, 4, 0, 0, 0, 0, 0, 0, 0, 3, 0xe8]  // timeout
            + [9, 0, 6, 0, 0, 3, 0x68, 0x69, 0, 0, 0, 0]  // user data
        let message: [UInt8] =
            [108, 0, 0, 0, 12, 10, 5, 4, 101, 0, 0, 0, 0, 0, 0, 0]  // NEWSETELEM, request, ack, create, sequence 101
            + [2, 0, 0, 0]  // IPv4
            + [6, 0, 1, 0, 0x74, 0, 0, 0]  // table "t"
            + [6, 0, 2, 0, 0x73, 0, 0, 0]  // set "s"
            + [UInt8(4 + element.count), 0, 3, 0x80]
        let end: [UInt8] =
            [20, 0, 0, 0, 0x11, 0, 1, 0, 102, 0, 0, 0, 0, 0, 0, 0] + [0, 0, 0, 10]  // NFNL_MSG_BATCH_END, sequence 102
        #expect(bytes == begin + message + element + end)
    }

    @Test func `only the last message is acknowledged`() throws {
        var transaction = Transaction()
        transaction.addTable(Table(id: Self.table))
        transaction.addElements((0..<9000).map { Element(RegisterValue(.v4($0))) }, set: "s", in: Self.table)
        let headers = try Self.headers(of: Self.bytes(of: transaction))
        #expect(headers.count > 4)
        #expect(headers.map(\.sequence) == Array(100..<(100 + UInt32(headers.count))))
        let acknowledged = headers.indices.filter { headers[$0].flags.contains(.acknowledge) }
        #expect(acknowledged == [headers.count - 2])
    }

    @Test func `elements are split so that no nest passes 64 KiB, and each is written once`() throws {
        let comment = String(repeating: "c", count: 100)
        let elements = (0..<5000).map { Element(RegisterValue(.v4($0)), comment: comment) }
        let parts = ElementMessages.parts(of: elements)
        #expect(parts.count > 5)
        #expect(parts.first?.lowerBound == 0)
        #expect(parts.last?.upperBound == elements.count)
        #expect(zip(parts, parts.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
        var transaction = Transaction()
        transaction.addElements(elements, set: "s", in: Self.table)
        let bytes = try Self.bytes(of: transaction)
        var read: [Element] = []
        for header in try Self.headers(of: bytes) where MessageType(netlinkType: header.type) == .newElements {
            #expect(header.body.count <= 65_535)
            try Element.append(from: bytes.span.bytes.extracting(header.body), to: &read)
        }
        #expect(read == elements)
    }

    @Test(arguments: [
        Element([1, 2, 3, 4], value: .data([9])), Element([1], value: .verdict(.jump("chain"))),
        Element([1, 2], through: [3, 4], comment: "range"), Element([5], value: .verdict(.drop), timeout: .seconds(60)),
        ElementKind.end, ElementKind.catchAll, ElementKind.expiring,
    ])
    func `an element is read as it was written`(element: Element) throws {
        var transaction = Transaction()
        transaction.addElements([element], set: "s", in: Self.table)
        let bytes = try Self.bytes(of: transaction)
        var read: [Element] = []
        let header = try Self.headers(of: bytes)[1]
        try Element.append(from: bytes.span.bytes.extracting(header.body), to: &read)
        #expect(read == [element])
    }

    private enum ElementKind {
        static var end: Element {
            var element = Element([1, 2])
            element.isIntervalEnd = true
            return element
        }
        static var catchAll: Element {
            var element = Element(RegisterValue(), value: .verdict(.drop))
            element.isCatchAll = true
            return element
        }
        static var expiring: Element {
            var element = Element([1], timeout: .seconds(9))
            element.expiration = .milliseconds(8765)
            return element
        }
    }

    @Test func `bytes of a message changed at random are read, or refused, and never trap`() throws {
        var transaction = Transaction()
        let elements = (0..<8).map { Element(RegisterValue(.v4($0)), value: .verdict(.goto("chain")), comment: "c") }
        transaction.addElements(elements, set: "s", in: Self.table)
        let whole = try Self.bytes(of: transaction)
        let message = Array(whole[try Self.headers(of: whole)[1].body])
        var generator = SeededGenerator()
        print("messages changed at random: \(generator)")
        for _ in 0..<20_000 {
            var broken = message
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                broken[Int.random(in: broken.indices, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            broken.removeLast(Int.random(in: 0...8, using: &generator))
            var read: [Element] = []
            try? Element.append(from: broken.span.bytes, to: &read)
        }
    }

    @Test func `the estimate of a transaction is never below its size`() throws {
        for family in IPFamily.allCases {
            let transaction = EstimateSample.transaction(family)
            let bytes = try Self.bytes(of: transaction, generation: 1)
            // Begin and end of the batch are the connection's.
            #expect(bytes.count <= transaction.byteEstimate + 256)
            for operation in transaction.operations {
                var alone = Transaction()
                alone.append(operation)
                let size = try Self.bytes(of: alone).count - 40
                #expect(size <= alone.byteEstimate, "\(operation.summary)")
            }
        }
    }

    @Test func `an operation of no elements is no operation`() {
        var transaction = Transaction()
        transaction.addElements([], set: "s", in: Self.table)
        transaction.deleteElements([], set: "s", in: Self.table)
        #expect(transaction.isEmpty)
        #expect(transaction.byteEstimate == 0)
    }

    @Test func `what no message can say is refused with its operation`() {
        var transaction = Transaction()
        transaction.addTable(Table(id: Self.table))
        transaction.addSet(NamedSet("s", key: [], flags: []), in: Self.table)
        var encoder = TransactionEncoder(firstSequence: 1, capacity: 64)
        do {
            try encoder.encode(transaction, generation: nil)
            Issue.record("a set without a key was written")
        } catch {
            #expect(error.operation == 1)
            #expect(error.error.message?.contains("1 to 64 bytes") == true)
        }
    }
}
