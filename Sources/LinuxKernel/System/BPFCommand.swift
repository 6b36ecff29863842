/// The commands of bpf(2) that are used here, by their numbers in `enum bpf_cmd`.
enum BPFCommand: Int32 {
  case mapCreate = 0
  case mapLookup = 1
  case mapUpdate = 2
  case mapDelete = 3
  case mapNextKey = 4
  case programLoad = 5
  case pin = 6
  case openPin = 7
  case testRun = 10
  case programNextID = 11
  case mapNextID = 12
  case programByID = 13
  case mapByID = 14
  case info = 15
  case btfLoad = 18
  case typesByID = 19
  case mapTake = 21
  case mapFreeze = 22
  case mapLookupBatch = 24
  case mapTakeBatch = 25
  case mapUpdateBatch = 26
  case mapDeleteBatch = 27
  case linkCreate = 28
  case linkUpdate = 29
  case linkByID = 30
  case linkNextID = 31
  case statistics = 32
  case linkDetach = 34

  /// The C name, such as `BPF_MAP_CREATE`.
  var name: String {
    switch self {
    case .mapCreate: "BPF_MAP_CREATE"
    case .mapLookup: "BPF_MAP_LOOKUP_ELEM"
    case .mapUpdate: "BPF_MAP_UPDATE_ELEM"
    case .mapDelete: "BPF_MAP_DELETE_ELEM"
    case .mapNextKey: "BPF_MAP_GET_NEXT_KEY"
    case .programLoad: "BPF_PROG_LOAD"
    case .pin: "BPF_OBJ_PIN"
    case .openPin: "BPF_OBJ_GET"
    case .testRun: "BPF_PROG_TEST_RUN"
    case .programNextID: "BPF_PROG_GET_NEXT_ID"
    case .mapNextID: "BPF_MAP_GET_NEXT_ID"
    case .programByID: "BPF_PROG_GET_FD_BY_ID"
    case .mapByID: "BPF_MAP_GET_FD_BY_ID"
    case .info: "BPF_OBJ_GET_INFO_BY_FD"
    case .btfLoad: "BPF_BTF_LOAD"
    case .typesByID: "BPF_BTF_GET_FD_BY_ID"
    case .mapTake: "BPF_MAP_LOOKUP_AND_DELETE_ELEM"
    case .mapFreeze: "BPF_MAP_FREEZE"
    case .mapLookupBatch: "BPF_MAP_LOOKUP_BATCH"
    case .mapTakeBatch: "BPF_MAP_LOOKUP_AND_DELETE_BATCH"
    case .mapUpdateBatch: "BPF_MAP_UPDATE_BATCH"
    case .mapDeleteBatch: "BPF_MAP_DELETE_BATCH"
    case .linkCreate: "BPF_LINK_CREATE"
    case .linkUpdate: "BPF_LINK_UPDATE"
    case .linkByID: "BPF_LINK_GET_FD_BY_ID"
    case .linkNextID: "BPF_LINK_GET_NEXT_ID"
    case .statistics: "BPF_ENABLE_STATS"
    case .linkDetach: "BPF_LINK_DETACH"
    }
  }
}
