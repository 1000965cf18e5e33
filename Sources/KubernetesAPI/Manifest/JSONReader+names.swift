import JSON

extension JSONReader {
    /// Skips a value, and refuses objects in it that have two members of one name.
    ///
    /// Programs disagree on which of them counts, so whoever wrote them must decide.
    mutating func checkNames() throws(JSONError) {
        switch try nextByte() {
        case UInt8(ascii: "{"):
            try beginObject()
            var names: Set<String> = []
            while try nextMember() {
                let start = offset
                let name = try text(of: try scanString())
                guard names.insert(name).inserted else {
                    throw JSONError(offset: start, reason: "Duplicate value: \(name.quoted) is there twice")
                }
                try readColon()
                try checkNames()
            }
        case UInt8(ascii: "["):
            try beginArray()
            while try nextElement() { try checkNames() }
        default:
            try skipValue()
        }
    }
}
