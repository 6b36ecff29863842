/// `struct xdp_md` as test runs exchange it: `data` and `data_end` count bytes from the start of the metadata.
struct XDPMetadataWords {
  static let byteCount = 24
  var data: UInt32
  var dataEnd: UInt32
  var ingressIfindex: UInt32
  var rxQueueIndex: UInt32

  init(data: UInt32, dataEnd: UInt32, ingressIfindex: UInt32, rxQueueIndex: UInt32) {
    self.data = data
    self.dataEnd = dataEnd
    self.ingressIfindex = ingressIfindex
    self.rxQueueIndex = rxQueueIndex
  }

  init(bytes: [UInt8]) {
    self.init(
      data: bytes.word(at: 0),
      dataEnd: bytes.word(at: 4),
      ingressIfindex: bytes.word(at: 12),
      rxQueueIndex: bytes.word(at: 16)
    )
  }

  var bytes: [UInt8] {
    [UInt8](repeating: 0, count: Self.byteCount)
      .replacingWord(at: 0, with: data)
      .replacingWord(at: 4, with: dataEnd)
      .replacingWord(at: 12, with: ingressIfindex)
      .replacingWord(at: 16, with: rxQueueIndex)
  }
}
