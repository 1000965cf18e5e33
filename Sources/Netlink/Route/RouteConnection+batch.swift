import Glibc

extension RouteConnection {
    /// Makes one change.
    public func perform(_ request: RouteRequest) throws(NetlinkError) {
        var message = MessageWriter()
        request.encode(into: &message)
        try socket.request(request.description, message)
    }

    /// Makes many changes, one after the other, with a system call for a few hundred of them.
    ///
    /// The kernel goes on after one that it refuses.
    ///
    /// - Returns: For each request why it was refused, or nil.
    /// - Throws: Where the kernel could not be asked, or its answers were lost: some of the changes may be made then.
    public func perform(_ requests: [RouteRequest]) throws(NetlinkError) -> [NetlinkError?] {
        var outcomes: [NetlinkError?] = []
        outcomes.reserveCapacity(requests.count)
        if requests.count > 1, !hasRoomForAnswers {
            try socket.setBuffers(receive: Self.answerByteCount * Self.batchLimit)
            hasRoomForAnswers = true
        }
        var rest = requests[...]
        while !rest.isEmpty {
            outcomes += try exchange(rest.prefix(Self.batchLimit))
            rest = rest.dropFirst(Self.batchLimit)
        }
        return outcomes
    }

    /// Most requests of one datagram: it must fit the socket's send buffer, 212,992 bytes unless the system says otherwise,
    /// and the largest message, of a link, has less than 400.
    private static var batchLimit: Int { 256 }
    /// What the kernel counts against the receive buffer for one answer: `struct sk_buff` and a page's half.
    private static var answerByteCount: Int { 4096 }

    /// Sends one datagram and sorts the answers by request.
    private func exchange(_ requests: ArraySlice<RouteRequest>) throws(NetlinkError) -> [NetlinkError?] {
        let sequences = socket.nextSequences(count: requests.count)
        var writer = MessageWriter(capacity: 128 * requests.count)
        for (offset, request) in requests.enumerated() {
            request.encode(into: &writer, sequence: sequences.lowerBound + UInt32(offset), acknowledged: true)
        }
        let operation = "\(requests.count) changes, the first: \(requests.first.map(\.description) ?? "none")"
        let reply = try unsafe writer.withUnsafeBytes { bytes throws(NetlinkError) in
            // In bounds: the writer's own bytes, which live during the call.
            unsafe try socket.exchange(operation, bytes, sequences: sequences)
        }
        let answered = reply.acknowledged.count + reply.failures.count
        guard !reply.isIncomplete, answered == requests.count else {
            throw NetlinkError(
                operation: operation,
                errno: ENOBUFS,
                message: "of \(requests.count) answers only \(answered) came"
            )
        }
        var outcomes = [NetlinkError?](repeating: nil, count: requests.count)
        for failure in reply.failures {
            let offset = Int(failure.sequence &- sequences.lowerBound)
            guard outcomes.indices.contains(offset) else { continue }
            outcomes[offset] = failure.failure(of: requests[requests.startIndex + offset].description)
        }
        return outcomes
    }
}
