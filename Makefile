# SPDX-License-Identifier: GPL-2.0-only
# The usual words for what meson does. `make help` lists them.

BUILD	:= build
DEPS	:= $(abspath $(or $(KICKSTAND_DEPS),build/deps))
DEMO	:= central
SECONDS	:= 30
SEED	:= 1
NR	:= 400
NINJA	 = ninja -C $(1) $(if $(V),-v)

export KICKSTAND_DEPS := $(DEPS)

.PHONY: all help demo check asan coverage bench swarm mutants fuzz faults strangers mutate-objects determinism bless lint fmt truth kernel-sources \
	kernel-schedulers verdicts explore-corpus sweep-kills slurm kernel-selftests kernel-loaders kernel-runner scx-schedulers scheduler-table diff \
	deb install uninstall clean distclean setup setup-tests setup-dev

all: $(BUILD)/build.ninja	## build build/kickstand and the examples
	@$(call NINJA,$(BUILD))

help:				## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## /  make \1\t/p' Makefile | expand -t 26

setup:				## install what is missing (quick when nothing is)
	@sh scripts/setup.sh

setup-tests:			## also what only tests use
	@sh scripts/setup.sh --tests

setup-dev:			## also what fmt and fuzz use
	@sh scripts/setup.sh --dev

# configure(DIR, MESON_ARGS)
define configure
	@command -v meson >/dev/null && command -v ninja >/dev/null && test -f $(DEPS)/libbpf/lib/libbpf.a || \
		{ echo 'make: meson or libbpf is missing; run: sh scripts/setup.sh' >&2; exit 1; }
	@test -f $(1)/build.ninja || meson setup $(1) -Ddeps=$(DEPS) $(2)
endef

$(BUILD)/build.ninja:
	$(call configure,$(BUILD))

demo: all			## run an example on a simulated machine
	$(BUILD)/kickstand run $(BUILD)/examples/$(DEMO).bpf.o

check: setup-tests		## run the tests; ends in "N passed, N failed"
	@$(MAKE) --no-print-directory all
	@sh scripts/run-tests.sh $(BUILD)

asan: setup-tests		## the tests under address and undefined sanitizers
	$(call configure,build-asan,-Db_sanitize=address$(comma)undefined -Db_lundef=false)
	@ASAN_OPTIONS=detect_leaks=0 $(call NINJA,build-asan)
	@CASE_LIMIT_S=600 ASAN_OPTIONS=detect_stack_use_after_return=0 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
		sh scripts/run-tests.sh build-asan --timeout-multiplier 10

coverage: setup-tests		## which lines and branches the fast tests run, worst first (FILE=src/kern/idle.c)
	$(call configure,build-coverage,-Db_coverage=true -Doptimization=0)
	@$(call NINJA,build-coverage)
	@find build-coverage -name '*.gcda' -exec rm {} +
	@CASE_LIMIT_S=600 sh scripts/run-tests.sh build-coverage --timeout-multiplier 10 \
		--suite unit --suite shell --suite golden --no-suite uncounted
	@python3 scripts/coverage.py build-coverage $(FILE)

bench: all			## the benchmarks
	@meson test -C $(BUILD) --benchmark --verbose

swarm: all			## random machines with checkers on, for SECONDS=30
	@KICKSTAND_SRC=$(CURDIR) KICKSTAND_BUILD=$(abspath $(BUILD)) KICKSTAND=$(abspath $(BUILD))/kickstand \
		EXAMPLES=$(abspath $(BUILD))/examples TEST_OBJECTS=$(abspath $(BUILD))/tests \
		SWARM_SECONDS=$(SECONDS) sh tests/swarm.sh

mutants: all			## break the model on purpose; each break must be found (NAME=PATTERN)
	@python3 tests/mutants/mutants.py . $(BUILD)/mutants $(BUILD)/examples $(BUILD)/tests $(NAME)

faults: all			## make each allocation and system call fail, one after the other
	@KICKSTAND_SRC=$(CURDIR) KICKSTAND=$(abspath $(BUILD))/kickstand FAULTS=all \
		EXAMPLES=$(abspath $(BUILD))/examples FAULT_CALL=$(abspath $(BUILD))/tests/fault_call \
		FAULT_ALLOC=$(abspath $(BUILD))/tests/fault_alloc.so sh tests/faults.sh

# what strangers.py wants: whose kickstand, headers, libbpf
STRANGERS = KICKSTAND_SRC=$(CURDIR) KICKSTAND=$(abspath $(BUILD))/kickstand HEADERS=$(abspath $(BUILD))/examples \
	    ASAN_OPTIONS=detect_stack_use_after_return=0:detect_leaks=0 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
	    python3 $(CURDIR)/tests/strangers.py

strangers: all			## NR=400 hostile objects from SEED=1, each op with all it may call (BUILD=build-asan)
	@mkdir -p $(BUILD)/strangers
	@cd $(BUILD)/strangers && $(STRANGERS) made $(NR) $(SEED) && $(STRANGERS) matrix 1 $(SEED)

mutate-objects: all		## NR=400 changes of each object here, from SEED=1 (BUILD=build-asan)
	@mkdir -p $(BUILD)/strangers
	@cd $(BUILD)/strangers && $(STRANGERS) changed $(NR) $(SEED) $(wildcard $(abspath $(BUILD))/examples/*.bpf.o \
		$(abspath $(BUILD))/tests/*.bpf.o $(abspath $(BUILD))/kernel-schedulers/*/*.bpf.o)

