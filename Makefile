# What a person types. Projects in C build by CMakeLists.txt; this is a shell for cargo and scripts.

.PHONY: all demo test bench clean help

all: ## build the shared and the static library with cargo (needs cargo and a C compiler)
	@echo "The library is in $$(tools/library.sh release), its header in include."

demo: ## fetch over HTTPS from a server of its own; URL=https://... fetches that, CACERT=FILE trusts its CA
	@tools/demo.sh $(if $(URL),$(if $(CACERT),--cacert '$(CACERT)') '$(URL)')

test: ## run all tests; installs the tools they need if run as root on Debian
	@tools/need.sh
	cargo test --workspace --locked
	cargo test --locked --features aws-lc-rs --test tls
	c-tests/run.sh
	c-tests/build/run.sh
	HC_LIB=$$(tools/library.sh release) probes/run.sh
	HC_LIB=$$(tools/library.sh release)/libhttpclient.so tests/oracle/run.sh
	tools/demo.sh

bench: ## run the benchmarks: see bench/README.md
	bench/loops/run.sh
	cargo test --locked --release --test tls -- --ignored --nocapture bare_rustls

clean: ## remove what was built
	cargo clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /make \1 \t/p' Makefile | expand -t 12
