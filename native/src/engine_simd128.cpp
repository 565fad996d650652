// The engine for WebAssembly: four field elements at a time on 128-bit vectors.
#include "base.h"

#if BIONOIR_WASM
#define BIONOIR_ENGINE simd128
#define BIONOIR_ADX 0
#define BIONOIR_IFMA 0
#define BIONOIR_SIMD128 1
#include "engine.inc.h"

namespace bionoir {
const Engine& simd128Engine() {
  static const simd128::PathEngine engine;
  return engine;
}
}  // namespace bionoir
#endif
