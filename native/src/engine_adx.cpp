// The engine for x86-64 with BMI2 and ADX: the scalar product in assembly.
#include "base.h"

#if BIONOIR_X86
#include <atomic>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <type_traits>
#include <vector>

#include "engine.h"
#include "zkey.h"

// Vectors would only copy what the assembly has just stored word by word, and wait for it.
#if !defined(__clang__)
#pragma GCC target("general-regs-only")
#endif
#define BIONOIR_ENGINE adx
#define BIONOIR_ADX 1
#define BIONOIR_IFMA 0
#include "engine.inc.h"

namespace bionoir {
const Engine& adxEngine() {
  static const adx::PathEngine engine;
  return engine;
}
}  // namespace bionoir
#endif
