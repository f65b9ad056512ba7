# Two commands: `make run` starts the demo gateway, `make test` runs everything a change must pass.
SHELL := /bin/bash
SWIFT_FLAGS := --explicit-target-dependency-import-check error
RELEASE_FLAGS := -c release --static-swift-stdlib $(SWIFT_FLAGS)

MARTLET := .build/release/martlet
VERIFIER := .build/release/martlet-verify

.PHONY: run build test unit unit-and-fuzz fuzz-short fuzz e2e lint sizes coverage prerequisites venv interop soak bench clean

run: $(MARTLET)
	$(MARTLET) demo

build: $(MARTLET) $(VERIFIER)

# Only when a source is newer: a second `make run` starts at once.
$(MARTLET): $(shell find Sources -name '*.swift' -o -name '*.[ch]') Package.swift | prerequisites
	swift build $(RELEASE_FLAGS) --product martlet
	@touch $@

$(VERIFIER): $(shell find Sources/martlet-verify Sources/MartletJSON Sources/MartletRecords Sources/MartletTransparency -name '*.swift') \
  Package.swift | prerequisites
	swift build $(RELEASE_FLAGS) --product martlet-verify
	@touch $@

test: lint sizes unit-and-fuzz e2e

lint: prerequisites
	swift format lint --strict --recursive --configuration .swift-format Package.swift Sources Tests FuzzTesting

sizes:
	Scripts/check-sizes

unit: prerequisites
	swift build --build-tests $(SWIFT_FLAGS)
	MARTLET_SAMPLES=.build/samples swift test --skip-build --no-parallel

# The unit tests run one by one and leave a core free: the fuzzers, which are built meanwhile, take it.
unit-and-fuzz: prerequisites
	swift build --build-tests $(SWIFT_FLAGS)
	@$(MAKE) --no-print-directory fuzz-short >.build/fuzz-short.log 2>&1 & fuzzing=$$!; \
	  MARTLET_SAMPLES=.build/samples swift test --skip-build --no-parallel; tests=$$?; \
	  wait $$fuzzing; fuzzed=$$?; cat .build/fuzz-short.log; exit $$((tests + fuzzed))

# Files in their order: else the one with the kills, which has few tests and takes longest, would begin last.
e2e: venv
	@command -v node >/dev/null || Scripts/prerequisites nodejs
	@command -v rsyslogd >/dev/null || [ "$$(id -u)" -ne 0 ] || Scripts/prerequisites rsyslog rsyslog-openssl
	@command -v strace >/dev/null || [ "$$(id -u)" -ne 0 ] || Scripts/prerequisites strace
	@command -v go >/dev/null || [ "$$(id -u)" -ne 0 ] || Scripts/prerequisites golang-go golang-golang-x-mod-dev
	swift build --product martlet $(SWIFT_FLAGS)
	swift build --product martlet-verify $(SWIFT_FLAGS)
	MARTLET_BIN=.build/debug/martlet .venv/bin/python -m pytest -q -p no:cacheprovider -n 3 \
	  --dist loadfile --no-loadscope-reorder Tests/EndToEnd

# A log of 100,000 records of a gateway in the hands of tools that need a newer Python than Debian 12 has.
interop: venv build
	Scripts/interop-venv
	MARTLET_BIN=.build/release/martlet MARTLET_TLOG_RECORDS=100000 .venv/bin/python -m pytest -q -p no:cacheprovider Tests/EndToEnd/interop/foreign.py

# What reads the wire has a minute each. The policy language reads what operators wrote, and what reads a log has its
# signatures before it: they have 20 seconds each, so that `make test` stays below half an hour; `make fuzz` gives all of
# them the same.
fuzz-short: prerequisites
	FUZZ_SECONDS=60 Scripts/fuzz json sse headers stdio
	FUZZ_SECONDS=20 Scripts/fuzz policy schema policy-json entity-json
	FUZZ_SECONDS=20 Scripts/fuzz note proof tile witness timestamp record segment

fuzz: prerequisites
	Scripts/fuzz

# Whether the tests of Cedar run every line that decides. Builds everything once more, so that `make test` leaves it out.
coverage: prerequisites
	Scripts/coverage

# Long runs that a change does not wait for.
soak: venv build
	MARTLET_BIN=.build/release/martlet MARTLET_KILLS=10000 .venv/bin/python -m pytest -q -rP -p no:cacheprovider -n 3 \
	  Tests/EndToEnd/test_crash.py
	MARTLET_BIN=.build/release/martlet MARTLET_SYSTEM_FAULTS=all .venv/bin/python -m pytest -q -s -p no:cacheprovider \
	  Tests/EndToEnd/test_system_faults.py
	MARTLET_SCHEDULES=100000 swift test -c release --scratch-path .build-soak -Xswiftc -enable-testing $(SWIFT_FLAGS) \
	  --filter ScheduleTests
	MARTLET_BIN=.build/release/martlet MARTLET_SINK_KILLS=100 .venv/bin/python -m pytest -q -s -p no:cacheprovider \
	  Tests/EndToEnd/test_sinks.py -k killed
	MARTLET_BIN=.build/release/martlet MARTLET_INTERLEAVINGS=100000 .venv/bin/python -m pytest -q -s -p no:cacheprovider \
	  Tests/EndToEnd/test_interleavings.py
	MARTLET_BIN=.build/release/martlet .venv/bin/python -m pytest -q -s -p no:cacheprovider Tests/EndToEnd/soak/flat.py
	MARTLET_BIN=.build/release/martlet MARTLET_CEDAR_REQUESTS=1000000 .venv/bin/python -m pytest -q -s -p no:cacheprovider \
	  Tests/EndToEnd/test_cedar_differential.py

bench: build
	Benchmarks/run

prerequisites:
	@Scripts/prerequisites

venv: prerequisites
	@Scripts/venv

clean:
	rm -rf .build .build-* .venv .venv-interop .demo
