# Latchkey: `make run` to try it, `make check` before every commit.

# An installed Go may be older than the toolchain that go.mod asks for.
export GOTOOLCHAIN := auto
export CGO_ENABLED := 1
# Without what debuggers want to know of SQLite, which a quarter of the time of its compilation
# goes into. What is built has none of it.
export CGO_CFLAGS := -O2
TAGS := sqlite_fts5,sqlite_omit_load_extension,osusergo,netgo,timetzdata
# Here rather than on each command, so that programs started by tests build the
# same thing. Nothing is asked of git, so that an unpacked archive, or a clone owned
# by another user, builds the same program. Paths are trimmed for vet and staticcheck
# too, or each would have SQLite compiled once more, for nearly a minute.
export GOFLAGS := $(strip $(GOFLAGS) -tags=$(TAGS) -buildvcs=false -trimpath)

VERSION := $(shell sed -n 's/^const version = "\(.*\)"$$/\1/p' cmd/latchkey/main.go)
LDFLAGS := -s -w
FUZZTIME ?= 30s
# Where things happen at once: packages that start goroutines, or guard what several share.
# Their tests run under the race detector, the others do not, because it takes three times
# the processor and sees nothing in what happens one after the other (decision 88). The
# browser and the stories of apptest do one thing at a time, and attack/binary and faults ask
# a program in a process of its own. Of a package that calls atonce.Only, the other tests run
# without it, and so do those below: commands one after the other, and a process that is killed
# over and over.
PROCESSES := ^Test(Script|Help_EveryCommandAndLevel|ReadOnlyFolder|CR04_KilledAtEveryStep|ST01_KilledAtAnyMoment)$$
AT_ONCE = grep -rlE --include='*.go' --exclude-dir=node_modules '^[[:space:]]*go (func|[a-z])|\.Go\(|sync\.(RW)?Mutex|sync\.Map|atomic\.' cmd internal | \
	xargs -n1 dirname | sort -u | grep -vxE 'internal/(e2e|apptest|attack/binary|faults)' | sed 's|^|latchkey/|'
# What two nodes on one PostgreSQL could break, of what `make postgres` runs whole.
TWO_NODES := ^Test(OneReadForASignedInRequest|SettingsHoldOnEveryNodeAtOnce|Again_WhatIsMeantIsDone|LO02_NothingChangesWithoutItsAuditRow|WE12_AddressesThatNobodyTypes|Backups_Story|UX18_AccentStory)$$
# The race detector leaves out what computes hashes and signatures, and shares nothing with
# us: half of the time of all sign-ins in tests went into watching it.
RACE := -race -gcflags=golang.org/x/crypto/...=-race=false -gcflags=crypto/internal/fips140/...=-race=false -gcflags=github.com/go-crypt/...=-race=false
# A program under the race detector waits a second before it ends, for what may still be
# running by then. The tests start 300 of them that have finished all they do.
export GORACE := $(strip atexit_sleep_ms=10 $(GORACE))
# What compiles and looks at code spends a fifth of its time collecting garbage that fits in memory. Nothing that is
# tested inherits this: a server has a setting of its own.
LAVISH := GOGC=400
# What vet says before tests, for `make check`, which has asked all of it just before.
VET :=
# Every expression in a template is a string; see views/text.go.
TEMPLATES = go tool templ generate
PLAIN_TEXT = find . -name '*_templ.go' -exec sed -i 's/ templ\.JoinStringErrs(/ asText(/' {} +
GENERATED = find . -name '*_templ.go' -exec sha256sum {} + | sort
OWN_GO = find . -name '*.go' ! -name '*_templ.go'

.DEFAULT_GOAL := help
.PHONY: help needs run build test postgres tools check generate limits asvs golden licences sbom reproducible vulncheck fuzz mutants mutation e2e attack crash faults ha bench bench-databases docker size

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

run: build ## build, then serve on http://localhost:8080 with data in ./data
	bin/latchkey serve

