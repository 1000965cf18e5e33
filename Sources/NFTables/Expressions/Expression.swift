/// One instruction of a rule's program, as the kernel has it.
///
/// Each case's value says what the kernel's attributes say. A new instruction is a new file beside this one with its
/// value and its codec, a case here, and a row in `Expression+codec.swift`.
public enum Expression: Sendable, Hashable {
    /// Bytes of the packet into registers.
    case payload(Payload)
    /// A fact about the packet into a register, or a register into the packet's mark.
    case meta(Meta)
    /// A fact about the packet's connection into a register, or a register into the connection's mark.
    case conntrack(Conntrack)
    /// Goes on only if a register compares with a constant.
    case compare(Compare)
    /// Goes on only if a register lies in, or out of, a range.
    case range(Range)
    /// Registers masked and flipped by constants.
    case bitwise(Bitwise)
    /// A look-up in a set or map.
    case lookup(Lookup)
    /// A constant into registers, or a verdict.
    case immediate(Immediate)
    /// Translation of source or destination.
    case nat(NAT)
    /// Translation of the source to the address of the outgoing interface.
    case masquerade(Masquerade)
    /// Refusal that tells the sender.
    case reject(Reject)
    /// A random or rotating number into a register.
    case numberGenerator(NumberGenerator)
    /// A hash of registers into a register.
    case hash(Hash)
    /// What the routing table says of the packet's addresses.
    case fib(FIB)
    /// Adds, updates or deletes an element of a set.
    case dynamicSet(DynamicSet)
    /// Keeps the packet out of connection tracking.
    case noTrack(NoTrack)
    /// Counts packets and bytes.
    case counter(Counter)
    /// Goes on only below, or above, a rate.
    case limit(Limit)
    /// An instruction that this library only knows by name; read from rules of others, never written.
    case unknown(name: String)
}
