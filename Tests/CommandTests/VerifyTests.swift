import Foundation
import JSON
import TestSupport
import Testing

#if canImport(FoundationXML)
import FoundationXML
#endif

@Suite struct `xdp verify` {
  private static let object = "Tests/Fixtures/verify.o"

  /// A text without the figures that time and better proofs change.
  private static func steady(_ text: String) -> String {
    text.replacing(/[0-9]+ processed/) { _ in "… processed" }
      .replacing(/[0-9.]+ (µs|ms|s)\b/) { _ in "… µs" }
      .replacing(/[0-9]+ states?,/) { _ in "… states," }
      .replacing(/"(processed|states|microseconds)": [0-9]+/) { "\"\($0.output.1)\": 0" }
  }

  /// The document of one program.
  private static func document(_ arguments: String...) async throws -> JSONObject {
    let call = try await Invocation.xdp(["verify", object, "--json"] + arguments)
    guard case .object(let document) = try JSONParser.parse(call.output) else {
      Issue.record("no object: \(call.output)\(call.messages)")
      return [:]
    }
    return document
  }

  @Test func `explains what it refuses as a compiler would`() async throws {
    let call = try await Invocation.xdp("verify", Self.object)
    #expect(call.exitCode == 1)
    #expect(call.messages.isEmpty)
    try Golden.expect(Self.steady(call.output), "verify.txt")
  }

  @Test func `prints its documents, one a program`() async throws {
    let call = try await Invocation.xdp("verify", Self.object, "--json")
    #expect(call.exitCode == 1)
    #expect(call.messages.isEmpty)
    try Golden.expect(Self.steady(call.output), "verify.json")
  }

  @Test func `accepts a safe program`() async throws {
    let call = try await Invocation.xdp("verify", Self.object, "--program", "careful")
    #expect(call.exitCode == 0)
    #expect(call.messages.isEmpty)
    #expect(Self.steady(call.output) == "careful: accepted: 18 instructions, … processed, … states, … µs\n")
  }

  @Test func `prints one document where there is one program`() async throws {
    let document = try await Self.document("--program", "careful")
    #expect(
      document.members.map(\.name) == [
        "program", "accepted", "linux", "warnings", "instructions", "processed", "states", "microseconds",
        "rejection", "kernel",
      ]
    )
    #expect(document["accepted"] == true)
    #expect(document["rejection"] == .null)
    guard case .integer(let processed)? = document["processed"],
      case .integer(let time)? = document["microseconds"]
    else {
      Issue.record("no figures: \(document)")
      return
    }
    #expect(processed >= 18 && time >= 0)
  }

  @Test func `names the slot where the object has no lines`() async throws {
    let call = try await Invocation.shell(
      """
      folder=$(mktemp -d); printf 'int f(unsigned *ctx) __attribute__((section("xdp")));
      int f(unsigned *ctx) { return *(int *)(unsigned long)*ctx; }' > $folder/f.c
      clang -O2 -target bpf -c $folder/f.c -o $folder/f.o; "$XDP" verify $folder/f.o; code=$?
      rm -r $folder; exit $code
      """
    )
    #expect(call.exitCode == 1)
    #expect(call.output.hasPrefix("f: slot 1: error: "), "\(call.output)\(call.messages)")
    #expect(call.output.contains("\n 1: r0 = *(u32 *)(r1 +0)\n"))
  }

  @Test func `keeps the caret below its column where the source has tabs`() async throws {
    let call = try await Invocation.shell(
      """
      folder=$(mktemp -d); printf 'int f(unsigned *ctx) __attribute__((section("xdp")));
      int f(unsigned *ctx) {\\n\\treturn *(int *)(unsigned long)*ctx;\\n}\\n' > $folder/f.c
      "$XDP" verify $folder/f.c; code=$?; rm -r $folder; exit $code
      """
    )
    #expect(call.exitCode == 1)
    let excerpt = " 3 | \treturn *(int *)(unsigned long)*ctx;\n   | \t       ^\n"
    #expect(call.output.contains(excerpt), "\(call.output)")
  }

  @Test(arguments: [
    (["nope.o"], "cannot read the program 'nope.o'"),
    ([object, "--program", "nope"], "nope"),
    ([object, "--kernel-btf", "README.md"], "--kernel-btf README.md"),
    ([object, "--nope"], "--nope"),
    ([object, "--kernel-version", "4.2"], "is no version from 5.10 to 6.18"),
  ])
  func `refuses what is no program with exit code 2`(arguments: [String], hint: String) async throws {
    let call = try await Invocation.xdp(["verify"] + arguments)
    #expect(call.exitCode == 2)
    #expect(call.messages.contains(hint))
    #expect(call.output.isEmpty)
  }

  @Test func `leaves out programs of other kinds, and says so`() async throws {
    let call = try await Invocation.shell(
      """
      folder=$(mktemp -d); printf 'int f(void *ctx) __attribute__((section("xdp")));
      int f(void *ctx) { return 2; }\\nint g(void *ctx) __attribute__((section("tc")));
      int g(void *ctx) { return 0; }' > $folder/f.c
      "$XDP" verify $folder/f.c --json; echo " exit $?"; "$XDP" verify $folder/f.c --program g; echo "exit $?"
      rm -r $folder
      """
    )
    #expect(call.output.contains(#""program": "f""#) && call.output.contains(" exit 0\n"))
    #expect(call.messages.contains("'g' is a tc program and is not verified"))
    #expect(
      call.messages.contains("'g' is a tc program by its section 'tc': only XDP programs can be verified")
    )
    #expect(call.output.hasSuffix("exit 2\n"))
  }

  @Test func `says that the kernel refuses to be asked with exit code 3`() async throws {
    let call = try await Invocation.shell(
      """
      if [ "$(id -u)" = 0 ]; then drop="setpriv --bounding-set=-all --inh-caps=-all"; fi
      $drop "$XDP" verify \(Self.object) --kernel
      """
    )
    #expect(call.exitCode == 3, "\(call.output)\(call.messages)")
    #expect(call.messages.contains("--kernel: programs cannot be loaded here: "))
    #expect(call.output.isEmpty)
  }
}

