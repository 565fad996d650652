// What the WebAssembly build asks of its host (src/kernel/wasm): imports of the module `host`. Everything else that the
// kernel needs of a system is in wasm_runtime.cpp.
#pragma once
#include "base.h"

namespace bionoir {

#define BIONOIR_IMPORT(name) extern "C" __attribute__((import_module("host"), import_name(name)))

// Fills memory with random bytes; 0 when the host has none.
BIONOIR_IMPORT("random") u32 hostRandom(void* out, std::size_t size);
// A progress report of the call that runs on this thread.
BIONOIR_IMPORT("progress") void hostProgress(void* context, const char* step, double fraction);
// The program cannot go on: a contract of the runtime is broken. Never returns.
BIONOIR_IMPORT("fatal") void hostFatal(const char* message);

}  // namespace bionoir