# What a machine can lack, each in one line, before Go says it in many. Asked outside
# this folder, because go.mod would make a new Go fetch the toolchain first.
needs:
	@no() { echo "make: $$*" >&2; exit 1; }; \
	version=$$(cd / && GOFLAGS= GOTOOLCHAIN=local go version 2>/dev/null) || \
	  no "Go is missing, or does not run. Install Go 1.21 or newer, from https://go.dev/dl/ or your system's packages."; \
	minor=$$(echo "$$version" | sed -n 's/.*go1\.\([0-9][0-9]*\).*/\1/p'); \
	[ -z "$$minor" ] || [ "$$minor" -ge 21 ] || \
	  no "Go 1.$$minor is too old. Install Go 1.21 or newer, from https://go.dev/dl/; it fetches the version this project needs by itself."; \
	if [ -z "$${GOCACHE:-$$XDG_CACHE_HOME}" ] || [ -z "$${GOMODCACHE:-$$GOPATH}" ]; then \
	  [ -n "$$HOME" ] || no "HOME is not set, so Go has no place for its caches. Set HOME, or GOCACHE and GOPATH, to folders that you can write."; \
	  mkdir -p "$$HOME" 2>/dev/null; [ -w "$$HOME" ] || \
	    no "HOME is $$HOME, which you cannot write, so Go has no place for its caches. Set HOME, or GOCACHE and GOPATH, to folders that you can write."; \
	fi; \
	cc=$$(cd / && GOFLAGS= GOTOOLCHAIN=local go env CC 2>/dev/null); cc=$${CC:-$${cc:-gcc}}; \
	command -v "$${cc%% *}" >/dev/null || \
	  no "There is no C compiler ($${cc%% *}), which SQLite needs. Install gcc; on Debian: sudo apt-get install gcc libc6-dev"

build: needs ## build bin/latchkey
	go build -ldflags '$(LDFLAGS)' -o bin/latchkey ./cmd/latchkey

# The tests under the race detector run beside the others, and what they say comes after it: a
# browser leaves much of two cores idle.
test: needs tools ## run every test, browsers included
	@status=0; at_once=$$($(AT_ONCE)); [ -n "$$at_once" ] && others=$$(go list ./... | grep -vxF "$$at_once") || exit 1; \
	run() { echo "go test $$*"; $(LAVISH) go test $(VET) -exec 'env -u GOGC' -shuffle=on -timeout 40m "$$@" || status=1; }; \
	both=$$(grep -rl --include='*_test.go' '^[[:space:]]*atonce\.Only()' internal | xargs -n1 dirname | sed 's|^|./|'); \
	beside=$$(mktemp); trap 'trap - INT TERM; rm -f "$$beside"; kill 0' INT TERM; \
	(run $(RACE) -skip '$(PROCESSES)' ./internal/attack ./internal/stream ./internal/store $$at_once; \
	run -run '$(PROCESSES)' ./cmd/latchkey ./internal/stream; \
	export LATCHKEY_TEST_DATABASE=postgres; echo 'On PostgreSQL:'; run ./internal/store; run -run '$(TWO_NODES)' ./internal/attack; exit $$status) >"$$beside" 2>&1 & \
	export TESTS_AT_ONCE_APART=1; run ./internal/attack ./internal/e2e $$both $$others; \
	wait $$! || status=1; cat "$$beside"; rm -f "$$beside"; exit $$status

