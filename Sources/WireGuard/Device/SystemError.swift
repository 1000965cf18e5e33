import CLinux

/// Texts of error numbers.
enum SystemError {
    /// The C library's text, with the number: `Permission denied (errno 13)`.
    static func text(of errno: Int32) -> String {
        let text = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer in
            guard let base = buffer.baseAddress else { return "error" }
            // In bounds: the shim writes at most `count` bytes and terminates them.
            unsafe clinux_error_text(errno, base, buffer.count)
            return unsafe String(cString: base)
        }
        return "\(text) (errno \(errno))"
    }
}
