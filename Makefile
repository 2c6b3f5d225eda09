# Everything a contributor or CI runs. `make help` lists it.
GOLANGCI_VERSION := v2.15.0
PACKAGES := tshark qemu-user
GO ?= go
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

.PHONY: help build test deps lint bench bench-compare pgo torture planted clean
help:
	@echo "make test   install what the tests need ($(PACKAGES)), then run everything"
	@echo "make lint   golangci-lint $(GOLANGCI_VERSION), built from its module"
	@echo "make bench  speed of whole runs and of the hot paths"
	@echo "make bench-compare BASE=<commit>  the hot paths against those of a commit, run in turn, as ratios"
	@echo "make pgo    the profile that the compiler optimises by, made anew from mpsim bench"
	@echo "make torture  2000 random worlds under independent checkers"
	@echo "make planted  bugs planted on purpose are found by such worlds (about two minutes)"
	@echo "make build  the mpsim binary in this folder"

build:
	$(GO) build -trimpath -o mpsim ./cmd/mpsim

# tshark reads the captures; qemu-user runs the arm64 build for the digest test.
deps:
	@if command -v tshark >/dev/null && command -v qemu-aarch64 >/dev/null; then \
		echo "test tools: tshark and qemu-aarch64 are installed"; \
	elif command -v apt-get >/dev/null; then \
		echo "test tools: installing $(PACKAGES) with apt-get"; \
		$(SUDO) apt-get update -qq && $(SUDO) env DEBIAN_FRONTEND=noninteractive \
			apt-get install -y -qq --no-install-recommends $(PACKAGES) >/dev/null; \
	else \
		echo "test tools: please install tshark and qemu-aarch64 (user mode); their tests fail without them"; \
	fi

test: deps
	$(GO) vet ./...
	$(GO) test -timeout 20m ./...

lint:
	$(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION) run

bench:
	$(GO) test -run '^$$' -bench . -benchtime 1s ./sim ./model/wire ./model/link ./model/tcp ./model/mptcp
	$(GO) run ./cmd/mpsim bench

BASE ?= HEAD
bench-compare:
	.ci/bench-compare $(BASE)

# The compiler finds cmd/mpsim/default.pgo by its name. Without preemption by signals samples are not lost to it.
PGO_CASES := dumbbell fattree-4 fattree-8 two-paths
pgo:
	$(GO) build -trimpath -pgo=off -o mpsim.pgo-off ./cmd/mpsim
	for c in $(PGO_CASES); do GODEBUG=asyncpreemptoff=1 ./mpsim.pgo-off bench --case $$c -n 3 --profile mpsim.$$c.pprof || exit; done
	$(GO) tool pprof -proto $(PGO_CASES:%=mpsim.%.pprof) > cmd/mpsim/default.pgo
	rm -f mpsim.pgo-off mpsim.*.pprof

torture:
	$(GO) run ./cmd/mpsim torture --worlds 2000

planted:
	$(GO) test ./scenarios/torture -run PlantedBugs -v -planted

clean:
	rm -rf mpsim out torture
