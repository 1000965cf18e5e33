import Addressing
import NFTables
import Testing

@Suite struct RegisterValueTests {
    @Test func `fields of a concatenation are padded to four bytes each`() {
        var key = RegisterValue(.v4(0x0a00_0001))
        key.append(.udp)
        key.append(networkOrder: 0x1f90)
        key.append(hostOrder: 3)
        let slot: [UInt8] = UInt32(1).littleEndian == 1 ? [3, 0, 0, 0] : [0, 0, 0, 3]
        #expect(key.bytes == [10, 0, 0, 1, 17, 0, 0, 0, 0x1f, 0x90, 0, 0] + slot)
    }

    @Test func `a field alone is not padded`() {
        #expect(RegisterValue(networkOrder: 80).bytes == [0, 80])
        #expect(RegisterValue(6).bytes == [6])
        #expect(RegisterValue(.v6(high: 0xfd00 << 48, low: 1)).bytes == [0xfd] + [UInt8](repeating: 0, count: 14) + [1])
    }

    @Test func `a field after one that is alone begins at a multiple of four`() {
        var key = RegisterValue(networkOrder: 80)
        key.append(.tcp)
        #expect(key.bytes == [0, 80, 0, 0, 6, 0, 0, 0])
    }

    @Test func `values of the same bytes are equal however they were made`() {
        var appended = RegisterValue(.v4(0x0102_0304))
        appended.append(networkOrder: 0x0506)
        let whole: RegisterValue = [1, 2, 3, 4, 5, 6, 0, 0]
        #expect(appended == whole)
        #expect(appended.hashValue == whole.hashValue)
        #expect(whole != [1, 2, 3, 4, 5, 6])
    }

    @Test func `order is that of the bytes`() {
        #expect(RegisterValue(.v4(0x0a00_00ff)) < RegisterValue(.v4(0x0a00_0100)))
        #expect(RegisterValue(.v6(high: 1, low: 0)) < RegisterValue(.v6(high: 1, low: 1)))
        let (shorter, longer): (RegisterValue, RegisterValue) = ([1, 2], [1, 2, 0])
        #expect(shorter < longer)
    }

    @Test func `more than 64 bytes are no value`() {
        #expect(RegisterValue(bytes: [UInt8](repeating: 1, count: 64))?.byteCount == 64)
        #expect(RegisterValue(bytes: [UInt8](repeating: 1, count: 65)) == nil)
    }

    @Test func `an appended value takes fields of its own`() {
        var key = RegisterValue(networkOrder: 80)
        key.append([1, 2, 3, 4, 5] as RegisterValue)
        #expect(key.bytes == [0, 80, 0, 0, 1, 2, 3, 4, 5, 0, 0, 0])
    }
}

@Suite struct RegisterTests {
    @Test func `two numbers of one register are one value, which the kernel prints`() {
        for index in 0..<16 {
            let register = Register.word(index)
            #expect(Register(kernelNumber: UInt32(8 + index)) == register)
            #expect(register.wordIndex == index)
            #expect(Register(kernelNumber: register.kernelNumber) == register)
        }
        #expect(Register.word(4).kernelNumber == 2)
        #expect(Register.word(5).kernelNumber == 13)
        #expect(Register(kernelNumber: 0) == .verdict)
        #expect(Register(kernelNumber: 5) == nil)
        #expect(Register(kernelNumber: 24) == nil)
    }
}

@Suite struct ElementTests {
    @Test func `an interval is its first address and the first after it`() throws {
        let elements = Element.interval(try #require(IPPrefix("10.1.0.0/16")))
        #expect(elements.map(\.key) == [[10, 1, 0, 0], [10, 2, 0, 0]])
        #expect(elements.map(\.isIntervalEnd) == [false, true])
    }

    @Test func `an interval up to the last address has no end`() throws {
        #expect(Element.interval(try #require(IPPrefix("0.0.0.0/0"))).count == 1)
        #expect(Element.interval(try #require(IPPrefix("ff00::/8"))).count == 1)
        #expect(Element.interval(try #require(IPPrefix("fe00::/8"))).last?.key.bytes.first == 0xff)
    }

    @Test func `times are whole milliseconds, and a positive one is never none`() {
        #expect(Element([1], timeout: .seconds(3)).timeout == .milliseconds(3000))
        #expect(Element([1], timeout: .nanoseconds(1)).timeout == .milliseconds(1))
        #expect(Element([1], timeout: .zero).timeout == nil)
        #expect(Element([1], timeout: .seconds(-3)).timeout == nil)
        #expect(Element([1], timeout: .seconds(Int64.max)).timeout != nil)
    }
}
