// The engine for x86-64 with BMI2 and ADX: the scalar product in assembly.
#include "platform.h"

#if BIONOIR_X86
#include <sys/mman.h>

#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

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
