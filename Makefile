# wscheck: see README.md; `make help` lists what can be made.
# Everything that is built goes under build/VARIANT/ (release, asan, tsan, ...), so that no variant overwrites another.

VERSION  := 0.1.0
VARIANT  ?= release
B        := build/$(VARIANT)
SOVERSION := $(firstword $(subst ., ,$(VERSION)))
PREFIX   ?= /usr/local
LIBDIR   ?=
ZSHDIR   ?=
DESTDIR  ?=
CC       := $(if $(filter default undefined,$(origin CC)),gcc,$(CC))
CXX      := $(if $(filter default undefined,$(origin CXX)),$(if $(findstring clang,$(CC)),clang++,g++),$(CXX))
RUSTC    ?= rustc
AR       ?= ar
OBJCOPY  ?= objcopy
WERROR   ?= -Werror
PKGCONF  ?= pkg-config
JOBS     ?= $(shell nproc 2>/dev/null || echo 2)
# For the makes that targets start: as many jobs as there are processors, unless make was given a -j of its own.
JFLAG     = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(JOBS))

WARN     := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wundef -Wvla \
            -Wformat=2 -Wcast-align -Wwrite-strings -Wpointer-arith $(WERROR)
# (x86: branch targets and returns that the processor checks, where the C library's own start files allow it, too.)
HARDEN   := -fstack-protector-strong -fstack-clash-protection -fPIE \
            $(if $(filter x86_64-%,$(shell $(CC) -dumpmachine 2>/dev/null)),-fcf-protection)
OPT_release := -O2 -g -D_FORTIFY_SOURCE=2
OPT_asan := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
OPT_fuzz := -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
OPT_tsan := -O1 -g -fno-omit-frame-pointer -fsanitize=thread
OPT_cov  := -O0 -g
# Branches as the source has them, counters that threads share.
COUNT_cov := --coverage -fprofile-update=atomic -fprofile-abs-path
# Link-time optimization takes an eighth off the analysis. Fat objects: what links them without it need not know.
LTO_release := $(if $(findstring clang,$(CC)),,-flto=auto -ffat-lto-objects)
# GCC's linker plugin would do it whenever an object allows it: seconds for each of a hundred small programs.
NO_LTO   := -fno-lto
LD_release := -Wl,-z,relro,-z,now -Wl,-z,noexecstack
LD_asan  := -fsanitize=address,undefined
LD_fuzz  := -fsanitize=fuzzer,address,undefined
LD_tsan  := -fsanitize=thread
LD_cov   := --coverage

# `make V=1` shows whole commands, else one short line each.
Q        := $(if $(V),,@)
say       = $(if $(V),,@printf '  %-5s %s\n' $(1) $(2))

# `=` and not `:=` where pkg-config is asked: only a recipe that needs a library may fail for want of it.
pc        = $(shell $(PKGCONF) $(1) $(2) 2>/dev/null)
CPPFLAGS += -Iinclude -D_GNU_SOURCE -DWSCHECK_VERSION='"$(VERSION)"'
CFLAGS_ALL = -std=c11 $(WARN) $(HARDEN) $(OPT_$(VARIANT)) -MMD -MP -pthread $(CFLAGS)
LDFLAGS_ALL = -pie $(LD_$(VARIANT)) -pthread $(LDFLAGS)
RECORD_LIBS = $(call pc,--libs,libzstd libcbor)
TOOL_LIBS = $(call pc,--libs,libzstd libcbor json-c libxml-2.0)
TEST_LIBS = $(TOOL_LIBS) $(call pc,--libs,criterion)

