// The engine for x86-64 with BMI2 and ADX: the scalar product in assembly.
#include "base.h"

#if BIONOIR_X86
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
