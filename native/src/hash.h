// The hash functions of ceremonies: BLAKE2b-512 (RFC 7693), SHA-256 (FIPS 180-4), and the ChaCha20 stream (RFC 8439's block
// function with a 128-bit counter and no nonce) that turns a hash into field elements. Declarations only, so that engines
// compiled for other instruction sets can include it.
#pragma once
#include "base.h"

namespace bionoir {

// The 216 bytes in which .ptau files keep a hash under way: a block, the chaining values, bytes compressed, bytes waiting.
struct Blake2b {
  static constexpr std::size_t BLOCK = 128;
  u8 block[BLOCK];
  u64 chain[8];
  u64 compressed;
  u64 waiting;
  u64 unused;

  void open();
  void update(const u8* bytes, std::size_t size);
  void close(u8 out[64]);

 private:
  void compress(const u8* at, u64 finalFlag);
};
static_assert(sizeof(Blake2b) == BK_HASH_BYTES);

void sha256(u8 out[32], const u8* bytes, std::size_t size);
// One block of 16 words.
void sha256Compression(u32 state[8], const u32 block[16]);

class ChaCha {
 public:
  // Eight big-endian words of key.
  explicit ChaCha(const u8 seed[32]);
  ~ChaCha() { wipe(this, sizeof *this); }
  u32 next();
  // Two words, the high one first.
  u64 next64();

 private:
  u32 state_[16], block_[16];
  int used_ = 16;
};

}  // namespace bionoir