# The layers of src/ and what each may include; tests/lint/layers.sh holds them to it.
TRACEFMT := $(sort $(wildcard tracefmt/*.c))
RECORD   := $(sort $(wildcard src/record/*.c))
CHECK    := $(sort $(wildcard src/check/*.c))
REPORT   := $(sort $(wildcard src/report/*.c))
CLI      := $(sort $(wildcard src/cli/*.c))
OMPT     := $(sort $(wildcard src/ompt/*.c))
PAGES    := $(sort $(wildcard src/pages/*.c))
INC_tracefmt := -Itracefmt
INC_record   := -Itracefmt -Isrc/record
INC_check    := -Itracefmt -Isrc/check
INC_report   := -Itracefmt -Isrc/check -Isrc/report -I$(B)/gen
INC_cli      := -Itracefmt -Isrc/check -Isrc/report -Isrc/cli
INC_ompt     := -Isrc/ompt
INC_pages    := $(INC_cli) -Isrc/pages
INC_tests    := -Itracefmt -Isrc/record -Isrc/check -Isrc/report -Isrc/cli -Itests/unit -Itests/model -Itests/corrupt -Itests/fuzz

obj = $(patsubst %.c,$(B)/obj/%.o,$(1))
# What a scheduler links: the recorder and the writing half of the format, without any JSON.
LIB_RECORD := $(B)/libwscheck.a
LIB_SHARED := $(B)/libwscheck.so.$(VERSION)
# The same with its inner names, for the tests.
LIB_INNER  := $(B)/libwscheck-inner.a
LIB_TOOL   := $(B)/libwscheck-tool.a
# What a test links: the checker alone, on nothing but libc.
LIB_CHECK  := $(B)/libwscheck-check.a
PROGRAM    := $(B)/wscheck
# Manual pages, as man(1) finds them below $(B)/man: what src/pages makes of the commands' tables and of src/cli/man.
MANUALS    := $(patsubst src/cli/man/%.mdoc,$(B)/man/man1/%.1,$(sort $(wildcard src/cli/man/*.mdoc)))
COMPLETIONS := $(B)/completion/wscheck.bash $(B)/completion/_wscheck
# What LLVM's libomp loads into an OpenMP program. It is built where the one header that it needs is there; of the
# directory that this lies in, which is clang's own, gcc can't be given more.
OMP_TOOLS_H ?= $(lastword $(sort $(wildcard /usr/include/omp-tools.h /usr/lib/clang/*/include/omp-tools.h \
                 /usr/lib64/clang/*/include/omp-tools.h /usr/lib/llvm-*/lib/clang/*/include/omp-tools.h)))
LIB_OMPT   := $(if $(OMP_TOOLS_H),$(B)/libwscheck-ompt.so)

UNIT  := $(patsubst tests/unit/%.c,$(B)/tests/unit/%,$(sort $(wildcard tests/unit/test_*.c)))
PLAIN := $(patsubst tests/plain/%.c,$(B)/tests/plain/%,$(sort $(wildcard tests/plain/test_*.c)))
# The slow model and the simulated schedulers that the engine is held against; test_model, test_partial, test_simulate and test_range
# run a little of them, `make model` and `make simulate` much.
MODEL := $(filter-out tests/model/compare.c tests/model/simulate.c,$(sort $(wildcard tests/model/*.c)))
MODEL_HISTORIES ?= 100000
MODEL_SEED ?= 1
SIMULATE_LEGAL ?= 1000
SIMULATE_FAULTY ?= 250
SIMULATE_SEED ?= 1
BENCH := $(patsubst tests/bench/%.c,$(B)/tests/bench/%,$(sort $(wildcard tests/bench/*.c)))
# Samples in C++ and in Rust are built where there is a compiler; what a sanitizer builds has no Rust. (samples/openmp is
# built as its users do, in its test.)
has = $(shell command -v $(1) 2>/dev/null)
SAMPLES := $(patsubst samples/%/,$(B)/samples/%,$(filter-out samples/openmp/,$(sort $(dir \
	$(wildcard samples/*/*.c $(if $(call has,$(CXX)),samples/*/*.cc) \
	$(if $(filter asan tsan,$(VARIANT)),,$(if $(call has,$(RUSTC)),samples/*/*.rs)))))))

