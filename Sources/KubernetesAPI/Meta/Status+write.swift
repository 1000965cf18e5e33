public import JSON

extension Status {
    /// Writes the status as API servers do: with `kind`, `apiVersion` and empty `metadata`, and without what is empty.
    public func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("kind", "Status")
        writer.member("apiVersion", "v1")
        writer.name("metadata")
        writer.beginObject()
        writer.memberUnlessEmpty("continue", continueToken)
        writer.endObject()
        writer.memberUnlessEmpty("status", status)
        writer.memberUnlessEmpty("message", message)
        writer.memberUnlessEmpty("reason", reason)
        if let details {
            writer.name("details")
            details.write(to: &writer)
        }
        if code != 0 { writer.member("code", code) }
        writer.endObject()
    }

    /// The status as JSON, without white space.
    public var json: [UInt8] {
        var writer = JSONWriter()
        write(to: &writer)
        return writer.bytes
    }
}

extension Status.Details {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.memberUnlessEmpty("name", name)
        writer.memberUnlessEmpty("group", group)
        writer.memberUnlessEmpty("kind", kind)
        writer.memberUnlessEmpty("uid", uid)
        if !causes.isEmpty {
            writer.name("causes")
            writer.beginArray()
            for cause in causes { cause.write(to: &writer) }
            writer.endArray()
        }
        if retryAfterSeconds != 0 { writer.member("retryAfterSeconds", retryAfterSeconds) }
        writer.endObject()
    }
}

extension Status.Cause {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.memberUnlessEmpty("reason", reason)
        writer.memberUnlessEmpty("message", message)
        writer.memberUnlessEmpty("field", field)
        writer.endObject()
    }
}

extension JSONWriter {
    /// Writes a member of an object; nothing where the string is empty.
    fileprivate mutating func memberUnlessEmpty(_ name: String, _ string: String) {
        if !string.isEmpty { member(name, string) }
    }
}
