internal import Addressing
internal import CNetfilter

extension Verdict {
    /// The kernel's number: `NF_DROP`, `NF_ACCEPT`, or one of `enum nft_verdicts`, which are negative.
    var code: Int32 {
        switch self {
        case .accept: NF_ACCEPT
        case .drop: NF_DROP
        case .continue: NFT_CONTINUE.rawValue
        case .return: NFT_RETURN.rawValue
        case .jump: NFT_JUMP.rawValue
        case .goto: NFT_GOTO.rawValue
        }
    }

    /// The verdict of that number; nil for one that rules cannot give, or where its chain is missing.
    init?(code: Int32, chain: String?) {
        switch (code, chain) {
        case (NF_ACCEPT, _): self = .accept
        case (NF_DROP, _): self = .drop
        case (NFT_CONTINUE.rawValue, _): self = .continue
        case (NFT_RETURN.rawValue, _): self = .return
        case (NFT_JUMP.rawValue, .some(let chain)): self = .jump(chain)
        case (NFT_GOTO.rawValue, .some(let chain)): self = .goto(chain)
        default: return nil
        }
    }
}

extension IPFamily {
    /// The family of a `NFPROTO_*` number.
    init?(kernelNumber number: UInt32) {
        switch number {
        case UInt32(TableFamily.ip.rawValue): self = .ipv4
        case UInt32(TableFamily.ip6.rawValue): self = .ipv6
        default: return nil
        }
    }
}
