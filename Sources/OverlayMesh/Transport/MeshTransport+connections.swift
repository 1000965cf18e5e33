import Logging
import NIOCore
import OverlayCore

// What happens on connections; called by their handlers, on the event loop.
extension MeshTransport {
    /// A connection's TLS is up, and the other side has shown a certificate of our token.
    func didOpen(_ id: ConnectionID, with applicationProtocol: String?) {
        guard var connection = connections[id] else { return }
        guard applicationProtocol == TLSIdentity.applicationProtocol, let peer = connection.verified else {
            return abandon(id, "it speaks another protocol: it is not a peer")
        }
        connection.peer = peer
        connections[id] = connection
        handle(.mesh(.opened(id, isOutbound: connection.isOutbound, remote: connection.remote)))
    }

    /// The other side's certificate was judged.
    func didVerify(_ id: ConnectionID, _ verdict: Result<PeerID, CertificateProblem>) {
        switch verdict {
        case .success(let peer): connections[id]?.verified = peer
        case .failure(let problem): connections[id]?.problem = problem
        }
    }

    /// A frame came.
    func didReceive(_ id: ConnectionID, _ frame: ByteBuffer) {
        guard connections[id]?.peer != nil else { return }
        counters.messagesReceived += 1
        counters.bytesReceived += FrameDecoder.headerByteCount + frame.readableBytes
        do throws(MeshCodecError) {
            let message = try MeshMessage(decoding: Array(frame.readableBytesView)[...])
            handle(.mesh(.received(id, message)))
        } catch {
            counters.malformed += 1
            handle(.mesh(.malformed(id, reason: "\(error)")))
        }
    }

    /// The channel takes more, or takes no more for now.
    func writability(_ id: ConnectionID, _ isWritable: Bool) {
        guard let connection = connections[id] else { return }
        connections[id]?.unwritableSince = isWritable ? nil : connection.unwritableSince ?? Self.now()
        guard connection.peer != nil else { return }
        handle(.mesh(.writable(id, isWritable)))
    }

    /// Something went wrong; the connection is of no use any more.
    func didFail(_ id: ConnectionID, _ error: any Error) {
        guard let connection = connections[id] else { return }
        if let error = error as? FrameError {
            counters.malformed += 1
            guard connection.peer != nil else { return abandon(id, "\(error)") }
            // The core closes it, and knows then what to think of the peer.
            handle(.mesh(.malformed(id, reason: "\(error)")))
            return abandon(id, "\(error)")
        }
        abandon(
            id,
            connection.peer == nil
                ? HandshakeFailure.reason(of: error, problem: connection.problem)
                // In TLS 1.3 the dialler learns only afterwards what the other side thinks of its certificate.
                : HandshakeFailure.reason(of: error, problem: nil)
        )
    }

    /// The channel is closed.
    func didEnd(_ id: ConnectionID) {
        guard let connection = connections[id] else { return }
        if connection.peer != nil {
            abandon(id, "it closed the connection")
        } else {
            abandon(id, HandshakeFailure.reason(of: nil, problem: connection.problem))
        }
    }

    /// Gives a connection up, whatever it is doing, and tells whom it concerns.
    func abandon(_ id: ConnectionID, _ reason: String) {
        guard let connection = connections.removeValue(forKey: id) else { return }
        unflushed.remove(id)
        connection.channel.close(promise: nil)
        logger.debug("Gave up", metadata: connection.metadata(reason))
        if connection.peer != nil {
            handle(.mesh(.closed(id, reason: reason)))
            return
        }
        counters.failedHandshakes += 1
        if connection.problem == .otherToken { counters.wrongTokens += 1 }
        refuse(connection.remote, reason)
        if connection.isOutbound { handle(.mesh(.dialFailed(connection.remote, reason: reason))) }
    }
}

// What is sent.
extension MeshTransport {
    /// Writes a message, to be flushed at the end of the round.
    func send(_ message: MeshMessage, on id: ConnectionID) {
        guard var connection = connections[id] else { return }
        var bytes: [UInt8] = []
        message.encode(into: &bytes)
        guard !bytes.isEmpty, bytes.count <= FrameDecoder.limit else {
            logger.error("Left out a message of \(bytes.count) bytes", metadata: connection.metadata("too large"))
            return
        }
        let frame = FrameDecoder.frame(bytes, allocator: connection.channel.allocator)
        let byteCount = frame.readableBytes
        connection.pendingByteCount += byteCount
        connections[id] = connection
        guard connection.pendingByteCount <= configuration.limits.pendingBytes else {
            counters.stalled += 1
            return abandon(id, "\(connection.pendingByteCount) bytes wait that it does not take")
        }
        counters.messagesSent += 1
        counters.bytesSent += byteCount
        unflushed.insert(id)
        connection.channel.write(frame).whenComplete { [weak self] _ in
            self?.assumeIsolated { $0.connections[id]?.pendingByteCount -= byteCount }
        }
    }

    /// Hands what was written to the kernel.
    func flush() {
        let ids = unflushed
        unflushed = []
        for id in ids { connections[id]?.channel.flush() }
    }

    /// Stops reading from all connections, or goes on.
    func pauseReading(_ isPaused: Bool) {
        guard isPaused != isReadingPaused else { return }
        isReadingPaused = isPaused
        for connection in connections.values where connection.peer != nil {
            connection.channel.setOption(.autoRead, value: !isPaused).whenFailure { _ in }
        }
    }
}
