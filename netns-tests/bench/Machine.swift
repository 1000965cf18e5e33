import Glibc

/// The machine that is measured on.
enum Machine {
    /// Kernel, processors and load, for the head of the table.
    static var description: String {
        var name = utsname()
        uname(&name)
        let release = withUnsafeBytes(of: &name.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        var load = [Double](repeating: 0, count: 1)
        getloadavg(&load, 1)
        return "Linux \(release), \(sysconf(Int32(_SC_NPROCESSORS_ONLN))) processors, load \(load[0].text(1))."
    }
}
