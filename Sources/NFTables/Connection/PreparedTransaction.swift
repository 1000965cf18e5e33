package import Netlink

/// A transaction as the bytes of its batch, made beforehand: to send it again and again, and to learn what the kernel
/// alone takes.
package final class PreparedTransaction {
    private let batch: TransactionEncoder

    /// Encodes a transaction that is not empty; it holds in any generation.
    package init(_ transaction: Transaction) throws(TransactionError) {
        var batch = TransactionEncoder(firstSequence: 1, capacity: transaction.byteEstimate + 256)
        do throws(TransactionEncoder.Failure) {
            try batch.encode(transaction, generation: nil)
        } catch {
            throw .rejected(
                .init(
                    operationIndex: error.operation,
                    elementIndex: error.error.elementIndex,
                    object: transaction.operations[error.operation].summary,
                    errno: error.error.errno,
                    message: error.error.message
                ),
                following: []
            )
        }
        self.batch = batch
    }

    /// Size of the batch.
    package var byteCount: Int { batch.buffer.byteCount }

    /// Sends the batch over a socket of netfilter whose send buffer holds it, and waits for the kernel's answer.
    ///
    /// - Throws: The first refusal.
    package func commit(over socket: inout NetlinkSocket) throws(NetlinkError) {
        let reply = try unsafe batch.buffer.withUnsafeBytes { bytes throws(NetlinkError) in
            try unsafe socket.exchange("commit a prepared transaction", bytes, sequences: batch.sequences)
        }
        guard let failure = reply.failures.first else { return }
        throw NetlinkError(
            operation: "commit a prepared transaction",
            errno: failure.errno,
            message: failure.message,
            offset: failure.offset
        )
    }
}
