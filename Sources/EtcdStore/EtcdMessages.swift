import JSON
import Storage

/// Reads and writes the messages of etcd's API: https://etcd.io/docs/v3.4/learning/api/
///
/// Numbers of 64 bits are strings in the gateway's JSON, and what is 0, false or empty is left out.
enum EtcdMessage {
    private enum HeaderField: String, CaseIterable { case revision }
    private enum ValueField: String, CaseIterable {
        case key, value
        case create = "create_revision"
        case mod = "mod_revision"
    }
    private enum RangeField: String, CaseIterable { case header, kvs, more, count }
    private enum TxnField: String, CaseIterable { case header, succeeded, responses }
    private enum ResponseField: String, CaseIterable { case range = "response_range" }
    private enum LeaseField: String, CaseIterable { case id = "ID" }

    private static let headerFields = JSONFields<HeaderField>()
    private static let valueFields = JSONFields<ValueField>()
    private static let rangeFields = JSONFields<RangeField>()
    private static let txnFields = JSONFields<TxnField>()
    private static let responseFields = JSONFields<ResponseField>()
    private static let leaseFields = JSONFields<LeaseField>()

    /// A number of 64 bits.
    static func number(_ reader: inout JSONReader) throws(JSONError) -> Int64 {
        let offset = reader.offset
        guard let number = Int64(try reader.readIntegerOrString()) else {
            throw JSONError(offset: offset, reason: "not a number of 64 bits")
        }
        return number
    }

    /// `ResponseHeader`: the store's revision.
    static func header(_ reader: inout JSONReader) throws(JSONError) -> Revision {
        var revision = Revision(0)
        try reader.beginObject()
        while let field = try reader.nextField(of: headerFields) {
            switch field {
            case .revision: revision = Revision(try number(&reader))
            }
        }
        return revision
    }

    /// `KeyValue`.
    ///
    /// - Parameter prefixCount: How many bytes of the key are not the caller's.
    static func value(_ reader: inout JSONReader, prefixCount: Int) throws(JSONError) -> StoredValue {
        var value = StoredValue(key: "", value: [], createRevision: Revision(0), modRevision: Revision(0))
        try reader.beginObject()
        while let field = try reader.nextField(of: valueFields) {
            switch field {
            case .key: value.key = String(decoding: try reader.readBase64().dropFirst(prefixCount), as: UTF8.self)
            case .value: value.value = try reader.readBase64()
            case .create: value.createRevision = Revision(try number(&reader))
            case .mod: value.modRevision = Revision(try number(&reader))
            }
        }
        return value
    }

    /// `RangeResponse`.
    static func range(_ reader: inout JSONReader, prefixCount: Int) throws(JSONError) -> StoreRange {
        var range = StoreRange(values: [], hasMore: false, count: 0, revision: Revision(0))
        try reader.beginObject()
        while let field = try reader.nextField(of: rangeFields) {
            switch field {
            case .header: range.revision = try header(&reader)
            case .kvs:
                range.values = try reader.readArray { reader throws(JSONError) in
                    try value(&reader, prefixCount: prefixCount)
                }
            case .more: range.hasMore = try reader.readBool()
            case .count: range.count = Int(clamping: try number(&reader))
            }
        }
        return range
    }

    /// `TxnResponse`, of a transaction that reads the keys of its conditions where they are not true.
    static func outcome(_ reader: inout JSONReader, prefixCount: Int) throws(JSONError) -> StoreOutcome {
        var revision = Revision(0)
        var succeeded = false
        var present: [StoredValue?] = []
        try reader.beginObject()
        while let field = try reader.nextField(of: txnFields) {
            switch field {
            case .header: revision = try header(&reader)
            case .succeeded: succeeded = try reader.readBool()
            case .responses:
                try reader.beginArray()
                while try reader.nextElement() {
                    try reader.beginObject()
                    while let field = try reader.nextField(of: responseFields) {
                        switch field {
                        case .range: present.append(try range(&reader, prefixCount: prefixCount).values.first)
                        }
                    }
                }
            }
        }
        return succeeded ? .committed(revision) : .conflict(revision, present: present)
    }

    /// `LeaseGrantResponse`: the lease's number.
    static func lease(_ reader: inout JSONReader) throws(JSONError) -> Int64 {
        var id: Int64 = 0
        try reader.beginObject()
        while let field = try reader.nextField(of: leaseFields) {
            switch field {
            case .id: id = try number(&reader)
            }
        }
        return id
    }

    /// An object with members, as bytes.
    static func object(_ members: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        writer.object(members)
        return writer.bytes
    }
}

extension JSONWriter {
    /// Writes an object.
    mutating func object(_ members: (inout JSONWriter) -> Void) {
        beginObject()
        members(&self)
        endObject()
    }

    /// Writes a member that is an object.
    mutating func object(_ name: String, _ members: (inout JSONWriter) -> Void) {
        self.name(name)
        object(members)
    }

    /// Writes a member of base64.
    mutating func member(_ name: String, base64 bytes: [UInt8]) {
        self.name(name)
        value(base64: bytes)
    }

    /// Writes a member that is a number of 64 bits.
    mutating func member(_ name: String, number: Int64) {
        member(name, "\(number)")
    }
}
