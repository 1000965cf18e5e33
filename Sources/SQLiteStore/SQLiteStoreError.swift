/// Why a store's file cannot be opened. Nothing in it was changed.
public enum SQLiteStoreError: Error, Sendable, Hashable {
    /// Another process, or another store of this one, has the file; `holder` is its process number where it is known.
    case locked(path: String, holder: Int32?)
    /// The file is not an SQLite database, or damaged.
    case corrupt(path: String, reason: String)
    /// The file is a database of something else.
    case foreign(path: String)
    /// A newer program has written the file; it is of the format `found`, and `known` is the newest that is known here.
    case newer(path: String, found: Int, known: Int)
    /// The file or its folder cannot be made or opened.
    case inaccessible(path: String, reason: String)
}

extension SQLiteStoreError: CustomStringConvertible {
    /// For people, with the remedy.
    public var description: String {
        switch self {
        case .locked(let path, let holder):
            let process = holder.map { "process \($0)" } ?? "another process"
            return "the store \(path) is in use by \(process): stop it, or choose another file"
        case .corrupt(let path, let reason):
            return "the store \(path) is damaged or not a store (\(reason)): restore it from a backup, or move it away"
        case .foreign(let path):
            return "\(path) is a database of another program: choose another file"
        case .newer(let path, let found, let known):
            return "the store \(path) has format \(found), and this program knows formats up to \(known): "
                + "use the program that wrote it, or a newer one"
        case .inaccessible(let path, let reason):
            return "the store \(path) cannot be opened: \(reason)"
        }
    }
}
