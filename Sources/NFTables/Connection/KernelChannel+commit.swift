internal import CNetfilter
internal import Glibc
internal import Netlink

extension KernelChannel {
    /// Commits a transaction that is not empty.
    mutating func commit(_ transaction: Transaction, generation: UInt32?) throws(TransactionError) {
        guard transaction.byteEstimate <= NFTablesConnection.maximumByteCount else {
            throw .rejected(Self.tooLarge(transaction.byteEstimate), following: [])
        }
        let reserved = socket.nextSequences(count: TransactionEncoder.messageCount(of: transaction))
        var batch = TransactionEncoder(
            firstSequence: reserved.lowerBound,
            capacity: transaction.byteEstimate + 256
        )
        do throws(TransactionEncoder.Failure) {
            try batch.encode(transaction, generation: generation)
        } catch {
            var names = ObjectNames(of: transaction)
            throw .rejected(refusal(of: error, &names), following: [])
        }
        let reply = try exchange(batch)
        guard let first = reply.failures.first else {
            guard !reply.acknowledged.isEmpty else {
                throw .transport(NetlinkError(operation: "commit: the acknowledgement was lost", errno: ENOBUFS))
            }
            return
        }
        // The batch's begin stands for the transaction as a whole.
        if first.sequence == batch.firstSequence, first.errno == ERESTART { throw .generationChanged }
        var names = ObjectNames(of: transaction)
        var rejections = reply.failures.map { rejection($0, batch, &names) }
        let foremost = rejections.removeFirst()
        throw .rejected(foremost, following: rejections)
    }

    private mutating func exchange(_ batch: borrowing TransactionEncoder) throws(TransactionError) -> BatchReply {
        let sequences = batch.sequences
        do throws(NetlinkError) {
            return try unsafe batch.buffer.withUnsafeBytes { bytes throws(NetlinkError) in
                try unsafe socket.exchange("commit a transaction of \(bytes.count) bytes", bytes, sequences: sequences)
            }
        } catch {
            throw .transport(error)
        }
    }

    private mutating func rejection(
        _ failure: Acknowledgement,
        _ batch: borrowing TransactionEncoder,
        _ names: inout ObjectNames
    ) -> TransactionError.Rejection {
        guard let origin = batch.origin(sequence: failure.sequence) else {
            return .init(
                operationIndex: nil,
                object: "transaction",
                errno: failure.errno,
                message: failure.message
            )
        }
        let element = batch.elementIndex(at: failure.offset, of: origin)
        return .init(
            operationIndex: origin.operation,
            elementIndex: element,
            object: names.name(operation: origin.operation, elementIndex: element) { set($0, in: $1) },
            errno: failure.errno,
            message: failure.message
        )
    }

    private mutating func refusal(
        of failure: TransactionEncoder.Failure,
        _ names: inout ObjectNames
    ) -> TransactionError.Rejection {
        .init(
            operationIndex: failure.operation,
            elementIndex: failure.error.elementIndex,
            object: names.name(
                operation: failure.operation,
                elementIndex: failure.error.elementIndex,
                present: { set($0, in: $1) }
            ),
            errno: failure.error.errno,
            message: failure.error.message
        )
    }

    private static func tooLarge(_ byteCount: Int) -> TransactionError.Rejection {
        .init(
            operationIndex: nil,
            object: "transaction of about \(byteCount) bytes",
            errno: EMSGSIZE,
            message: "at most \(NFTablesConnection.maximumByteCount) bytes"
        )
    }

    /// A set that the kernel has; nil where it cannot be read.
    private mutating func set(_ name: String, in table: TableID) -> NamedSet? {
        try? sets(of: table)?.first { $0.name == name }
    }
}
