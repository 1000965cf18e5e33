internal import Glibc

/// What an error number means when nftables answers it.
struct NFTablesErrno: CustomStringConvertible {
    let errno: Int32

    init(_ errno: Int32) { self.errno = errno }

    /// The number's name, what it means here and, where one is known, the remedy.
    var description: String {
        switch errno {
        case ENOENT: "ENOENT, it or something that it names does not exist"
        case EEXIST: "EEXIST, it exists with another definition or value; delete it in the same transaction"
        case EBUSY: "EBUSY, it is still in use; delete first what leads to it"
        case ENFILE: "ENFILE, the set is full; make it with a larger size"
        case EINVAL: "EINVAL, the kernel does not accept its definition"
        case EOPNOTSUPP: "EOPNOTSUPP, the kernel does not support it there, or lacks the module"
        case EPERM: "EPERM, it needs CAP_NET_ADMIN in the network namespace, or the table has another owner"
        case EMLINK: "EMLINK, chains lead to chains more than 16 deep, or in a circle"
        case ELOOP: "ELOOP, chains lead to each other in a circle"
        case EMSGSIZE: "EMSGSIZE, the transaction is larger than the socket's send buffer; split it"
        case ENOMEM: "ENOMEM, the kernel has no memory for it"
        case ENOBUFS: "ENOBUFS, the kernel's answers did not fit the socket's receive buffer"
        default: unsafe "errno \(errno), \(String(cString: strerror(errno)))"
        }
    }
}
