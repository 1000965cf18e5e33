import Glibc

/// What a command prints, and to what.
public enum TestTerminal {
    /// Whether the standard output is a terminal that is to have colours (https://no-color.org).
    public static var hasColor: Bool {
        // In bounds: a string of the environment, which nobody changes.
        unsafe isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == nil
    }

    /// Writes a text to the standard output, at once.
    public static func print(_ text: String) { write(text, to: STDOUT_FILENO) }

    /// Writes a line to the standard error.
    public static func printError(_ text: String) { write("\(text)\n", to: STDERR_FILENO) }

    private static func write(_ text: String, to descriptor: Int32) {
        let bytes = Array(text.utf8)
        var offset = 0
        while offset < bytes.count {
            // In bounds: what of the array has not been written.
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress?.advanced(by: offset), $0.count - offset)
            }
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count > 0 else { return }
            offset += count
        }
    }
}
