/// What a rule decides about a packet.
public enum Verdict: Sendable, Hashable {
    /// It passes this hook's chain (`NF_ACCEPT`).
    case accept
    /// It is discarded (`NF_DROP`).
    case drop
    /// On with the next rule (`NFT_CONTINUE`).
    case `continue`
    /// Back to the rule after the jump (`NFT_RETURN`).
    case `return`
    /// Into that chain, and back at its end (`NFT_JUMP`).
    case jump(String)
    /// Into that chain; at its end, to where this chain was jumped to from (`NFT_GOTO`).
    case goto(String)

    /// The chain it leads to.
    public var chain: String? {
        switch self {
        case .jump(let chain), .goto(let chain): chain
        case .accept, .drop, .continue, .return: nil
        }
    }
}

extension Verdict: CustomStringConvertible {
    /// As `nft` writes it.
    public var description: String {
        switch self {
        case .accept: "accept"
        case .drop: "drop"
        case .continue: "continue"
        case .return: "return"
        case .jump(let chain): "jump \(chain)"
        case .goto(let chain): "goto \(chain)"
        }
    }
}
