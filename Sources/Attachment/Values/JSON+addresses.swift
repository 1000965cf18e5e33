import Addressing
import JSON

extension JSONWriter {
    /// Writes a member that is an array of strings.
    mutating func strings(_ name: String, _ strings: [String]) {
        self.name(name)
        beginArray()
        for string in strings { value(string) }
        endArray()
    }
}

extension JSONReader {
    /// Reads an array of addresses.
    mutating func readAddresses() throws(JSONError) -> [IPAddress] {
        try readArray { reader throws(JSONError) in
            reader.skipWhitespace()
            let start = reader.offset
            let text = try reader.readString()
            guard let address = IPAddress(text) else {
                throw JSONError(offset: start, reason: "\"\(text)\" is not an IP address")
            }
            return address
        }
    }

    /// Reads an array of ranges.
    mutating func readPrefixes() throws(JSONError) -> [IPPrefix] {
        try readArray { reader throws(JSONError) in
            reader.skipWhitespace()
            let start = reader.offset
            let text = try reader.readString()
            guard let prefix = IPPrefix(text) else {
                throw JSONError(offset: start, reason: "\"\(text)\" is not an IP range such as 10.32.0.0/12")
            }
            return prefix
        }
    }
}
