# sallyport: one Makefile for all of it.  `make help` lists the targets.
#
#   CC=gcc|clang  SAN=address,undefined  V=1
#   UNIT=folder  FUZZ=name  FUZZ_SECONDS=60  DEMO=once
#   BENCH='--case small --rounds 3'  (scripts/bench --help)
#   DESTDIR=  prefix=/usr/local  sysconfdir=/etc

VERSION = 0.1.0

MAKEFLAGS += --no-print-directory

ifeq ($(origin CC),default)
CC = gcc
endif
comma   := ,
FLAVOUR := $(notdir $(firstword $(CC)))$(if $(SAN),-$(subst $(comma),+,$(SAN)))
O       := build/$(FLAVOUR)
BIN     := $(O)/sallyport
JOBS    := $(shell nproc)
PARALLEL = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(JOBS))

# A sanitizer must look into the process from outside: no sandbox.
OTHERS  := $(if $(SAN),src/daemon/sandbox.c tests/unit/daemon/check_sandbox.c, \
	     src/daemon/sandbox_none.c)
SRC     := $(filter-out $(OTHERS),$(sort $(wildcard src/*/*.c)))
LIBSRC  := $(filter-out src/cli/main.c,$(SRC))
SUPPORT := $(sort $(wildcard tests/unit/support/*.c))
CHECKS  := $(filter-out $(OTHERS), \
	     $(sort $(wildcard tests/unit/$(or $(UNIT),*)/check_*.c)))
FUZZERS := $(sort $(wildcard tests/fuzz/fuzz_$(or $(FUZZ),*).c))
BENCHES := $(sort $(wildcard tests/bench/*.c))
TOOLSRC := $(sort $(wildcard tests/tools/*.c))
OBJ     := $(patsubst %.c,$(O)/%.o,$(SRC) $(SUPPORT) $(CHECKS) $(FUZZERS) \
	     $(TOOLSRC) \
	     $(BENCHES) tests/fuzz/replay.c)
UNITS   := $(CHECKS:tests/unit/%.c=$(O)/tests/%)
TARGETS := $(FUZZERS:tests/fuzz/%.c=$(O)/fuzz/%)
TOOLS   := $(TOOLSRC:tests/tools/%.c=$(O)/tools/%) \
	   $(patsubst tests/preload/%.c,$(O)/preload/%.so, \
	     $(sort $(wildcard tests/preload/*.c)))

# Looked up at first use, so that what compiles nothing needs no compiler.
say    = $(if $(V),,@echo '  $(1)' &&)
lazy   = $(eval $(1) := $(2))$($(1))
accept = $(shell $(CC) -Werror $(1) -c -x c /dev/null -o /dev/null 2>/dev/null \
	   && echo $(1))
pkgs   = $(shell pkg-config $(1))$(if $(filter-out 0,$(.SHELLSTATUS)),$(error \
	   libraries are missing; scripts/install-deps installs them))
PKGS   = libevent_core libevent_extra openssl yaml-0.1 libseccomp libidn2 \
	 $(if $(wildcard src/mux/mux_h2.c),libnghttp2)
INCS   = $(call lazy,INCS,$(call pkgs,--cflags $(PKGS)))
LIBS   = $(call lazy,LIBS,$(call pkgs,--libs $(PKGS)))
CHECK  = $(call lazy,CHECK,$(call pkgs,--libs check))

CFLAGS  ?= $(if $(SAN),-O1,-O2) -g
WARN     = -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes \
	   -Wmissing-prototypes -Wold-style-definition -Wpointer-arith \
	   -Wwrite-strings -Wundef -Wvla -Wformat=2 -Wimplicit-fallthrough
HARDEN   = $(call lazy,HARDEN,-fstack-protector-strong \
	   $(foreach f,-fstack-clash-protection -fcf-protection=full \
	   -ftrivial-auto-var-init=zero,$(call accept,$(f))) \
	   $(if $(findstring -O0,$(CFLAGS)),,-U_FORTIFY_SOURCE \
	   -D_FORTIFY_SOURCE=3))
SANITIZE = -fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer
PROTECT  = $(if $(SAN),$(SANITIZE),$(HARDEN))
# The daemon is optimised as a whole; tests are linked as they are, and so is
# everything by compilers that cannot put both into one object.
LTO      = $(if $(SAN)$(findstring -O0,$(CFLAGS)),,$(call lazy,LTO,$(call \
	   accept,-flto=auto -ffat-lto-objects)))
COMPILE  = $(CC) -std=c11 -D_GNU_SOURCE -Isrc $(INCS) $(DEFS) $(WARN) \
	   $(PROTECT) -fPIE $(CPPFLAGS) $(CFLAGS) $(WHOLE) -MMD -MP -c -o
LINK     = $(CC) $(PROTECT) $(CFLAGS) -fno-lto -pie -Wl,-z,relro,-z,now \
	   -Wl,--as-needed $(LDFLAGS) -o

ifneq ($(SAN),)
# One process, so that LeakSanitizer sees the leaks of a test.
export CK_FORK = no
export ASAN_OPTIONS ?= detect_leaks=1:detect_stack_use_after_return=1
export UBSAN_OPTIONS ?= print_stacktrace=1
endif

LINTS    = $(addprefix lint-,layers format tidy cppcheck shell man unit)

.PHONY: all check check-systemd unit replay integration fuzz fuzz-run lint \
	$(LINTS) format commands demo bench bench-micro bench-scale \
	bench-refusals \
	bench-programs install uninstall clean help
.SECONDARY: $(OBJ)
.DELETE_ON_ERROR:

all: $(O)/lib.a $(if $(wildcard src/cli/main.c),$(BIN)) #: build build/sallyport
ifeq ($(FLAVOUR),gcc)
all: $(if $(wildcard src/cli/main.c),build/sallyport)
build/sallyport: $(BIN)
	ln -sf $(FLAVOUR)/sallyport $@
endif

$(O)/src/%.o: DEFS = $(addprefix -include ,$(wildcard src/base/poison.h))
$(O)/src/%.o: WHOLE = $(LTO)
$(O)/src/cli/%.o $(O)/src/tls/ctx.o: \
    DEFS += '-DSALLYPORT_VERSION="$(VERSION)"'
$(O)/tests/unit/%.o $(O)/tests/tools/%.o: DEFS = -Itests/unit
$(O)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC  $@) $(COMPILE) $@ $<

$(O)/lib.a: $(LIBSRC:%.c=$(O)/%.o)
	@mkdir -p $(@D)
	$(call say,AR  $@) rm -f $@ && ar rcs $@ $^

$(BIN): $(O)/src/cli/main.o $(O)/lib.a
	$(call say,LD  $@) $(LINK:-fno-lto=$(LTO)) $@ $^ $(LIBS)

$(O)/tests/%: $(O)/tests/unit/%.o $(SUPPORT:%.c=$(O)/%.o) $(O)/lib.a
	@mkdir -p $(@D)
	$(call say,LD  $@) $(LINK) $@ $^ $(CHECK) $(LIBS)

# Programs of ours that tests in Python ask.
$(O)/tools/%: $(O)/tests/tools/%.o $(SUPPORT:%.c=$(O)/%.o) $(O)/lib.a
	@mkdir -p $(@D)
	$(call say,LD  $@) $(LINK) $@ $^ $(CHECK) $(LIBS)

# For LD_PRELOAD, in front of a sanitizer too.
$(O)/preload/%.so: tests/preload/%.c Makefile
	@mkdir -p $(@D)
	$(call say,LD  $@) $(CC) -std=c11 -D_GNU_SOURCE $(WARN) -O2 -g -fPIC \
	    -shared $(if $(SAN),-DHAS_SANITIZER) -o $@ $<

# libFuzzer brings its own main(); everywhere else the driver is replay.c.
DRIVER = $(if $(filter fuzz,$(FLAVOUR)),-fsanitize=fuzzer, \
	   $(O)/tests/fuzz/replay.o)
$(O)/fuzz/%: $(O)/tests/fuzz/%.o $(filter %.o,$(DRIVER)) $(O)/lib.a
	@mkdir -p $(@D)
	$(call say,LD  $@) $(LINK) $@ $(filter -f%,$(DRIVER)) $^ $(LIBS)

-include $(OBJ:.o=.d)

check: #: install what is missing, build, run every test
	scripts/install-deps all
	+$(MAKE) $(PARALLEL) all unit
	+$(MAKE) $(PARALLEL) replay
	+$(MAKE) integration

unit: $(UNITS) #: build and run the Check programs
	@scripts/run-unit $(O)/tests $(UNITS)

replay: $(TARGETS) #: run each fuzz target once over each file of its corpus
	@for t in $(TARGETS); do \
	    $$t tests/fuzz/corpus/$${t##*/fuzz_} || exit 1; done

integration: all $(TOOLS) bench-programs #: drive the real program with pytest
ifneq ($(wildcard tests/integration/test_*.py),)
	SALLYPORT=$(abspath $(BIN)) $(if $(SAN),SALLYPORT_SAN=$(SAN)) \
	    PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 -m pytest -q \
	    -p no:cacheprovider tests/integration
endif

check-systemd: all #: run it under a real systemd, in a container; root
	scripts/check-systemd

fuzz: #: fuzz each target for FUZZ_SECONDS
	+$(MAKE) $(PARALLEL) CC=clang FLAVOUR=fuzz \
	    SAN=fuzzer-no-link,address,undefined fuzz-run

fuzz-run: $(TARGETS)
	@scripts/run-fuzz $(or $(FUZZ_SECONDS),60) $(TARGETS)

lint: $(LINTS) #: style and static analysis
CFILES = $(sort $(wildcard $(foreach d,src/* tests/* tests/unit/*,$(d)/*.[ch])))
lint-layers:
	scripts/check-layers --self-test
	scripts/check-layers
lint-format:
	clang-format --dry-run -Werror $(CFILES)
format: #: make lint-format content
	clang-format -i $(CFILES)
lint-tidy: compile_commands.json
	@# one at a time: with two files its va_list checker is wrong
	printf '%s\n' $(SRC) | xargs -n 1 -P $(JOBS) clang-tidy --quiet -p .
lint-cppcheck:
	cppcheck --quiet --enable=warning,performance,portability --std=c11 \
	    --inline-suppr --error-exitcode=1 -j $(JOBS) -D_GNU_SOURCE -Isrc src
lint-shell:
	shellcheck $$(grep -lE '^#!.*sh$$' scripts/* .ci/*)
lint-man:
	$(if $(wildcard man/*),mandoc -Tlint -Wwarning $(wildcard man/*))

lint-unit:
	@mkdir -p build/unit && ln -sf /bin/true build/unit/sallyport
	scripts/make-units build/unit $(CURDIR)/build/unit /etc
	systemd-analyze verify --man=no --recursive-errors=no \
	    $(SYSTEMD:%=build/unit/%)
	@# in tenths: 1.5 at most
	systemd-analyze security --offline=true --no-pager --threshold=15 \
	    build/unit/sallyport.service >build/unit/security || \
	    { cat build/unit/security; exit 1; }

# clangd and clang-tidy want clang's flags.
compile_commands.json: Makefile $(SRC) $(CHECKS) $(FUZZERS) #: for editors
	+@$(MAKE) -nB V=1 CC=clang commands | sed -n \
	    -e '/ -c -o /!d' -e 's/[\\"]/\\&/g' \
	    -e 's|.* \(.*\.c\)$$|"file": "\1", "command": "&"|' \
	    -e 's|.*|{"directory": "$(CURDIR)", &},|p' | \
	    sed -e '1s/^/[/' -e '$$s/,$$/]/' > $@
commands: $(OBJ)

demo: #: see it at work; DEMO=once ends by itself
	scripts/install-deps demo
	+$(MAKE) $(PARALLEL) all
	scripts/demo $(BIN) $(DEMO)

bench: #: sallyport beside nginx, HAProxy and hitch; takes 15 minutes
	scripts/install-deps bench
	+$(MAKE) $(PARALLEL) all bench-programs
	SALLYPORT=$(abspath $(BIN)) scripts/bench \
	    --programs $(abspath $(O)/bench) $(BENCH)
bench-micro bench-scale: #: what parts cost; what more of everything costs
	scripts/install-deps bench
	+$(MAKE) $(PARALLEL) all bench-programs
	SALLYPORT=$(abspath $(BIN)) scripts/$@ \
	    --programs $(abspath $(O)/bench) $(BENCH)
bench-refusals: all #: what a refusal costs beside an acceptance
	SALLYPORT=$(abspath $(BIN)) scripts/bench-refusals $(BENCH)
bench-programs: $(addprefix $(O)/bench/,load backend micro)
$(O)/bench/load: $(patsubst %.c,$(O)/%.o,$(wildcard tests/bench/load*.c) \
    tests/bench/hist.c tests/bench/pattern.c)
$(O)/bench/backend: $(O)/tests/bench/backend.o $(O)/tests/bench/pattern.o
$(O)/bench/micro: $(O)/tests/bench/micro.o $(O)/lib.a
$(O)/bench/%:
	@mkdir -p $(@D)
	$(call say,LD  $@) $(LINK) $@ $^ $(LIBS)

prefix     ?= /usr/local
sbindir    ?= $(prefix)/sbin
mandir     ?= $(prefix)/share/man
sysconfdir ?= /etc
libdir     ?= $(prefix)/lib
D           = $(DESTDIR)
CONF        = $(D)$(sysconfdir)/sallyport/sallyport.yaml

SYSTEMD     = sallyport.service sallyport@.service sallyport.socket
UNITDIR     = $(D)$(libdir)/systemd/system
LOGROTATE   = $(D)$(sysconfdir)/logrotate.d/sallyport
SYSUSERS    = $(D)$(libdir)/sysusers.d/sallyport.conf

install: all #: program, manuals, unit, user, example configuration
	install -Dm 755 $(BIN) $(D)$(sbindir)/sallyport
	for m in $(wildcard man/*); do \
	    install -Dm 644 $$m $(D)$(mandir)/man$${m##*.}/$${m##*/}; done
	install -Dm 644 systemd/sallyport.sysusers $(SYSUSERS)
	scripts/make-units $(UNITDIR) $(sbindir) $(sysconfdir)
	install -Dm 644 conf/sallyport.logrotate $(LOGROTATE)
	test -e $(CONF) || install -Dm 644 conf/sallyport.yaml $(CONF)

uninstall: #: all but the configuration
	rm -f $(D)$(sbindir)/sallyport $(SYSUSERS) $(LOGROTATE)
	rm -f $(SYSTEMD:%=$(UNITDIR)/%)
	for m in $(notdir $(wildcard man/*)); do \
	    rm -f $(D)$(mandir)/man$${m##*.}/$$m; done

clean:
	rm -rf build compile_commands.json

help:
	@sed -n 's/^\([a-z_.]*\):.*#: */\1\t/p' Makefile | expand -t 24
