import JSON
import KubernetesAPI

/// Writes one message from its JSON: what Go's generated code writes, byte for byte.
///
/// Fields stand by ascending number, maps by their names; a field that is not nullable is there even where it is zero.
struct ProtobufObjectEncoding {
    private let plan: CodecPlan
    private let tape: JSONTape
    private let source: [UInt8]
    /// Where each field of the messages around the present one is on the tape; -1 for those that are not there.
    private var places: [Int32] = []
    /// What was written.
    private(set) var writer: ProtobufWriter

    init(_ json: [UInt8], _ message: CodecPlan.Message, plan: CodecPlan) throws(JSONError) {
        self.plan = plan
        tape = try JSONTape(json, message, plan: plan)
        source = tape.source
        writer = ProtobufWriter(capacity: json.count + 64)
        write(message, at: tape.entries.isEmpty ? nil : 0)
    }

    private mutating func write(_ message: CodecPlan.Message, at index: Int?) {
        let base = places.count
        for _ in message.fields { places.append(-1) }
        defer { places.removeLast(message.fields.count) }
        var child = (index ?? 0) + 1
        let end = index.map { Int(tape.entries[$0].next) } ?? 0
        while child < end {
            let entry = tape.entries[child]
            places[base + Int(entry.position)] = Int32(truncatingIfNeeded: child)
            child = Int(entry.next)
        }
        for step in message.layout.steps.reversed() {
            switch step {
            case .field(let position):
                write(position, of: message, at: Int(places[base + position]))
            case .group(let number, let positions):
                let end = writer.count
                for position in positions.reversed() {
                    write(position, of: message, at: Int(places[base + position]))
                }
                writer.close(number, since: end)
            }
        }
    }

    private mutating func write(_ position: Int, of message: CodecPlan.Message, at index: Int) {
        guard index >= 0 else {
            writer.bytes(message.absentEncodings[position])
            return
        }
        let field = message.fields[position]
        let number = field.number
        switch field.shape {
        case .single:
            writeElement(field.element, number, at: index)
        case .list:
            writeList(of: field.element, number, at: index)
        case .map, .mapOfLists:
            writeMap(field, at: index)
        }
    }

    private mutating func writeList(of element: CodecPlan.Element, _ number: Int, at index: Int) {
        let first = index + 1
        let end = tape.entries[index].next
        guard first < Int(end) else { return }
        // Most lists have one element.
        if tape.entries[first].next == end { return writeElement(element, number, at: first) }
        for child in children(of: index).reversed() { writeElement(element, number, at: child) }
    }

    private mutating func writeMap(_ field: CodecPlan.Field, at index: Int) {
        let children = children(of: index)
        if children.count == 2 { return writeEntry(of: field, name: children[0], value: children[1]) }
        let entries = stride(from: 0, to: children.count - 1, by: 2).map { place in
            (text: tape.text(tape.entries[children[place]]), name: children[place], value: children[place + 1])
        }
        // Go sorts by bytes.
        for entry in entries.sorted(by: { $1.text.utf8.lexicographicallyPrecedes($0.text.utf8) }) {
            writeEntry(of: field, name: entry.name, value: entry.value)
        }
    }

    private mutating func writeEntry(of field: CodecPlan.Field, name: Int, value: Int) {
        let end = writer.count
        if field.shape == .map {
            writeElement(field.element, 2, at: value)
        } else {
            writeList(of: field.element, 1, at: value)
            writer.close(2, since: end)
        }
        writeString(1, at: name)
        writer.close(field.number, since: end)
    }

    private func children(of index: Int) -> [Int] {
        var children: [Int] = []
        var child = index + 1
        while child < Int(tape.entries[index].next) {
            children.append(child)
            child = Int(tape.entries[child].next)
        }
        return children
    }

    private mutating func writeString(_ number: Int, at index: Int) {
        let entry = tape.entries[index]
        let end = writer.count
        if entry.isEscaped {
            writer.bytes(Array(tape.text(entry).utf8))
        } else {
            writer.bytes(source, Int(entry.start)..<Int(entry.end))
        }
        writer.close(number, since: end)
    }

    private mutating func writeElement(_ element: CodecPlan.Element, _ number: Int, at index: Int) {
        let entry = tape.entries[index]
        let end = writer.count
        switch element {
        case .string:
            return writeString(number, at: index)
        case .bool:
            return writer.field(number, integer: source[Int(entry.start)] == UInt8(ascii: "t") ? 1 : 0)
        case .int32, .int64:
            return writer.field(number, integer: integer(entry))
        case .double:
            let bits = (Double(tape.text(entry)) ?? 0).bitPattern
            writer.bytes((0..<8).map { UInt8(truncatingIfNeeded: bits >> (8 * UInt64($0))) })
            return writer.key(number, 1)
        case .bytes:
            if case .success(let bytes) = StrictBase64.decode(tape.text(entry)) { writer.bytes(bytes) }
        case .quantity:
            writeString(1, at: index)
        case .intOrString:
            if entry.isString { writeString(3, at: index) } else { writer.field(3, text: "") }
            writer.field(2, integer: entry.isString ? 0 : integer(entry))
            writer.field(1, integer: entry.isString ? 1 : 0)
        case .time, .microTime:
            guard let time = Timestamp(tape.text(entry)) else { break }
            // Times have no fraction, since JSON shows none; that of the others is cut to microseconds.
            let fraction = element == .time ? 0 : Int64(time.nanoseconds) / 1_000 * 1_000
            writer.field(2, integer: fraction)
            writer.field(1, integer: time.seconds)
        case .duration:
            writer.field(1, integer: GoDuration.nanoseconds(tape.text(entry)) ?? 0)
        case .anyJSON:
            writer.bytes(source, Int(entry.start)..<Int(entry.end))
            writer.close(1, since: end)
        case .message(let message):
            write(plan.messages[message], at: index)
        }
        writer.close(number, since: end)
    }

    /// A whole number; 0 where it is none.
    private func integer(_ entry: JSONTape.Entry) -> Int64 {
        guard !entry.isString else { return 0 }
        var value: Int64 = 0
        var isNegative = false
        for index in Int(entry.start)..<Int(entry.end) {
            let byte = source[index]
            if byte == UInt8(ascii: "-"), index == Int(entry.start) {
                isNegative = true
            } else if JSONReader.isDigit(byte) {
                let (product, overflow) = value.multipliedReportingOverflow(by: 10)
                let (sum, carry) = product.subtractingReportingOverflow(Int64(byte &- UInt8(ascii: "0")))
                guard !overflow, !carry else { return 0 }
                value = sum
            } else {
                return 0
            }
        }
        return isNegative ? value : value == .min ? 0 : -value
    }
}