@Suite(KernelAccess.required) struct `xdp verify --kernel` {
  @Test(arguments: [
    ("careful", true, ""), ("packet_bounds", false, "R2 offset is outside of the packet"),
    ("null_check", false, "R0 invalid mem access 'map_value_or_null'"), ("no_verdict", false, "R0 !read_ok"),
  ])
  func `shows both verdicts`(program: String, isAccepted: Bool, reason: String) async throws {
    let arguments = ["verify", "Tests/Fixtures/verify.o", "--program", program, "--kernel"]
    let call = try await Invocation.xdp(arguments)
    let verdict = isAccepted ? "accepted" : "refused"
    #expect(call.exitCode == (isAccepted ? 0 : 1))
    #expect(
      call.output.contains(
        try Regex(
          "(?m)^\(program): \(verdict).*: .*s\nkernel: \(verdict): [0-9]+ processed, [0-9.]+ [µm]s$"
        )
      )
    )
    #expect(call.output.contains("\n  \(reason)\n") == !isAccepted)
    #expect(!call.output.contains("differ"))
  }

  @Test(arguments: [("careful", true), ("packet_bounds", false)])
  func `puts the kernel's into the document`(program: String, isAccepted: Bool) async throws {
    let call = try await Invocation.xdp(
      ["verify", "Tests/Fixtures/verify.o", "--program", program, "--kernel", "--json"]
    )
    guard case .object(let document) = try JSONParser.parse(call.output),
      case .object(let kernel)? = document["kernel"], case .string(let log)? = kernel["log"],
      case .integer(let processed)? = kernel["processed"], case .integer? = kernel["microseconds"]
    else {
      Issue.record("no verdict of the kernel: \(call.output)\(call.messages)")
      return
    }
    #expect(kernel.members.map(\.name) == ["accepted", "microseconds", "processed", "log"])
    #expect(kernel["accepted"] == .boolean(isAccepted))
    #expect(log.contains("processed \(processed) insns"))
    #expect(log.contains("5: (69) r1 = *(u16 *)(r2 +0)\ninvalid access to packet") == !isAccepted)
  }

  @Test func `foretells the kernel's verdict on a program whose ways meet often`() async throws {
    let call = try await Invocation.xdp(["verify", "Programs/firewall/firewall.o", "--kernel", "--json"])
    #expect(call.exitCode == 0)
    #expect(call.output.contains(#""linux": "accepts""#))
    #expect(call.messages.isEmpty)
  }

  @Test func `says so where only the kernel's effort ends`() async throws {
    // Forty rules of four range tests each: more ways than the kernel follows.
    let call = try await Invocation.shell(
      """
      folder=$(mktemp -d)
      { printf 'typedef unsigned u; __attribute__((section("xdp"))) int f(u *c) {
        unsigned char *p = (void *)(unsigned long)c[0]; if (p + 64 > (unsigned char *)(unsigned long)c[1]) return 1;
        u a = *(u *)(p + 26), b = *(u *)(p + 30), d = *(u *)(p + 34), e = *(u *)(p + 38);\n'
        for i in $(seq 40); do for v in a b d e; do x=$((i * 7919 * 1000 + $(printf %d "'$v") * 104729))
          [ $v = a ] && printf 'if (' || printf ' && '; printf '%s >= %d && %s <= %d' $v $x $v $((x + 999983)); done
          echo ") return $((1 + i % 3));"; done; echo 'return 2; }'; } > $folder/f.c
      "$XDP" verify $folder/f.c --kernel; echo "exit $?"; "$XDP" verify $folder/f.c --json; rm -r $folder
      """
    )
    #expect(call.output.contains("\nthe verdicts differ: accepted here, refused by the kernel\nexit 1\n"))
    #expect(call.output.contains(#""linux": "unknown""#), "\(call.output)")
    #expect(call.messages.contains("warning: f: Linux follows all ways"), "\(call.messages)")
  }

  @Test func `says so where the two differ`() async throws {
    // A machine with more processors than this one is reckoned with here.
    let call = try await Invocation.shell(
      """
      folder=$(mktemp -d); printf 'static unsigned (*cpu)(void) = (void *)8;
      struct { int (*type)[2]; int (*max_entries)[1]; unsigned *key; struct { long cells[63]; } *value; }
        cells __attribute__((section(".maps"), used));
      static void *(*lookup)(void *, const void *) = (void *)1;
      int f(void *ctx) __attribute__((section("xdp")));
      int f(void *ctx) { unsigned zero = 0; long *cell = lookup(&cells, &zero);
        if (cell) cell[cpu()] = 1; return 2; }' > $folder/f.c
      "$XDP" verify $folder/f.c --kernel --processors 64; code=$?; rm -r $folder; exit $code
      """
    )
    #expect(call.exitCode == 1, "\(call.output)\(call.messages)")
    #expect(
      call.output.hasSuffix("\nthe verdicts differ: refused here, accepted by the kernel\n"),
      "\(call.output)\(call.messages)"
    )
  }
}

