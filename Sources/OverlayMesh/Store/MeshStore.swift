public import OverlayCore
import Synchronization

/// What the mesh must not forget, in the file `mesh` of the state folder. Calls block.
///
/// The file is a log of ``StoreFrame``s after a first line. A frame is on the disk before the call that wrote it
/// returns. When most of the log is outdated, a new file with what counts takes its place. A crash leaves at most the
/// last frame incomplete; that is cut off at the next start, since nothing has followed from it.
///
/// `state` is used under its lock only.
public final class MeshStore: Sendable {
    private static let fileName = "mesh"
    private static let firstLine = Array("trama mesh 1\n".utf8)
    /// Bytes that a file has at most when it is read.
    private static let limit = 512 << 20
    /// Bytes of outdated frames that are always left.
    private static let slack = 1 << 20

    fileprivate struct State {
        /// The newest entry of each key.
        var entries: [ReplicatedEntry.Key: ReplicatedEntry] = [:]
        /// Open at its end; nil after a failure, when only a new file can tell what is on the disk.
        var file: Descriptor?
        var fileByteCount = 0
        var liveByteCount = 0
    }

    private let folder: StateFolder
    private let state: Mutex<State>

    /// Reads the folder's file, or begins one.
    ///
    /// - Throws: `.damaged` where not only the end is incomplete: votes may be lost, so that this peer must not go on
    ///   under its identity.
    public init(folder: StateFolder) throws(StateError) {
        self.folder = folder
        let path = "\(folder.path)/\(Self.fileName)"
        var state = State()
        if let bytes = try folder.read(Self.fileName, limit: Self.limit) {
            guard bytes.starts(with: Self.firstLine) else {
                throw StateError(
                    path: path,
                    problem: .damaged("it does not begin with \"trama mesh 1\"; \(Self.remedy)")
                )
            }
            var offset = Self.firstLine.count
            while let frame = StoreFrame.decode(bytes, at: offset) {
                for entry in frame.entries { state.merge(entry) }
                offset = frame.end
            }
            if let next = Self.frameStart(in: bytes, after: offset) {
                throw StateError(
                    path: path,
                    problem: .damaged("bytes \(offset) to \(next) cannot be read; \(Self.remedy)")
                )
            }
        }
        // A new file rather than the old one cut off: what was cut off can never come back.
        let content = state.content(firstLine: Self.firstLine)
        state.file = try folder.create(Self.fileName, with: content)
        state.fileByteCount = content.count
        self.state = Mutex(state)
    }

    private static let remedy = "delete the state folder to join as a new peer, then `trama overlay rmpeer` the old one"

    /// Where a whole frame begins after bytes that are none.
    private static func frameStart(in bytes: [UInt8], after offset: Int) -> Int? {
        guard offset < bytes.count else { return nil }
        return bytes.indices[(offset + 1)...].first { start in
            bytes[start] == StoreFrame.magic[0] && StoreFrame.decode(bytes, at: start) != nil
        }
    }

    /// Everything stored: the newest entry of each key.
    public var entries: [ReplicatedEntry] { state.withLock { Array($0.entries.values) } }

    /// Writes entries; returns once they are on the disk.
    ///
    /// Of two entries of one key the newer counts, in whatever order they come. After a failure the next call writes
    /// everything into a new file.
    public func append(_ entries: [ReplicatedEntry]) throws(StateError) {
        try state.withLock { (state) throws(StateError) in
            for entry in entries { state.merge(entry) }
            guard let file = state.file, state.fileByteCount <= Self.slack + 2 * state.liveByteCount else {
                return try rewrite(&state)
            }
            // Not known to be good unless all of this succeeds.
            state.file = nil
            let frames = MeshStore.State.frames(of: entries)
            try file.append(frames)
            try file.synchronize()
            state.fileByteCount += frames.count
            state.file = file
        }
    }

    private func rewrite(_ state: inout State) throws(StateError) {
        state.file = nil
        let content = state.content(firstLine: Self.firstLine)
        state.file = try folder.create(Self.fileName, with: content)
        state.fileByteCount = content.count
    }
}

extension MeshStore.State {
    fileprivate mutating func merge(_ entry: ReplicatedEntry) {
        if let known = entries[entry.key] {
            guard entry.supersedes(known) else { return }
            liveByteCount -= known.storedByteCount
        }
        entries[entry.key] = entry
        liveByteCount += entry.storedByteCount
    }

    /// A file with the entries, in frames of bounded size.
    fileprivate func content(firstLine: [UInt8]) -> [UInt8] {
        firstLine + Self.frames(of: entries.values)
    }

    /// Entries in frames of bounded size: longer ones could not be read again.
    fileprivate static func frames(of entries: some Sequence<ReplicatedEntry>) -> [UInt8] {
        var content: [UInt8] = []
        var batch: [ReplicatedEntry] = []
        var batchByteCount = 0
        for entry in entries {
            batch.append(entry)
            batchByteCount += entry.storedByteCount
            if batchByteCount >= 1 << 20 {
                content += StoreFrame.encode(batch)
                batch = []
                batchByteCount = 0
            }
        }
        if !batch.isEmpty { content += StoreFrame.encode(batch) }
        return content
    }
}

extension ReplicatedEntry {
    /// About what it takes in the file.
    fileprivate var storedByteCount: Int { key.name.count + value.count + 16 }
}
