import JSON

extension LabelSelector {
    /// Whether an object is selected, from its JSON: nothing is read past its labels.
    public func matches(objectJSON bytes: [UInt8]) -> Bool {
        if selectsNothing { return false }
        return requirements.isEmpty || matches(Self.labels(inJSON: bytes))
    }

    /// The labels of an object; none where the bytes are no object.
    public static func labels(inJSON bytes: [UInt8]) -> [String: String] {
        var reader = JSONReader(bytes)
        do {
            guard try reader.enter("metadata"), try reader.enter("labels") else { return [:] }
            return try reader.readStringMap()
        } catch {
            return [:]
        }
    }
}

extension JSONReader {
    /// Enters an object and goes to the value of a member; false where there is none.
    fileprivate mutating func enter(_ name: String) throws(JSONError) -> Bool {
        try beginObject()
        while let key = try nextKey() {
            if key == name { return true }
            try skipValue()
        }
        return false
    }
}
