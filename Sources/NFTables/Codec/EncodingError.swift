internal import Glibc

/// Why an operation cannot be written as a message.
enum EncodingError: Error, Equatable {
    /// libnftnl could not allocate.
    case outOfMemory
    /// The operation says what no message can; the text says what, and the remedy.
    case invalid(String)
    /// As for one of the operation's elements.
    case invalidElement(Int, String)

    /// The error number that stands for it.
    var errno: Int32 {
        switch self {
        case .outOfMemory: ENOMEM
        case .invalid, .invalidElement: EINVAL
        }
    }

    /// What is wrong.
    var message: String? {
        switch self {
        case .outOfMemory: nil
        case .invalid(let text), .invalidElement(_, let text): text
        }
    }

    /// Index of the element at fault.
    var elementIndex: Int? {
        if case .invalidElement(let index, _) = self { index } else { nil }
    }
}

/// Checks of what goes into messages, before it does.
enum Check {
    /// A name of an object: the kernel takes 1 to 255 bytes.
    static func name(_ name: String, of kind: String) throws(EncodingError) {
        guard (1...255).contains(name.utf8.count), !name.utf8.contains(0) else {
            throw .invalid(
                "the name of a \(kind) has 1 to 255 bytes, none of them zero; this one has \(name.utf8.count)"
            )
        }
    }

    /// A comment that `nft` can print.
    static func comment(_ comment: String?) throws(EncodingError) {
        guard let comment else { return }
        guard isComment(comment) else { throw .invalid(commentRule(comment)) }
    }

    static func isComment(_ comment: String) -> Bool {
        comment.utf8.count <= UserData.maximumCommentByteCount && !comment.utf8.contains(0)
    }

    static func commentRule(_ comment: String) -> String {
        "a comment has at most \(UserData.maximumCommentByteCount) bytes, none of them zero; this one has "
            + "\(comment.utf8.count)"
    }
}