@Suite struct `xdp verify --html` {
  /// Parses a page as XML, which its form allows, and counts its elements by name and class.
  private final class Elements: NSObject, XMLParserDelegate {
    var counts: [String: Int] = [:]
    var links: Set<String> = []
    var places: Set<String> = []
    var states: [String: String] = [:], placesOfStates: [String: String] = [:]

    func parser(
      _ parser: XMLParser,
      didStartElement name: String,
      namespaceURI: String?,
      qualifiedName: String?,
      attributes: [String: String]
    ) {
      counts[name, default: 0] += 1
      for kind in (attributes["class"] ?? "").split(separator: " ") {
        counts["\(name).\(kind)", default: 0] += 1
      }
      if let link = attributes["href"] ?? attributes["src"] { links.insert(link) }
      guard let place = attributes["id"] else { return }
      places.insert("#" + place)
      states[place] = attributes["data-state"]
      placesOfStates[place] = attributes["data-place"]
    }
  }

  @Test func `writes one page with the failing way marked in source, instructions and graph`() async throws {
    let call = try await Invocation.shell(
      """
      file=$(mktemp); "$XDP" verify Tests/Fixtures/verify.o --html $file > /dev/null; code=$?
      cat $file; rm $file; exit $code
      """
    )
    #expect(call.exitCode == 1)
    #expect(call.messages.isEmpty)
    let elements = Elements()
    let parser = XMLParser(data: Data(call.output.utf8))
    parser.delegate = elements
    #expect(parser.parse(), "\(String(describing: parser.parserError))")
    let expected = [
      // Four programs, of which three break a rule, each in one line and one instruction.
      "section": 4, "svg": 4, "span.refused": 3, "pre.message": 3, "tr.fails": 6, "g.fails": 3,
      // Of `packet_bounds` blocks, one edge leads to the refusal; the others fail in their first block.
      "path.way": 1, "polygon.way": 1, "g.way": 4,
    ]
    for (name, count) in expected { #expect(elements.counts[name] == count, "\(name)") }
    // What is known before the instruction that breaks the rule; r2 is what it reads.
    #expect(elements.states["packet_bounds-5"] == "r0=2\nr1=pkt_end()\n*r2=pkt(off=12,r=12)")
    #expect(elements.placesOfStates["packet_bounds-5"] == "on the way to the refusal; followed once")
    #expect(elements.placesOfStates["careful-0"] == "when last seen; followed once")
    // Nothing from elsewhere: all links are to instructions of the page.
    #expect(!elements.links.isEmpty && elements.links.isSubset(of: elements.places))
    #expect(!call.output.contains("url(") && !call.output.contains("@import"))
  }

  @Test(.enabled("no Chromium here") { try await Invocation.shell("command -v chromium").exitCode == 0 })
  func `opens in a browser, and its script runs to the end`() async throws {
    let call = try await Invocation.shell(
      """
      folder=$(mktemp -d); "$XDP" verify Tests/Fixtures/verify.o --html $folder/page.html > /dev/null
      timeout 60 chromium --headless --no-sandbox --disable-gpu --user-data-dir=$folder/profile \
        --enable-logging=stderr --dump-dom file://$folder/page.html 2> $folder/log; code=$?
      grep CONSOLE $folder/log >&2; rm -r $folder; exit $code
      """
    )
    #expect(call.exitCode == 0)
    #expect(call.messages.isEmpty)
    #expect(call.output.contains("<body class=\"live\">") && call.output.contains("packet_bounds-5"))
  }

  @Test(.enabled("no Chromium here") { try await Invocation.shell("command -v chromium").exitCode == 0 })
  func `shows what is known before an instruction when the pointer comes over it`() async throws {
    // A second script moves the pointer over the row, and over the block of the graph, and tells what is shown then.
    let call = try await Invocation.shell(
      #"""
      folder=$(mktemp -d); "$XDP" verify Tests/Fixtures/verify.o --html $folder/page.html > /dev/null
      cat >> $folder/page.html <<'END'
      <script>{
        const seen = [], card = () => document.getElementById('state'), tell = () => seen.push(
          card().hidden ? 'hidden' : [...card().querySelectorAll('p, tr')].map(e => (e.className === 'read' ? '>' : '')
            + [...e.children].map(c => c.textContent).join(' = ') + (e.tagName === 'P' ? e.lastChild.textContent : '')));
        const row = document.getElementById('packet_bounds-5');
        for (const kind of ['mouseenter', 'mouseleave']) { row.dispatchEvent(new MouseEvent(kind)); tell(); }
        row.focus(); tell(); row.blur();
        document.querySelector('svg a[href="#packet_bounds-0"]').dispatchEvent(new MouseEvent('mouseenter')); tell();
        document.body.textContent = JSON.stringify(seen);
      }</script>
      END
      timeout 60 chromium --headless --no-sandbox --disable-gpu --user-data-dir=$folder/profile \
        --dump-dom file://$folder/page.html 2> /dev/null; rm -r $folder
      """#
    )
    let card =
      #"["before 5on the way to the refusal; followed once","r0 = 2","r1 = pkt_end()",">r2 = pkt(off=12,r=12)"]"#
    let start = #"["before 0on the way to the refusal; followed once","r1 = ctx()"]"#
    #expect(
      call.output.replacing("&gt;", with: ">").contains("[\(card),\"hidden\",\(card),\(start)]"),
      "\(call.output)"
    )
  }

  @Test func `keeps what a program says apart from what the page says`() async throws {
    let call = try await Invocation.shell(
      """
      folder=$(mktemp -d); printf 'int f(int *c) __attribute__((section("xdp")));
      int f(int *c) { return c[9]; } // <script>alert("&")</script>\\n' > $folder/f.c
      "$XDP" verify $folder/f.c --html $folder/page > /dev/null; cat $folder/page; rm -r $folder
      """
    )
    #expect(call.output.contains("&lt;script&gt;alert(&quot;&amp;&quot;)&lt;/script&gt;"), "\(call.messages)")
    #expect(!call.output.contains("<script>alert"))
  }

  @Test func `goes neither over the program nor where it cannot`() async throws {
    let own = try await Invocation.xdp(
      "verify",
      "Tests/Fixtures/verify.o",
      "--html",
      "Tests/../Tests/Fixtures/verify.o"
    )
    #expect(own.exitCode == 2 && own.messages.contains("that is the program itself"))
    let nowhere = try await Invocation.xdp(
      "verify",
      "Tests/Fixtures/verify.o",
      "--html",
      "/nowhere/page.html"
    )
    #expect(
      nowhere.exitCode == 3 && nowhere.messages.contains("--html /nowhere/page.html: cannot be written")
    )
  }
}
