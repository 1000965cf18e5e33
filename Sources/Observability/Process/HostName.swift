import Glibc

/// What this host is called.
package enum HostName {
    /// `gethostname(2)`; nil where it has no name.
    package static var current: String? {
        // One byte more than the longest name (HOST_NAME_MAX), for the zero at its end.
        var name = [CChar](repeating: 0, count: 65)
        guard gethostname(&name, name.count - 1) == 0 else { return nil }
        let text = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return text.isEmpty ? nil : text
    }
}
