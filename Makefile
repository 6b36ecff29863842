# `make demo` shows what this is, `make test` whether it works.

SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo test sanitize bench fuzz format lint objects

SWIFT_DIRECTORIES := $(wildcard Sources Tests Programs Benchmarks Fuzz)
BPF_SOURCES := $(wildcard Programs/*/*.c Tests/Fixtures/programs/*.c Tests/Fixtures/mistakes/*.c)

# What `make fuzz` feeds, and for how long each.
FUZZ_TARGETS ?= object btf instructions verifier assembly capture packet json hex
FUZZ_SECONDS ?= 60

# An ordinary firewall in C, over traffic recorded by Programs/firewall/record.sh.
FIREWALL := Programs/firewall/firewall
DEMO_OUTPUT := demo-output/verdicts.pcapng

help: ## Says what there is to make.
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16

demo: ## Runs a firewall over recorded traffic and leaves a capture with a verdict on every packet.
	@Scripts/prepare libpcap-dev
	swift build -c release --product xdp
	@mkdir -p $(dir $(DEMO_OUTPUT))
	@program=$(FIREWALL).o; if clang -print-targets 2>/dev/null | grep -qw bpf; then program=$(FIREWALL).c; fi; \
	set -x; \
	"$$(swift build -c release --show-bin-path)/xdp" run "$$program" \
	  --on pcap:Programs/firewall/traffic.pcap,$(DEMO_OUTPUT) \
	  --map blocked_v4=Programs/firewall/blocked_v4.json \
	  --map blocked_v6=Programs/firewall/blocked_v6.json \
	  --map closed_ports=Programs/firewall/closed_ports.json
	@echo
	@echo "Every packet with its verdict: $(DEMO_OUTPUT) (wireshark $(DEMO_OUTPUT))"

test: ## Builds everything and runs every test; the conformance suite also as it is released.
	@Scripts/prepare libpcap-dev iproute2 libunicorn2
	swift build --build-tests
	swift test --skip-build
	swift test -c release --filter ConformanceTests

sanitize: ## Runs the tests of maps, workers and replacement under the thread sanitizer, and more under the address sanitizer.
	@Scripts/prepare libpcap-dev iproute2
	swift test --sanitize=thread -Xswiftc -DXDP_THREAD_SANITIZER --scratch-path .build/thread-sanitizer \
	  --filter 'BPFMapsTests|BPFRuntimeTests|XDPDriversTests.*Wire|XDPTests.*(Workers|Replacing under traffic)'
	swift test --sanitize=address --scratch-path .build/address-sanitizer \
	  --filter 'BPFMapsTests|BPFRuntimeTests|BPFJITTests|XDPTests'

bench: ## Measures beside peers and writes README.md's table; BENCH=name shows one part, see CONTRIBUTING.md.
	@Scripts/prepare libpcap-dev
	@Scripts/peers
	swift run -c release --package-path Benchmarks Benchmarks $(BENCH)

fuzz: ## Feeds hostile input to every parser.
	@Scripts/prepare libpcap-dev
	swift build -c release --package-path Fuzz -Xswiftc -sanitize=fuzzer
	@for target in $(FUZZ_TARGETS); do \
	  mkdir -p Fuzz/.build/corpus-$$target; \
	  SWIFT_BACKTRACE=enable=no Fuzz/.build/release/Fuzz $$target -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=Fuzz/.build/$$target- \
	    Fuzz/.build/corpus-$$target Fuzz/Corpus/$$target || exit 1; \
	done

format: ## Formats the Swift sources.
	@Scripts/prepare
	swift format --in-place --recursive $(SWIFT_DIRECTORIES) Package.swift

lint: ## Checks the form of the Swift sources.
	@Scripts/prepare
	swift format lint --strict --recursive $(SWIFT_DIRECTORIES) Package.swift

# The same bytes wherever the repository lies: no directory of this machine gets into the object.
objects: ## Compiles the BPF programs in Programs and those the tests compare again.
	@for source in $(BPF_SOURCES); do \
	  (set -x; clang -O2 -g -target bpf -ffile-prefix-map="$$PWD"=. -fdebug-compilation-dir=. -c "$$source" -o "$${source%.c}.o"); \
	  llvm-objcopy --strip-debug "$${source%.c}.o"; \
	done