# Debian starts a server that it installs, and again at each boot. The tests need the
# programs only, so both are kept from happening.
tools: ## install what the tests need, as root with apt; else say what is missing
	@missing=; PATH="$$PATH:/usr/sbin:$$(echo /usr/lib/postgresql/*/bin | tr ' ' :)"; \
	for pair in chromium:chromium chromium-headless-shell:chromium-headless-shell zbarimg:zbar-tools oathtool:oathtool nginx:nginx caddy:caddy haproxy:haproxy apache2:apache2-bin initdb:postgresql radicale:radicale strace:strace node:nodejs npm:npm $(MORE); do \
	  command -v "$${pair%%:*}" >/dev/null || missing="$$missing $${pair#*:}"; \
	done; \
	[ -n "$$missing" ] || exit 0; \
	if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
	  echo "Some tests will be skipped, most of those in a browser. They need:$$missing"; \
	  echo "On Debian: sudo apt-get install$$missing"; exit 0; \
	fi; \
	policy=/usr/sbin/policy-rc.d; [ -e "$$policy" ] && policy=; \
	if [ -n "$$policy" ]; then \
	  trap 'rm -f "$$policy"' EXIT INT TERM; printf '#!/bin/sh\nexit 101\n' >"$$policy" && chmod +x "$$policy"; \
	fi; \
	apt-get -q update; \
	for package in $$missing fonts-dejavu-core; do \
	  DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "$$package" || \
	    echo "Some tests will be skipped: could not install $$package"; \
	done; \
	for server in nginx caddy haproxy postgresql radicale patroni etcd-server; do \
	  case " $$missing " in *" $$server "*) systemctl -q disable "$${server%-server}" 2>/dev/null || true;; esac; \
	done
	@cd internal/stream/eventhubstest; command -v npm >/dev/null || exit 0; \
	[ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --ignore-scripts --no-audit --no-fund || \
	  echo "Some tests will be skipped: npm could not fetch what the Event Hubs for tests needs"

check: needs ## everything that CI runs: freshness, format, vet, staticcheck, build, tests
	@before=$$($(GENERATED)); $(TEMPLATES) -log-level warn; $(PLAIN_TEXT); \
	[ "$$before" = "$$($(GENERATED))" ] || \
	  { echo "Generated templates were stale. They are fresh now: commit them."; exit 1; }
	@bad=$$(gofmt -l $$($(OWN_GO))); [ -z "$$bad" ] || { echo "Not gofmt-ed: $$bad"; exit 1; }
	go mod verify
	go mod tidy -diff
	$(LAVISH) go vet ./...
	$(LAVISH) go tool staticcheck -tags $(TAGS) ./...
	$(MAKE) --no-print-directory build
	$(MAKE) --no-print-directory test VET=-vet=off

postgres: needs tools ## run the tests on PostgreSQL, with two nodes behind each story (docs/testing.md)
	LATCHKEY_TEST_DATABASE=postgres go test -count=1 -timeout 60m ./internal/store ./internal/lease ./internal/apptest ./internal/attack ./internal/forward ./internal/admin/... ./internal/web/...
	LATCHKEY_TEST_DATABASE=postgres go test -count=1 -run TestScript ./cmd/latchkey

generate: needs ## make the Go code of the templates, and compress static files
	$(TEMPLATES) && $(PLAIN_TEXT)
	go test ./static -run Compressed -update

limits: needs ## write docs/limits.md from the constants in the code
	go test ./internal -run Limits -update

asvs: needs ## write docs/asvs.md from internal/testdata/asvs.txt and the names of tests
	go test ./internal -run ASVS -update

golden: needs ## write the golden pages anew; look at the difference before you commit it
	go test ./views -update

# At the end of its time a target fails now and then with "context deadline exceeded" and nothing found, by a race in
# Go's own fuzzing. So one that fails has another try: what it has found is a seed by then, and fails again.
fuzz: needs ## run each fuzz target for FUZZTIME (30s)
	@grep -rl --include='*_test.go' '^func Fuzz' . | xargs -r -n1 dirname | sort -u | while read -r dir; do \
	  for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/p' $$dir/*_test.go); do \
	    echo "$$dir $$target"; \
	    fuzz() { go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) "$$dir" </dev/null; }; \
	    fuzz || fuzz || exit 1; \
	  done; \
	done

mutants: needs ## take each guard out in turn and see which test notices (docs/testing.md)
	go run ./internal/mutation guards

mutation: needs ## alter the packages that decide who gets in, and count what their tests notice
	go run ./internal/mutation score

e2e: needs tools ## run the tests in a browser
	go test -timeout 20m ./internal/e2e/...

attack: build ## attack bin/latchkey and write docs/attacks.md, then the program inside tests
	LATCHKEY_BINARY='$(CURDIR)/bin/latchkey' go test -count=1 -timeout 20m ./internal/attack/binary -update
	go build $(RACE) -o bin/latchkey-race ./cmd/latchkey
	LATCHKEY_BINARY='$(CURDIR)/bin/latchkey-race' go test -count=1 -timeout 20m ./internal/attack/binary
	go test -timeout 20m ./internal/attack
	go test $(RACE) -timeout 20m ./internal/attack

crash: needs ## kill the server 300 times under load, and print what was seen
	go test ./internal/faults -run KilledUnderLoad -kills 300 -long -v -timeout 60m

faults: needs tools ## take everything away from the server in turn: moments of a kill, disk, files, clock, memory
	go test ./internal/faults -skip 'KilledUnderLoad|SeveralMachines|DocumentedCluster' -long -v -timeout 60m

# Its cluster needs two packages more, whose servers must not start.
ha: needs ## three nodes on two PostgreSQL, 20 times without one of them; then docs/deploy/postgres-ha without its leader
	@$(MAKE) --no-print-directory tools MORE='patroni:patroni etcd:etcd-server psql:postgresql-client'
	go test ./internal/faults -run 'SeveralMachines|DocumentedCluster' -outages 20 -long -v -timeout 90m

bench: build ## measure, and print the tables kept in docs/benchmarks.md
	go build -o bin/bench ./internal/bench
	@bin/bench table; table=$$?; bin/bench storm; storm=$$?; bin/bench door; door=$$?; bin/bench streams; streams=$$?; bin/bench growth; growth=$$?; bin/bench million && exit $$((table | storm | door | streams | growth))

# A million users are an hour's work for it, most of which is moving them to PostgreSQL: so it is no part of bench.
bench-databases: build ## the same people in a file and in PostgreSQL, with one node and with two (an hour)
	go build -o bin/bench ./internal/bench
	@bin/bench databases

licences: needs ## collect the licences that the program prints, from the modules it links
	@go run ./internal/supply licences >internal/licences/new.gz && mv internal/licences/new.gz internal/licences/licences.txt.gz || { rm -f internal/licences/new.gz; exit 1; }

# The tool reads the built program. Its own version is pinned, and it is fetched as any module.
sbom: build ## write docs/latchkey.cdx.json, the bill of materials
	@go run github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0 bin -json -std -noserial -notimestamp -version 'v$(VERSION)' bin/latchkey >bin/gomod.cdx.json
	@go run ./internal/supply bill <bin/gomod.cdx.json >bin/latchkey.cdx.json && mv bin/latchkey.cdx.json docs/latchkey.cdx.json

reproducible: needs ## build twice from nothing in different surroundings, and compare (minutes)
	go test ./internal/supply -count=1 -run SU02 -v -timeout 60m -from-nothing

# Nothing is reported as sound that was not looked at: without its database govulncheck
# fails with another status than for what it finds, which "go run" would not pass on.
vulncheck: needs ## look for known vulnerabilities; needs https://vuln.go.dev
	@GOBIN='$(CURDIR)/bin' go install golang.org/x/vuln/cmd/govulncheck@v1.9.0 || { echo "NOT CHECKED: govulncheck could not be fetched or built." >&2; exit 1; }
	@bin/govulncheck ./...; status=$$?; \
	case $$status in 0) echo "No known vulnerability is in what the program calls.";; 3) ;; \
	*) echo "NOT CHECKED: govulncheck could not do its work. It needs https://vuln.go.dev." >&2;; esac; \
	exit $$status