.PHONY: all products demo test test-run test-fast lint static format asan tsan valgrind bench bench-recorder bench-long campaign kill-campaign model simulate mutate corrupt fail fuzz coverage deps deps-test deps-bench deps-coverage deps-fuzz deps-lint deps-package install uninstall install-check package clean \
        help tests samples
.DELETE_ON_ERROR:
.PRECIOUS: $(B)/obj/tests/%.o
# `make -j4 clean all`: one after the other.
ifneq ($(filter clean,$(MAKECMDGOALS)),)
.NOTPARALLEL:
endif

# What is installed. A sanitizer's run time can't be a part of a shared library that holds out for every symbol.
PRODUCTS := $(PROGRAM) $(MANUALS) $(COMPLETIONS) $(LIB_RECORD) $(LIB_CHECK) $(if $(filter asan tsan,$(VARIANT)),,$(LIB_SHARED) $(LIB_OMPT))
all: products samples ## the program, the libraries and the samples
	$(if $(LIB_OMPT),,@echo 'note: without omp-tools.h the adapter for OpenMP programs is not built (Debian: libomp-dev)')

products: $(PRODUCTS)
	@:

$(PROGRAM): $(call obj,$(CLI)) $(LIB_TOOL)
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(LTO_$(VARIANT)) $(LDFLAGS_ALL) -o $@ $^ $(TOOL_LIBS)

# It links the program's tables, so that what is written about an option is in one place.
$(B)/pages: $(call obj,$(PAGES) $(filter-out src/cli/main.c,$(CLI))) $(LIB_TOOL)
	$(call say,LINK,$@)
	$(Q)$(CC) $(NO_LTO) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $^ $(TOOL_LIBS)
$(B)/man/man1/%.1: src/cli/man/%.mdoc $(B)/pages
	@mkdir -p $(@D)
	$(call say,GEN,$@)
	$(Q)$(B)/pages man $< $(patsubst wscheck-%,%,$(filter wscheck-%,$*)) > $@
$(B)/completion/%: src/cli/completion/% $(B)/pages
	@mkdir -p $(@D)
	$(call say,GEN,$@)
	$(Q)$(B)/pages $(if $(filter %.bash,$@),bash,zsh) $< > $@

# Where counters are kept, of every process.
COUNTED := $(if $(filter cov,$(VARIANT)),$(call obj,tests/coverage/exits.c))
$(LIB_TOOL): $(call obj,$(REPORT) $(CHECK) $(TRACEFMT)) $(COUNTED)
	@rm -f $@
	$(call say,AR,$@)
	$(Q)$(AR) rcs $@ $^

RECORD_OBJ := $(call obj,$(RECORD) $(filter-out tracefmt/jsonl_% tracefmt/trace_input.c tracefmt/trace_reader.c tracefmt/trace_versions.c,$(TRACEFMT)))
$(LIB_INNER): $(RECORD_OBJ)
	@rm -f $@
	$(call say,AR,$@)
	$(Q)$(AR) rcs $@ $^

# One object that shows only the public names: its inner ones are not to clash with those of the program it is part of.
define one_object
@rm -f $@
$(call say,AR,$@)
$(Q)$(CC) $(OPT_$(VARIANT)) $(HARDEN) $(PIC) $(if $(LTO_$(VARIANT)),$(LTO_$(VARIANT)) -flinker-output=nolto-rel,$(NO_LTO)) \
	-r -nostdlib -o $(@:.a=.o) $^
$(Q)$(OBJCOPY) --wildcard --keep-global-symbol='wsc_*' $(@:.a=.o)
$(Q)$(AR) rcs $@ $(@:.a=.o)
@rm -f $(@:.a=.o)
endef
$(LIB_RECORD): $(RECORD_OBJ)
	$(one_object)
$(LIB_CHECK): $(call obj,$(CHECK) tracefmt/trace_header.c tracefmt/id_map.c tracefmt/array.c)
	$(one_object)

