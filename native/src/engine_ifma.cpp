// The engine for x86-64 with AVX-512 IFMA: eight field elements at a time. Only code in this file's own namespace may use
// the wide instructions: the standard headers come before the pragma, so that the linker can never pick a wide copy of
// something that another file uses too.
#include "base.h"

#if BIONOIR_X86
#include <immintrin.h>

#include <atomic>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <type_traits>
#include <vector>

#include "engine.h"
#include "zkey.h"

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512vl,avx512ifma,bmi2,adx"))), apply_to = function)
#else
#pragma GCC target("avx512f,avx512dq,avx512vl,avx512ifma,bmi2,adx")
#endif

#define BIONOIR_ENGINE ifma
#define BIONOIR_ADX 1
#define BIONOIR_IFMA 1
#include "engine.inc.h"

namespace bionoir {
const Engine& ifmaEngine() {
  static const ifma::PathEngine engine;
  return engine;
}
}  // namespace bionoir

// The pragma stays in force to the end, where templates are instantiated.
#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
