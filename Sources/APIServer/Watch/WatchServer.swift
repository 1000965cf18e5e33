import APIRegistry
import HummingbirdCore
import KubernetesAPI
import NIOCore
import Storage

/// Serves watches: the beginning of each as fast as the client takes it, then events as they come.
struct WatchServer: Sendable {
    /// The objects.
    let objects: ObjectRegistry
    /// How much is collected for a slow watcher.
    var limits = WatchSession.Limits()
    /// How often bookmarks say how far a watch has come.
    var bookmarkInterval = Duration.seconds(60)
    /// How long a watch lasts that does not say; twice that at most, by chance, so that not all begin anew at once.
    var minimalTimeout = Duration.seconds(1_800)

    /// A watch that has begun.
    struct Begun: Sendable {
        let session: WatchSession
        let cache: KindCache
        let beginning: KindCache.Beginning
        /// How far all kinds had come, at least, when it began.
        let reached: Revision
    }

    /// Registers a watch; from then on nothing is missed.
    func begin(_ watch: WatchReply, on connection: Connection) async throws(Refusal) -> Begun {
        let cache = try objects.cache(of: watch.kind)
        let encoder = watch.encoder(objects)
        var start = KindCache.Start.snapshot
        var reached = Revision(0)
        if let revision = watch.options.revision, revision > Revision(0) {
            try await objects.wait(for: revision)
            reached = revision
            if !watch.options.sendsInitialEvents { start = .after(revision) }
        } else if watch.options.revision != nil {
            if !watch.options.sendsInitialEvents { start = .after(objects.cache.progress.revision) }
        } else if watch.options.revision == nil {
            let newest = try await objects.catchUp()
            reached = newest
            if !watch.options.sendsInitialEvents { start = .after(newest) }
        }
        let session = WatchSession(channel: connection.channel, encoder: encoder, limits: limits)
        let beginning = cache.begin(session, at: start, prefix: encoder.filter.keyPrefix)
        if case .expired(let oldest) = beginning {
            session.eventLoop.execute { session.end(.reloaded) }
            throw .watchTooOld(watch.options.revision?.rawValue ?? 0, oldest: oldest.rawValue)
        }
        return Begun(session: session, cache: cache, beginning: beginning, reached: reached)
    }

    /// The whole answer to a watch from a state that was forgotten: an event that says so; nil for other refusals.
    ///
    /// Upstream's `RetryWatcher` tries a watch again for ever that is refused in any other way. Source: `newErrWatcher` in
    /// `k8s.io/apiserver/pkg/storage/cacher`.
    func answer(_ refusal: Refusal, to watch: WatchReply) -> Reply? {
        guard refusal.reason == .expired else { return nil }
        var form = watch.form
        var status = refusal.status.json
        if form.format == .protobuf {
            if let encoded = objects.protobuf.status(refusal.status) { status = encoded } else { form = .json }
        }
        let frame = objects.encoder(of: watch.kind).frame(.error, status, form)
        return Reply(contentType: form.watchContentType, body: .event(frame))
    }

    /// Writes what a watch tells, until it ends.
    @concurrent
    func run(
        _ begun: Begun,
        _ watch: WatchReply,
        on connection: Connection,
        to body: inout some ResponseBodyWriter
    ) async throws -> WatchSession.End {
        let session = begun.session
        connection.attach(session)
        // One that begins while the server stops is not told so by anybody else.
        if objects.cache.isStopping { session.eventLoop.execute { session.end(.shutdown) } }
        let timeout = watch.options.timeout ?? minimalTimeout + minimalTimeout * Double.random(in: 0..<1)
        session.eventLoop.execute { session.schedule(.timeout, in: TimeAmount(timeout)) { $0.end(.timeout) } }
        try await writeBeginning(begun, watch, to: &body)
        session.eventLoop.execute { session.open() }
        if watch.options.allowsBookmarks { scheduleBookmark(session, begun.cache) }
        return await session.ended()
    }

    /// Forgets a watch, which must be done with each that has begun.
    func end(_ begun: Begun, on connection: Connection) {
        begun.cache.end(begun.session)
        connection.attach(nil)
        begun.session.eventLoop.execute { begun.session.end(.clientGone) }
    }

    @concurrent
    private func writeBeginning(
        _ begun: Begun,
        _ watch: WatchReply,
        to body: inout some ResponseBodyWriter
    ) async throws {
        let encoder = watch.encoder(objects)
        var progress = WatchEncoder.Progress()
        var piece = ByteBuffer()
        let revision: Revision
        switch begun.beginning {
        case .objects(let snapshot):
            revision = snapshot.revision
            for object in snapshot.objects {
                guard var frame = encoder.initialFrame(for: object, progress: &progress) else { continue }
                piece.writeBuffer(&frame)
                guard piece.readableBytes > ListBody.pieceSize else { continue }
                try await body.write(piece)
                piece.clear()
            }
        case .events(let events, let reached):
            revision = reached
            for event in events {
                guard var frame = encoder.frame(for: event, progress: &progress) else { continue }
                piece.writeBuffer(&frame)
                guard piece.readableBytes > ListBody.pieceSize else { continue }
                try await body.write(piece)
                piece.clear()
            }
        case .expired:
            return
        }
        // The kind may have been written last before the moment that the client asked for.
        let marked = max(revision, begun.reached)
        if watch.options.marksInitialEvents, var frame = encoder.bookmark(marked, endsInitialEvents: true) {
            piece.writeBuffer(&frame)
        }
        if piece.readableBytes > 0 { try await body.write(piece) }
    }

    private func scheduleBookmark(_ session: WatchSession, _ cache: KindCache) {
        // A tenth more or less, so that not all watches are told at the same moment.
        let delay = TimeAmount(bookmarkInterval * Double.random(in: 0.9..<1.1))
        session.eventLoop.execute {
            session.schedule(.bookmark, in: delay) { session in
                cache.tellProgress(to: session, progress: objects.cache.progress) { session.bookmark($0) }
                self.scheduleBookmark(session, cache)
            }
        }
    }
}