# It stays in memory once it is there: its thread and its handlers of fork would otherwise run in what is no more.
$(LIB_SHARED): $(RECORD_OBJ) src/install/libwscheck.map
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(PIC) $(LTO_$(VARIANT)) -shared $(LD_$(VARIANT)) -pthread $(LDFLAGS) -o $@ $(RECORD_OBJ) \
		-Wl,-soname,libwscheck.so.$(SOVERSION) -Wl,--version-script=src/install/libwscheck.map \
		-Wl,-z,defs -Wl,-z,nodelete -Wl,--as-needed $(RECORD_LIBS)
	@ln -sf $(@F) $(B)/libwscheck.so.$(SOVERSION)
	@ln -sf libwscheck.so.$(SOVERSION) $(B)/libwscheck.so

# It has the recorder in itself, so that it and a host that is linked with the recorder don't meet.
$(LIB_OMPT): $(call obj,$(OMPT)) $(LIB_RECORD) src/ompt/libwscheck-ompt.map
	$(call say,LINK,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(PIC) $(LTO_$(VARIANT)) -shared $(LD_$(VARIANT)) -pthread $(LDFLAGS) -o $@ $(call obj,$(OMPT)) \
		$(LIB_RECORD) -Wl,-soname,$(@F) -Wl,--version-script=src/ompt/libwscheck-ompt.map \
		-Wl,-z,defs -Wl,-z,nodelete -Wl,--as-needed $(RECORD_LIBS)

# A library's objects may become part of a shared one, where they show nothing but what record.h declares.
PIC := -fPIC -fvisibility=hidden
$(B)/obj/tracefmt/%.o $(B)/obj/src/record/%.o $(B)/obj/src/check/%.o $(B)/obj/src/ompt/%.o: CFLAGS_ALL += $(PIC)
$(B)/obj/tracefmt/%.o $(B)/obj/src/record/%.o $(B)/obj/src/check/%.o: CFLAGS_ALL += $(COUNT_$(VARIANT))

define compile
@mkdir -p $(@D)
$(call say,CC,$<)
$(Q)$(CC) $(CPPFLAGS) $(1) $(CFLAGS_ALL) $(if $(2),,$(LTO_$(VARIANT))) -c -o $@ $<
endef
# Of objects and then archives, without link-time optimization; $(1): libraries.
define link
@mkdir -p $(@D)
$(call say,LINK,$@)
$(Q)$(CC) $(NO_LTO) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(1)
endef
$(B)/obj/tracefmt/%.o: tracefmt/%.c Makefile
	$(call compile,$(INC_tracefmt))
$(B)/obj/src/record/%.o: src/record/%.c Makefile
	$(call compile,$(INC_record))
$(B)/obj/src/check/%.o: src/check/%.c Makefile
	$(call compile,$(INC_check))
$(B)/obj/src/report/%.o: src/report/%.c Makefile
	$(call compile,$(INC_report) $(call pc,--cflags,libxml-2.0))
$(B)/obj/src/cli/%.o: src/cli/%.c Makefile
	$(call compile,$(INC_cli))
$(B)/obj/src/pages/%.o: src/pages/%.c Makefile
	$(call compile,$(INC_pages),no)
$(B)/obj/src/ompt/%.o: src/ompt/%.c $(B)/include/omp-tools.h Makefile
	$(call compile,$(INC_ompt) -isystem $(B)/include)
$(B)/include/omp-tools.h: $(OMP_TOOLS_H)
	@mkdir -p $(@D)
	$(Q)cp $< $@
# The page's style and script are files of their own in the source, and a part of the program.
ASSETS := src/report/html_style.css src/report/html_script.js
$(B)/gen/html_assets.inc: src/report/html_assets.sh $(ASSETS)
	@mkdir -p $(@D)
	$(call say,GEN,$@)
	$(Q)src/report/html_assets.sh $(ASSETS) > $@
$(B)/obj/src/report/html_frame.o: $(B)/gen/html_assets.inc
# A test that takes a sample in as source finds the headers of the sample that this uses.
$(B)/obj/tests/plain/test_deque_harness.o: override CPPFLAGS += -Isamples/pool
$(B)/obj/tests/%.o: tests/%.c Makefile
	$(call compile,$(INC_tests),no)

$(B)/tests/unit/%: $(B)/obj/tests/unit/%.o $(LIB_TOOL) $(LIB_INNER)
	$(call link,$(TEST_LIBS))
$(B)/tests/unit/test_progress: $(call obj,src/cli/progress.c)
# Calls that failing_calls.c lets fail.
FAILING_CALLS := malloc calloc realloc aligned_alloc strdup strndup ZSTD_createCCtx ZSTD_createDCtx json_tokener_new_ex mmap \
	read pread write fstat fstatat lseek dup renameat posix_fallocate getrandom sigaction sem_init pthread_cond_init \
	pthread_mutex_init pthread_create pthread_join pthread_sigmask close readlink openat
$(B)/tests/unit/test_failing_calls $(B)/tests/unit/test_record_failures: $(call obj,tests/unit/failing_calls.c)
$(B)/tests/unit/test_failing_calls $(B)/tests/unit/test_record_failures: private override LDFLAGS += $(FAILING_CALLS:%=-Wl,--wrap=%)
$(B)/tests/unit/test_model $(B)/tests/unit/test_partial $(B)/tests/unit/test_simulate $(B)/tests/unit/test_range: $(B)/tests/unit/%: $(B)/obj/tests/unit/%.o $(call obj,$(MODEL)) $(LIB_TOOL)
	$(call link,$(TEST_LIBS))
$(B)/tests/model/compare: $(call obj,tests/model/compare.c $(MODEL)) $(LIB_TOOL)
	$(call link,$(TOOL_LIBS))
$(B)/tests/model/simulate: $(call obj,tests/model/simulate.c $(MODEL)) $(LIB_TOOL)
	$(call link,$(TOOL_LIBS))
$(B)/tests/corrupt/corrupt: $(call obj,$(sort $(wildcard tests/corrupt/*.c))) $(LIB_TOOL)
	$(call link,$(TOOL_LIBS))
# With VARIANT=fuzz libFuzzer has a main(); else replay.c.
FUZZ := $(patsubst tests/fuzz/fuzz_%.c,$(B)/tests/fuzz/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
FUZZ_SEEDS := $(addprefix $(B)/tests/fuzz/seed_,trace rings histories)
$(B)/tests/fuzz/trace: $(call obj,tests/corrupt/original.c tests/fuzz/pieces_mutator.c)
$(B)/tests/fuzz/events: $(call obj,$(MODEL))
$(B)/tests/fuzz/engine: $(call obj,tests/model/alike.c)
$(FUZZ): $(B)/tests/fuzz/%: $(B)/obj/tests/fuzz/fuzz_%.o $(if $(filter fuzz,$(VARIANT)),,$(call obj,tests/fuzz/replay.c)) \
		$(LIB_TOOL)
	$(call link,$(TOOL_LIBS))
$(B)/tests/fuzz/seed_trace: $(call obj,tests/fuzz/seed_trace.c tests/corrupt/original.c) $(LIB_TOOL)
	$(call link,$(TOOL_LIBS))
$(B)/tests/fuzz/seed_rings: $(call obj,tests/fuzz/seed_rings.c)
	$(link)
$(B)/tests/fuzz/seed_histories: $(call obj,tests/fuzz/seed_histories.c $(MODEL)) $(LIB_TOOL)
	$(call link,$(TOOL_LIBS))
$(B)/tests/mutate/driver: $(call obj,tests/mutate/driver.c $(MODEL)) $(LIB_TOOL)
	$(call link,$(TOOL_LIBS))
$(B)/tests/plain/%: $(B)/obj/tests/plain/%.o $(LIB_INNER) $(LIB_TOOL)
	$(call link,$(TOOL_LIBS))
$(B)/tests/bench/%: $(B)/obj/tests/bench/%.o $(LIB_INNER) $(LIB_TOOL)
	$(call link,$(TOOL_LIBS) -lm $(if $(filter $(WITH_LTTNG:%=tests/bench/%),$(@:$(B)/%=%)),$(LTTNG_LIBS)))
# A victim for tests/kill/campaign.py.
$(B)/tests/kill/target: $(B)/obj/tests/kill/target.o $(LIB_RECORD)
	$(call link,$(RECORD_LIBS))
# What makes calls fail, and the host that is recorded meanwhile, for tests/fail/campaign.py. With a sanitizer, the
# allocator can't be replaced.
FAIL := $(if $(and $(filter release cov,$(VARIANT)),$(filter x86_64,$(shell uname -m))),$(B)/tests/fail/faults.so $(B)/tests/fail/host)
$(B)/obj/tests/fail/faults.o: CFLAGS_ALL += -fPIC
$(B)/tests/fail/faults.so: $(B)/obj/tests/fail/faults.o
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(NO_LTO) $(CFLAGS_ALL) -shared -o $@ $< $(LDFLAGS) -ldl
$(B)/tests/fail/host: $(B)/obj/tests/fail/host.o $(COUNTED) $(LIB_RECORD)
	$(call link,$(RECORD_LIBS))
# LTTng-UST is measured beside ours where it is installed.
LTTNG_LIBS = $(call pc,--libs,lttng-ust) -ldl
WITH_LTTNG := recorder_modes lttng_copy
$(WITH_LTTNG:%=$(B)/obj/tests/bench/%.o): override CPPFLAGS += $(if $(call pc,--libs,lttng-ust),-DBENCH_HAS_LTTNG -Itests/bench)

# A sample is built the way a user builds: the public headers and a library, nothing of src/. The library is the
# recorder's, unless SAMPLE_LIB_name says otherwise; what one sample uses of another is listed in SAMPLE_USES_name.
SAMPLE_LIB_unit-test := $(LIB_CHECK)
SAMPLE_USES_deque := $(addprefix samples/pool/,deque.c deque.h order.h cpu.h bugs.c bugs.h)
samples: $(SAMPLES)
sample_cc = $(if $(wildcard samples/$(1)/*.cc),$(CXX) -std=c++11 $(filter-out %-prototypes,$(WARN)),$(CC) -std=c11 $(WARN))
define sample_rule
$(B)/samples/$(1): private override CFLAGS += $(addprefix -I,$(sort $(dir $(SAMPLE_USES_$(1)))))
$(B)/samples/$(1): $(wildcard samples/$(1)/*.* samples/sample.h include/wscheck/*.h*) $(SAMPLE_USES_$(1)) \
		$(or $(SAMPLE_LIB_$(1)),$(LIB_RECORD))
	@mkdir -p $$(@D)
	$$(call say,$(if $(wildcard samples/$(1)/*.rs),RUSTC,CC),$$@)
	$$(Q)$(if $(wildcard samples/$(1)/*.rs),$$(sample_rust),$$(sample_c))
endef
sample_c = $(call sample_cc,$(@F)) -Iinclude -Isamples -D_GNU_SOURCE $(HARDEN) $(OPT_$(VARIANT)) $(CFLAGS) -pthread \
	$(NO_LTO) $(LDFLAGS_ALL) -o $@ $(filter %.c %.cc %.a,$^) $(if $(SAMPLE_LIB_$(@F)),,$(RECORD_LIBS))
sample_rust = MAKEFLAGS= $(RUSTC) --edition 2021 -O $(if $(WERROR),-D warnings) -o $@ $(filter %.rs,$^) \
	-L $(B) -l static=wscheck $(RECORD_LIBS)
$(foreach s,$(patsubst $(B)/samples/%,%,$(SAMPLES)),$(eval $(call sample_rule,$(s))))

-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)

# Targets that need packages install them first, then start again, so that pkg-config is asked anew.
deps: ## install what building and `make demo` need (apt; root or sudo -n)
	@.ci/deps build
deps-test: ## install what `make test` needs
	@.ci/deps build test package
deps-bench:
	@.ci/deps bench
deps-package:
	@.ci/deps build package
deps-lint: ## install what `make lint` and `make format` need
	@.ci/deps lint

demo: deps ## record a sound and a broken pool, print both reports
	@$(MAKE) --no-print-directory $(JFLAG) all
	@B=$(B) samples/demo.sh

# What is built with TSan, which sees into the recorder alone.
TSAN = $(patsubst $(B)/%,build/tsan/%,$(LIB_RECORD) $(PLAIN)) \
	$(addprefix build/tsan/samples/,pool fork-join async slots continuations $(if $(call has,$(CXX)),cpp))
tests: $(UNIT) $(PLAIN) $(B)/tests/bench/generate $(B)/tests/bench/peak $(B)/tests/kill/target $(B)/tests/corrupt/corrupt $(FUZZ) $(FUZZ_SEEDS) $(FAIL)
test: deps-test ## every test, also under ASan+UBSan and TSan
	@.ci/arm64-root build/arm64-root
	@$(MAKE) --no-print-directory test-run
test-run:
	@$(MAKE) --no-print-directory $(JFLAG) VARIANT=release all tests
	@$(MAKE) --no-print-directory $(JFLAG) VARIANT=asan all tests
	@$(MAKE) --no-print-directory $(JFLAG) VARIANT=tsan $(TSAN)
	@tests/run.sh all
test-fast: deps-test ## the unit tests, the cases, the checker without memory
	@$(MAKE) --no-print-directory $(JFLAG) all tests
	@tests/run.sh fast
asan: deps-test ## the tests that ASan and UBSan can see into
	@$(MAKE) --no-print-directory $(JFLAG) VARIANT=asan all tests
	@tests/run.sh asan
tsan: deps-test ## the tests that TSan can see into
	@$(MAKE) --no-print-directory $(JFLAG) VARIANT=release build/release/wscheck
	@$(MAKE) --no-print-directory $(JFLAG) VARIANT=tsan $(TSAN)
	@tests/run.sh tsan
valgrind: deps-test ## the recorder's tests under valgrind's memcheck, as they are in a release
	@$(MAKE) --no-print-directory $(JFLAG) VARIANT=release tests
	@tests/run.sh valgrind

model: deps-test ## the engine against a slow model, on MODEL_HISTORIES random histories of each kind from MODEL_SEED
	@$(MAKE) --no-print-directory $(JFLAG) $(B)/tests/model/compare
	@$(B)/tests/model/compare -n $(MODEL_HISTORIES) -s $(MODEL_SEED)

simulate: deps-test ## simulated schedulers: SIMULATE_LEGAL sound runs of each kind and size, SIMULATE_FAULTY of each fault
	@$(MAKE) --no-print-directory $(JFLAG) $(B)/tests/model/simulate
	@$(B)/tests/model/simulate -n $(SIMULATE_LEGAL) -f $(SIMULATE_FAULTY) -s $(SIMULATE_SEED)

mutate: deps-test ## break the engine in a thousand small ways: the tests must notice each (tests/mutate/mutate.py)
	@tests/mutate/mutate.py

bench: deps-test ## measure; writes build/bench.json
	@$(MAKE) --no-print-directory $(JFLAG) all $(BENCH)
	@tests/bench/run.sh
bench-recorder: deps-test deps-bench ## what recording costs in each mode, beside LTTng-UST; writes build/bench-recorder.json
	@$(MAKE) --no-print-directory $(JFLAG) all $(B)/tests/bench/recorder_modes
	@tests/bench/recorder_table.py $(B) build/bench-recorder.json

bench-long: deps-test deps-bench ## a trace of a billion events (10 minutes, 2 GB); babeltrace2 on events of LTTng; writes build/bench-long.json
	@$(MAKE) --no-print-directory $(JFLAG) all $(B)/tests/bench/peak $(B)/tests/bench/generate $(B)/tests/bench/lttng_copy
	@tests/bench/long_table.py $(B) build/bench-long.json
campaign: deps-test ## 380 recorded runs of the sample pool, sound and broken, and what is said of them
	@$(MAKE) --no-print-directory $(JFLAG) all
	@B=$(B) tests/campaign.sh

kill-campaign: deps-test ## 525 recording programs killed at random moments: nothing may be missing of what they left
	@$(MAKE) --no-print-directory $(JFLAG) $(PROGRAM) $(B)/tests/kill/target
	@tests/kill/campaign.py $(B)

corrupt: deps-test ## damage traces in 100,000 ways: each is refused, or the report says that something is missing
	@$(MAKE) --no-print-directory $(JFLAG) all $(B)/tests/corrupt/corrupt
	@B=$(B) tests/corrupt/campaign.sh

fail: deps-test ## let each allocation and system call of the program and of a recorder's host fail in turn
	@$(MAKE) --no-print-directory $(JFLAG) $(PROGRAM) $(B)/samples/pool $(FAIL)
	@tests/fail/campaign.py $(B)

deps-fuzz:
	@.ci/deps fuzz
FUZZ_SECONDS ?= 60
fuzz: deps-test deps-fuzz ## fuzz each of tests/fuzz for FUZZ_SECONDS; what is found lies in build/fuzz/found
	@$(MAKE) --no-print-directory $(JFLAG) $(PROGRAM) $(FUZZ_SEEDS)
	@$(MAKE) --no-print-directory $(JFLAG) CC=clang VARIANT=fuzz $(FUZZ:$(B)/%=build/fuzz/%)
	@tests/fuzz/run.sh $(FUZZ_SECONDS)

deps-coverage:
	@.ci/deps coverage
coverage: deps-test deps-coverage ## lines and branches of the checker, the format and the recorder that tests reach; some minutes
	@$(MAKE) --no-print-directory $(JFLAG) VARIANT=release all tests
	@$(MAKE) --no-print-directory $(JFLAG) CC=gcc VARIANT=cov build/cov/wscheck build/cov/samples/pool tests
	@tests/coverage/run.sh

lint: deps-test deps-lint ## layers, formatting, shell scripts, forbidden calls, variable arrays, recursion
	@tests/lint.sh
	@$(MAKE) --no-print-directory $(B)/gen/html_assets.inc
	@tests/static/run.sh $(B) recursion
static: deps-lint ## clang-tidy, cppcheck, gcc's analyzer, recursion: some minutes
	@.ci/deps static
	@$(MAKE) --no-print-directory $(JFLAG) products
	@tests/static/run.sh $(B)
format: deps-lint ## clang-format every C and C++ file
	@git ls-files '*.c' '*.h' '*.cc' '*.hpp' | xargs clang-format -i

shell_word = '$(subst ','\'',$(1))'
PLACE = BUILD=$(B) VERSION=$(VERSION) DESTDIR=$(call shell_word,$(DESTDIR)) PREFIX=$(call shell_word,$(PREFIX)) \
	LIBDIR=$(call shell_word,$(LIBDIR)) ZSHDIR=$(call shell_word,$(ZSHDIR)) src/install/install.sh
install: $(PRODUCTS) ## into $(DESTDIR)$(PREFIX), libraries into $(LIBDIR) if that is given
	$(PLACE) install
uninstall: ## remove what install put there
	$(PLACE) uninstall
install-check: deps-test ## install into a tree below build/, build and run programs against it (pkg-config, CMake)
	@$(MAKE) --no-print-directory $(JFLAG) VARIANT=release products
	@tests/run.sh script tests/cli/install.sh
package: deps-package ## a source tarball and Debian packages of the last commit, in build/package/
	@.packaging/package.sh $(VERSION) build/package
clean: ## remove build/
	rm -rf build
help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 14
