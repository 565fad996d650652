// The engine for any 64-bit processor: C++ with 128-bit products.
#define BIONOIR_ENGINE portable
#define BIONOIR_ADX 0
#define BIONOIR_IFMA 0
#include "engine.inc.h"

namespace bionoir {
const Engine& portableEngine() {
  static const portable::PathEngine engine;
  return engine;
}
}  // namespace bionoir