docker: ## build the container image latchkey:VERSION
	docker build --build-arg VERSION='$(VERSION)' -t 'latchkey:$(VERSION)' .

size: ## name what is over budget: file 250 lines, function 40, package 14 files and 1,800 lines
	@$(OWN_GO) -exec awk ' \
	  FNR == 1 { if (file != "") report(); file = FILENAME; open = "" } \
	  { lines = FNR } \
	  /^func / && !/}$$/ { start = FNR; open = $$0 } \
	  /^}/ && open != "" { if (FNR - start + 1 > 40) printf "%s:%d: function of %d lines: %s\n", FILENAME, start, FNR - start + 1, open; open = "" } \
	  function report() { if (lines > 250) printf "%s: %d lines\n", file, lines } \
	  END { report() }' {} +
# A file of the store is a table, and one of the views a family of pages: their number is that of the product.
	@$(OWN_GO) ! -name '*_test.go' ! -path './internal/store/*' ! -path './views/*' -exec wc -l {} + | \
	  awk '$$2 != "total" { folder = $$2; sub("/[^/]*$$", "", folder); files[folder]++; lines[folder] += $$1 } \
	  END { for (f in files) if (files[f] > 14 || lines[f] > 1800) printf "%s: %d files, %d lines\n", f, files[f], lines[f] }' | sort
