internal import CNetfilter

/// A borrowed `struct nftnl_expr`: typed access to the attributes of one instruction.
///
/// Valid while the rule that owns the instruction is; attribute numbers are libnftnl's `NFTNL_EXPR_*`.
@safe struct ExpressionHandle {
    /// Owned by a ``RuleHandle``, which outlives every use of this.
    private let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) { unsafe self.pointer = pointer }

    func set(_ attribute: Int, _ value: UInt32) {
        unsafe nftnl_expr_set_u32(pointer, UInt16(attribute), value)
    }

    func set(_ attribute: Int, _ value: UInt8) {
        unsafe nftnl_expr_set_u8(pointer, UInt16(attribute), value)
    }

    func set(_ attribute: Int, _ value: UInt64) {
        unsafe nftnl_expr_set_u64(pointer, UInt16(attribute), value)
    }

    func set(_ attribute: Int, _ value: Register) { set(attribute, value.kernelNumber) }

    func set(_ attribute: Int, _ value: String) {
        // libnftnl copies the string.
        _ = unsafe nftnl_expr_set_str(pointer, UInt16(attribute), value)
    }

    func set(_ attribute: Int, _ value: RegisterValue) {
        // libnftnl copies the bytes, at most the 64 that fit its own buffer.
        _ = unsafe value.withBytes {
            unsafe nftnl_expr_set(pointer, UInt16(attribute), $0.baseAddress, UInt32($0.count))
        }
    }

    /// The instruction's name: `payload`, `meta`…
    var name: String { string(NFTNL_EXPR_NAME) ?? "" }

    func has(_ attribute: Int) -> Bool { unsafe nftnl_expr_is_set(pointer, UInt16(attribute)) }

    func uint32(_ attribute: Int) -> UInt32? {
        has(attribute) ? unsafe nftnl_expr_get_u32(pointer, UInt16(attribute)) : nil
    }

    func uint8(_ attribute: Int) -> UInt8? {
        has(attribute) ? unsafe nftnl_expr_get_u8(pointer, UInt16(attribute)) : nil
    }

    func uint64(_ attribute: Int) -> UInt64? {
        has(attribute) ? unsafe nftnl_expr_get_u64(pointer, UInt16(attribute)) : nil
    }

    func register(_ attribute: Int) -> Register? {
        uint32(attribute).flatMap { Register(kernelNumber: $0) }
    }

    func string(_ attribute: Int) -> String? {
        // A C string that libnftnl keeps with the instruction.
        guard has(attribute), let text = unsafe nftnl_expr_get_str(pointer, UInt16(attribute)) else { return nil }
        return unsafe String(cString: text)
    }

    func value(_ attribute: Int) -> RegisterValue? {
        var count: UInt32 = 0
        guard has(attribute), let bytes = unsafe nftnl_expr_get(pointer, UInt16(attribute), &count) else { return nil }
        // libnftnl says how many bytes it keeps there.
        return unsafe RegisterValue(copying: UnsafeRawBufferPointer(start: bytes, count: Int(count)).bytes)
    }
}

/// How one kind of instruction becomes libnftnl's attributes, and is read from them.
protocol ExpressionCodec {
    /// The kernel's name of the instruction.
    static var kernelName: String { get }

    /// Sets the attributes.
    func encode(into handle: ExpressionHandle)

    /// Reads the attributes; nil where they say what this library has no value for.
    init?(_ handle: ExpressionHandle)
}
