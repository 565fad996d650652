// What is built: decided before anything else is included.
#pragma once

// Whether the paths for x86-64 are built; BIONOIR_PORTABLE_ONLY leaves them out.
#if defined(__x86_64__) && !defined(BIONOIR_PORTABLE_ONLY)
#define BIONOIR_X86 1
#else
#define BIONOIR_X86 0
#endif
// Whether this is the build for WebAssembly (scripts/build-wasm.mjs).
#if defined(__wasm__)
#define BIONOIR_WASM 1
#else
#define BIONOIR_WASM 0
#endif
