import Netlink
import Testing

@testable import NFTables

@Suite struct ChangeAssemblerTests {
    /// A notification that names a table, as the kernel sends for every object.
    private static func object(_ type: MessageType, _ table: TableID) throws -> (MessageHeader, [UInt8]) {
        var writer = MessageWriter()
        writer.message(type, family: table.family) { $0.attribute(ObjectAttribute.table, string: table.name) }
        return try message(in: writer)
    }

    private static func generation(_ number: UInt32, by process: (id: UInt32, name: String)) throws -> (
        MessageHeader, [UInt8]
    ) {
        var writer = MessageWriter()
        writer.message(.newGeneration, family: nil) { writer in
            writer.attribute(GenerationAttribute.identifier, number.bigEndian)
            writer.attribute(GenerationAttribute.processID, process.id.bigEndian)
            writer.attribute(GenerationAttribute.processName, string: process.name)
        }
        return try message(in: writer)
    }

    private static func message(in writer: borrowing MessageWriter) throws -> (MessageHeader, [UInt8]) {
        let bytes = writer.bytes
        var reader = MessageReader()
        let header = try #require(try reader.next(in: bytes.span.bytes))
        return (header, Array(bytes[header.body]))
    }

    private let first = TableID(family: .ip, name: "first")
    private let second = TableID(family: .ip6, name: "second")

    @Test func `a change is all objects up to the generation`() throws {
        var assembler = ChangeAssembler(ownPortIDs: [77])
        for (header, body) in [
            try Self.object(.newChain, first), try Self.object(.newRule, first), try Self.object(.newElements, second),
            try Self.object(.deleteElements, first),
        ] {
            #expect(try assembler.take(header, body.span.bytes) == nil)
        }
        var (header, body) = try Self.generation(42, by: (1234, "nft"))
        header.portID = 5
        #expect(
            try assembler.take(header, body.span.bytes)
                == RulesetChange(tables: [first, second], generation: 42, processID: 1234, processName: "nft")
        )
        header.portID = 77
        body = try Self.generation(43, by: (1, "trama")).1
        #expect(
            try assembler.take(header, body.span.bytes)
                == RulesetChange(tables: [], generation: 43, processID: 1, processName: "trama", isOwn: true)
        )
    }

    @Test func `tables of one name and two families are told apart`() throws {
        var assembler = ChangeAssembler(ownPortIDs: [])
        let other = TableID(family: .ip6, name: "first")
        for table in [first, other, first] {
            let (header, body) = try Self.object(.newRule, table)
            _ = try assembler.take(header, body.span.bytes)
        }
        let (header, body) = try Self.generation(1, by: (0, ""))
        #expect(try assembler.take(header, body.span.bytes)?.tables == [first, other])
    }

    @Test func `what came before a loss is forgotten`() throws {
        var assembler = ChangeAssembler(ownPortIDs: [])
        let (header, body) = try Self.object(.newRule, first)
        _ = try assembler.take(header, body.span.bytes)
        assembler.reset()
        let (end, generation) = try Self.generation(2, by: (0, ""))
        #expect(try assembler.take(end, generation.span.bytes)?.tables == [])
    }

    @Test func `a notification that cannot be read counts as lost, and those after it are told`() throws {
        var assembler = ChangeAssembler(ownPortIDs: [])
        var writer = MessageWriter()
        writer.message(.newRule, family: .ip) { $0.attribute(ObjectAttribute.table, string: "first") }
        var broken = writer.bytes
        broken[20] = 0xff  // the attribute is longer than its message
        #expect(assembler.events(in: broken.span.bytes) == [.overrun])
        #expect(assembler.events(in: Array(broken[..<10]).span.bytes) == [.overrun])

        writer = MessageWriter()
        writer.message(.newRule, family: .ip) { $0.attribute(ObjectAttribute.table, string: "first") }
        writer.message(.newGeneration, family: nil) {
            $0.attribute(GenerationAttribute.identifier, UInt32(7).bigEndian)
        }
        let change = RulesetChange(tables: [first], generation: 7)
        #expect(assembler.events(in: writer.bytes.span.bytes) == [.changed(change)])
    }
}
