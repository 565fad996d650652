// What each instruction set's build of the kernel offers to kernel.cpp. Implemented by engine.inc.h, compiled once a path.
#pragma once
#include <memory>

#include "pool.h"

namespace bionoir {

struct EngineKey {
  u32 wires = 0, publics = 0;
  virtual ~EngineKey() = default;
};

struct EngineUltraKey {
  u32 wires = 0, publics = 0, challenges = 0, roundOne = 0;
  virtual ~EngineUltraKey() = default;
};

// Bytes to be released with std::free.
struct OwnedBytes {
  u8* data = nullptr;
  std::size_t size = 0;
};

class Engine {
 public:
  virtual ~Engine() = default;
  virtual std::unique_ptr<EngineKey> loadKey(Pool&, const Supervision&, const u8* zkey, std::size_t length) const = 0;
  // From a file; `cache` may be null.
  virtual std::unique_ptr<EngineKey> openKey(Pool&, const Supervision&, const char* path, const char* cache,
                                             bk_key_source& source) const = 0;
  virtual void prove(Pool&, const Supervision&, const EngineKey&, u8 proof[256], const u8* witness, std::size_t length,
                     const u8 blinding[64]) const = 0;
  // `ultra`: five secrets, round 1's delta last.
  virtual OwnedBytes setup(Pool&, const Supervision&, const u8* r1cs, std::size_t length, const u8* secrets, bool ultra) const = 0;
  virtual std::unique_ptr<EngineUltraKey> loadUltraKey(Pool&, const Supervision&, const u8* zkey, std::size_t length) const = 0;
  virtual void ultraCommit(Pool&, const Supervision&, const EngineUltraKey&, u8 commitment[64], const u8* wires,
                           std::size_t length, const u8 rho[32]) const = 0;
  virtual void ultraProve(Pool&, const Supervision&, const EngineUltraKey&, u8 proof[256], const u8* witness, std::size_t length,
                          const u8 blinding[96]) const = 0;
  // `rounds` is 1 for Groth16, 2 for UltraGroth: the number of deltas, and of C points in a proof. `weights`: 16 random
  // bytes a proof, unread for a single one.
  virtual bool verify(Pool&, std::size_t rounds, const u8* key, std::size_t keyLength, const u8* publics, std::size_t publicsLength,
                      const u8* proofs, std::size_t proofsLength, const u8* weights) const = 0;
  // What ceremonies are made of; see bionoir_kernel.h.
  virtual void scalePoints(Pool&, const Supervision&, u8* out, const u8* points, std::size_t count, const u8 scalar[32]) const = 0;
  virtual void multiplyPoint(u8* out, bk_group, const u8* point, const u8 scalar[32]) const = 0;
  virtual void combinePoints(Pool&, const Supervision&, u8* out, bk_group, const u8* points, const u8* scalars,
                             std::size_t scalarBytes, std::size_t count) const = 0;
  virtual void checkSubgroup(Pool&, const Supervision&, const u8* points, std::size_t count, const u8 seed[32]) const = 0;
  virtual bool pairingCheck(Pool&, const u8* g1, const u8* g2, std::size_t count) const = 0;
  virtual void printPointsForHash(Pool&, u8* out, bk_group, const u8* points, std::size_t count) const = 0;
  virtual void deriveG2(u8 point[128], const u8 seed[32]) const = 0;
  virtual void deriveKeys(u8* scalars, u8* points, const u8 seed[32], std::size_t count) const = 0;
  virtual void lagrangeDual(u8* values, u32 power) const = 0;
  virtual void lagrangeOdd(u8* values, u32 power) const = 0;
  virtual OwnedBytes setupPowers(Pool&, const Supervision&, const u8* r1cs, std::size_t length, const bk_powers&) const = 0;
  virtual void fieldMap(u8* out, bk_field, bk_operation, const u8* left, const u8* right, std::size_t count) const = 0;
  virtual void msm(Pool&, u8* out, bk_group, const u8* points, const u8* scalars, std::size_t count) const = 0;
  virtual void multiplyGenerator(Pool&, u8* out, bk_group, const u8* scalars, std::size_t count) const = 0;
  virtual void transform(u8* values, u32 power) const = 0;
};

const Engine& portableEngine();
#if BIONOIR_WASM
const Engine& simd128Engine();
#endif
#if BIONOIR_X86
const Engine& adxEngine();
const Engine& ifmaEngine();
#endif

}  // namespace bionoir
