/// The commands of bpf(2) that are used here, by their numbers in `enum bpf_cmd`.
enum BPFCommand: Int32 {
  case mapCreate = 0
  case mapLookup = 1
  case mapUpdate = 2
  case mapDelete = 3
  case mapNextKey = 4
  case programLoad = 5
  case testRun = 10
  case programByID = 13
  case mapByID = 14
  case info = 15
  case btfLoad = 18
  case mapTake = 21
  case mapFreeze = 22
  case mapLookupBatch = 24
  case mapTakeBatch = 25
  case mapUpdateBatch = 26
  case mapDeleteBatch = 27

  /// The C name, such as `BPF_MAP_CREATE`.
  var name: String {
    switch self {
    case .mapCreate: "BPF_MAP_CREATE"
    case .mapLookup: "BPF_MAP_LOOKUP_ELEM"
    case .mapUpdate: "BPF_MAP_UPDATE_ELEM"
    case .mapDelete: "BPF_MAP_DELETE_ELEM"
    case .mapNextKey: "BPF_MAP_GET_NEXT_KEY"
    case .programLoad: "BPF_PROG_LOAD"
    case .testRun: "BPF_PROG_TEST_RUN"
    case .programByID: "BPF_PROG_GET_FD_BY_ID"
    case .mapByID: "BPF_MAP_GET_FD_BY_ID"
    case .info: "BPF_OBJ_GET_INFO_BY_FD"
    case .btfLoad: "BPF_BTF_LOAD"
    case .mapTake: "BPF_MAP_LOOKUP_AND_DELETE_ELEM"
    case .mapFreeze: "BPF_MAP_FREEZE"
    case .mapLookupBatch: "BPF_MAP_LOOKUP_BATCH"
    case .mapTakeBatch: "BPF_MAP_LOOKUP_AND_DELETE_BATCH"
    case .mapUpdateBatch: "BPF_MAP_UPDATE_BATCH"
    case .mapDeleteBatch: "BPF_MAP_DELETE_BATCH"
    }
  }
}