determinism: all		## the same run by all BUILDS="build build-asan ..." in all surroundings
	@KICKSTAND_SRC=$(CURDIR) KICKSTAND=$(abspath $(BUILD))/kickstand EXAMPLES=$(abspath $(BUILD))/examples \
		TEST_OBJECTS=$(abspath $(BUILD))/tests BUILDS="$(abspath $(or $(BUILDS),$(BUILD)))" sh tests/determinism.sh

diff: all			## random programs here and on the host's BPF, for SECONDS=30 from SEED=1
	@$(BUILD)/tests/diff/diff --seed $(SEED) --seconds $(SECONDS)

fuzz: setup-dev all		## every fuzzer for SECONDS=30 (one: FUZZER=fuzz_x)
	$(call configure,build-fuzz,--native-file scripts/clang.ini -Dfuzz=true -Db_lundef=false \
		-Db_sanitize=address$(comma)undefined)
	@ASAN_OPTIONS=detect_leaks=0 $(call NINJA,build-fuzz)
	@sh scripts/fuzz.sh build-fuzz $(SECONDS) $(FUZZER)

bless: all			## rewrite the golden files; read the diff
	@KICKSTAND_BLESS=1 meson test -C $(BUILD) --suite golden
	@git status --short tests || :

lint: setup			## second compiler, warnings as errors; the tidy test
	$(call configure,build-lint,--native-file scripts/clang.ini -Dwerror=true)
	@$(call NINJA,build-lint)
	@sh tests/tidy.sh

fmt: setup-dev			## clang-format over our C, but that of guests
	@sh scripts/fmt.sh -i

truth: all			## compare with seven real kernels: make truth [ROWS="FILE..."]
	@sh tests/truth.sh $(or $(ROWS),tests/truth/rows.tsv.xz)

kernel-sources:			## fetch the kernel's schedulers to build/kernel (330 MB)
	@sh scripts/kernel-sources.sh $(BUILD)/kernel

kernel-schedulers: all kernel-sources	## compile them to build/kernel-schedulers, run them (REAL_BTF=DIR)
	@sh scripts/kernel-schedulers.sh $(BUILD)

verdicts: all			## a table: what every scheduler here comes to under every workload
	@python3 scripts/verdicts.py $(BUILD) $(NAME)

explore-corpus: all		## explore finds the race of each scheduler in tests/explore, and none in its repaired form
	@KICKSTAND=$(abspath $(BUILD))/kickstand KICKSTAND_SRC=$(CURDIR) TEST_OBJECTS=$(abspath $(BUILD))/tests CORPUS=all \
		sh tests/explore_corpus.sh

sweep-kills: all		## a campaign killed in NR=200 random places (KILL_SEED=1) loses and repeats nothing
	@rm -rf $(BUILD)/sweep-kills && mkdir -p $(BUILD)/sweep-kills
	@cd $(BUILD)/sweep-kills && cp ../examples/*.bpf.o $(CURDIR)/tests/kills.json . && \
		python3 $(CURDIR)/tests/campaign.py kills $(if $(filter file,$(origin NR)),200,$(NR)) $(abspath $(BUILD))/kickstand kills.json

slurm: all			## campaigns by a cluster of our own: slurmctld, two slurmd and munge on the loopback
	@KICKSTAND_SRC=$(CURDIR) KICKSTAND=$(abspath $(BUILD))/kickstand EXAMPLES=$(abspath $(BUILD))/examples \
		TEST_OBJECTS=$(abspath $(BUILD))/tests sh tests/slurm.sh

kernel-selftests: kernel-schedulers	## run them all as their loaders and tests expect
	@sh scripts/kernel-selftests.sh $(BUILD)

kernel-loaders: all kernel-sources	## build the kernel's own loaders, run them by kickstand exec
	@sh scripts/kernel-loaders.sh $(BUILD)

kernel-runner: all kernel-sources	## build the selftests' runner, run its tests by kickstand exec
	@sh scripts/kernel-runner.sh $(BUILD)

scx-schedulers: all		## build the schedulers of scx by cargo, run them both ways
	@sh scripts/scx-schedulers.sh $(BUILD)

scheduler-table: all kernel-sources	## docs/schedulers.md's tables: a column each kernel
	@DURATION=none sh scripts/kernel-schedulers.sh $(BUILD)
	@SECONDS_EACH=none sh scripts/kernel-loaders.sh $(BUILD)
	@python3 scripts/scheduler-table.py $(BUILD)

deb:				## packages for Debian and its kin into build-deb/packages: tool, library, dev, doc
	$(call configure,build-deb,--prefix=/usr --libdir=lib/$$(dpkg-architecture -qDEB_HOST_MULTIARCH))
	@$(call NINJA,build-deb)
	@sh scripts/deb.sh build-deb build-deb/packages

install: all			## DESTDIR=... is honoured
	@meson install -C $(BUILD) --no-rebuild

uninstall:			## what install put there, as long as $(BUILD) is the same
	@$(call NINJA,$(BUILD)) uninstall

clean:				## keeps build/deps and build/kernel, which come by network
	@rm -rf build-asan build-coverage build-deb build-fuzz build-lint
	@test ! -d $(BUILD) || find $(BUILD) -mindepth 1 -maxdepth 1 ! -name deps ! -name kernel -exec rm -rf {} +

distclean:			## everything
	@rm -rf build build-asan build-coverage build-deb build-fuzz build-lint

comma := ,
