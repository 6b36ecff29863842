import BTF
import Testing

@Suite struct `BTF parsing` {
  @Test(.enabled(if: TestBytes.kernel != nil))
  func `the running kernel's types survive a round trip`() throws {
    let bytes = try #require(TestBytes.kernel)
    let btf = try BTF(bytes)
    #expect(btf.types.count > 10_000)
    let id = try #require(btf.find(named: "sk_buff", kind: .structure))
    #expect(btf[id].composite?.members.isEmpty == false)
    let encoded = try btf.encoded()
    #expect(try BTF(encoded) == btf)
  }
}
