import CLinux

/// What could not be done, with the object and the kernel's reason.
package struct LauncherError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The whole sentence.
    package let description: String

    /// An error of these words.
    package init(_ description: String) { self.description = description }

    /// A call that failed: `mount proc on /proc: Operation not permitted`.
    ///
    /// - Parameter errno: The kernel's number, positive or negative.
    package init(_ operation: String, errno: Int32) {
        // In bounds: the shim writes at most `count` bytes and terminates them.
        let text = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer in
            guard let base = buffer.baseAddress else { return "error" }
            unsafe clinux_error_text(errno.magnitude <= 4095 ? Int32(errno.magnitude) : 5, base, buffer.count)
            return unsafe String(cString: base)
        }
        description = "\(operation): \(text)"
    }
}

/// The value of a call that gives -errno where it fails.
@discardableResult
func checked(_ value: Int32, _ operation: @autoclosure () -> String) throws(LauncherError) -> Int32 {
    guard value >= 0 else { throw LauncherError(operation(), errno: value) }
    return value
}
