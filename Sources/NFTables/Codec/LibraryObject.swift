internal import CNetfilter

/// An object of libnftnl that is owned here: a table, chain, rule or set, made to be written as a message or read
/// from one.
protocol LibraryObject: ~Copyable {
    /// Appends the object's attributes to a message, which has room for them, and adds to its length.
    func write(to message: UnsafeMutablePointer<nlmsghdr>)

    /// Reads a message that is complete in memory; false where libnftnl cannot.
    func read(_ message: UnsafePointer<nlmsghdr>) -> Bool
}

/// An owned `struct nftnl_table`.
@safe struct TableHandle: ~Copyable, LibraryObject {
    let pointer: OpaquePointer

    init() throws(EncodingError) {
        guard let pointer = unsafe nftnl_table_alloc() else { throw .outOfMemory }
        unsafe self.pointer = pointer
    }

    deinit { unsafe nftnl_table_free(pointer) }

    func write(to message: UnsafeMutablePointer<nlmsghdr>) {
        unsafe nftnl_table_nlmsg_build_payload(message, pointer)
    }

    func read(_ message: UnsafePointer<nlmsghdr>) -> Bool {
        unsafe nftnl_table_nlmsg_parse(message, pointer) == 0
    }
}

/// An owned `struct nftnl_chain`.
@safe struct ChainHandle: ~Copyable, LibraryObject {
    let pointer: OpaquePointer

    init() throws(EncodingError) {
        guard let pointer = unsafe nftnl_chain_alloc() else { throw .outOfMemory }
        unsafe self.pointer = pointer
    }

    deinit { unsafe nftnl_chain_free(pointer) }

    func write(to message: UnsafeMutablePointer<nlmsghdr>) {
        unsafe nftnl_chain_nlmsg_build_payload(message, pointer)
    }

    func read(_ message: UnsafePointer<nlmsghdr>) -> Bool {
        unsafe nftnl_chain_nlmsg_parse(message, pointer) == 0
    }
}

/// An owned `struct nftnl_rule` with its instructions.
@safe struct RuleHandle: ~Copyable, LibraryObject {
    let pointer: OpaquePointer

    init() throws(EncodingError) {
        guard let pointer = unsafe nftnl_rule_alloc() else { throw .outOfMemory }
        unsafe self.pointer = pointer
    }

    deinit { unsafe nftnl_rule_free(pointer) }

    func write(to message: UnsafeMutablePointer<nlmsghdr>) {
        unsafe nftnl_rule_nlmsg_build_payload(message, pointer)
    }

    func read(_ message: UnsafePointer<nlmsghdr>) -> Bool {
        unsafe nftnl_rule_nlmsg_parse(message, pointer) == 0
    }
}

/// An owned `struct nftnl_set`, without elements.
@safe struct SetHandle: ~Copyable, LibraryObject {
    let pointer: OpaquePointer

    init() throws(EncodingError) {
        guard let pointer = unsafe nftnl_set_alloc() else { throw .outOfMemory }
        unsafe self.pointer = pointer
    }

    deinit { unsafe nftnl_set_free(pointer) }

    func write(to message: UnsafeMutablePointer<nlmsghdr>) {
        unsafe nftnl_set_nlmsg_build_payload(message, pointer)
    }

    func read(_ message: UnsafePointer<nlmsghdr>) -> Bool {
        unsafe nftnl_set_nlmsg_parse(message, pointer) == 0
    }
}
