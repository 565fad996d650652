#include "hash.h"

namespace bionoir {

namespace {

constexpr u64 BLAKE_IV[8] = {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
                             0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};
constexpr u8 BLAKE_ORDER[10][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4}, {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13}, {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11}, {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5}, {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0}};

inline u64 rotateRight(u64 x, int n) { return x >> n | x << (64 - n); }
inline u32 rotateRight(u32 x, int n) { return x >> n | x << (32 - n); }
inline u32 rotateLeft(u32 x, int n) { return x << n | x >> (32 - n); }

inline void mix(u64 v[16], int a, int b, int c, int d, u64 x, u64 y) {
  v[a] += v[b] + x;
  v[d] = rotateRight(v[d] ^ v[a], 32);
  v[c] += v[d];
  v[b] = rotateRight(v[b] ^ v[c], 24);
  v[a] += v[b] + y;
  v[d] = rotateRight(v[d] ^ v[a], 16);
  v[c] += v[d];
  v[b] = rotateRight(v[b] ^ v[c], 63);
}

}  // namespace

void Blake2b::open() {
  std::memset(this, 0, sizeof *this);
  std::memcpy(chain, BLAKE_IV, sizeof chain);
  chain[0] ^= 0x01010040;  // 64 bytes of output, no key
}

void Blake2b::compress(const u8* at, u64 finalFlag) {
  u64 m[16], v[16];
  std::memcpy(m, at, sizeof m);
  std::memcpy(v, chain, sizeof chain);
  std::memcpy(v + 8, BLAKE_IV, sizeof BLAKE_IV);
  v[12] ^= compressed;
  v[14] ^= finalFlag;
  for (int round = 0; round < 12; round++) {
    const u8* s = BLAKE_ORDER[round % 10];
    mix(v, 0, 4, 8, 12, m[s[0]], m[s[1]]);
    mix(v, 1, 5, 9, 13, m[s[2]], m[s[3]]);
    mix(v, 2, 6, 10, 14, m[s[4]], m[s[5]]);
    mix(v, 3, 7, 11, 15, m[s[6]], m[s[7]]);
    mix(v, 0, 5, 10, 15, m[s[8]], m[s[9]]);
    mix(v, 1, 6, 11, 12, m[s[10]], m[s[11]]);
    mix(v, 2, 7, 8, 13, m[s[12]], m[s[13]]);
    mix(v, 3, 4, 9, 14, m[s[14]], m[s[15]]);
  }
  for (int i = 0; i < 8; i++) chain[i] ^= v[i] ^ v[i + 8];
}

// The last block waits, full or not, until it is known whether more comes.
void Blake2b::update(const u8* bytes, std::size_t size) {
  while (size > 0) {
    if (waiting == BLOCK) {
      compressed += BLOCK;
      compress(block, 0);
      waiting = 0;
    }
    if (waiting == 0)
      for (; size > BLOCK; bytes += BLOCK, size -= BLOCK) {
        compressed += BLOCK;
        compress(bytes, 0);
      }
    const std::size_t part = size < BLOCK - waiting ? size : static_cast<std::size_t>(BLOCK - waiting);
    std::memcpy(block + waiting, bytes, part);
    waiting += part;
    bytes += part;
    size -= part;
  }
}

void Blake2b::close(u8 out[64]) {
  std::memset(block + waiting, 0, BLOCK - waiting);
  compressed += waiting;
  compress(block, ~u64{0});
  std::memcpy(out, chain, 64);
  waiting = 0;
}

namespace {

constexpr u32 SHA_ROUND[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
    0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
    0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
    0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08,
    0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
    0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

inline u32 bigEndian(const u8* at) {
  return static_cast<u32>(at[0]) << 24 | static_cast<u32>(at[1]) << 16 | static_cast<u32>(at[2]) << 8 | at[3];
}

void shaCompress(u32 h[8], const u8* at) {
  u32 w[64];
  for (int i = 0; i < 16; i++) w[i] = bigEndian(at + 4 * i);
  for (int i = 16; i < 64; i++) {
    const u32 s0 = rotateRight(w[i - 15], 7) ^ rotateRight(w[i - 15], 18) ^ w[i - 15] >> 3;
    const u32 s1 = rotateRight(w[i - 2], 17) ^ rotateRight(w[i - 2], 19) ^ w[i - 2] >> 10;
    w[i] = w[i - 16] + s0 + w[i - 7] + s1;
  }
  u32 v[8];
  std::memcpy(v, h, sizeof v);
  for (int i = 0; i < 64; i++) {
    const u32 s1 = rotateRight(v[4], 6) ^ rotateRight(v[4], 11) ^ rotateRight(v[4], 25);
    const u32 choice = (v[4] & v[5]) ^ (~v[4] & v[6]);
    const u32 t1 = v[7] + s1 + choice + SHA_ROUND[i] + w[i];
    const u32 s0 = rotateRight(v[0], 2) ^ rotateRight(v[0], 13) ^ rotateRight(v[0], 22);
    const u32 majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
    for (int k = 7; k > 0; k--) v[k] = v[k - 1];
    v[4] += t1;
    v[0] = t1 + s0 + majority;
  }
  for (int i = 0; i < 8; i++) h[i] += v[i];
}

}  // namespace

void sha256Compression(u32 state[8], const u32 block[16]) {
  u8 bytes[64];
  for (int i = 0; i < 16; i++)
    for (int k = 0; k < 4; k++) bytes[4 * i + k] = static_cast<u8>(block[i] >> (24 - 8 * k));
  shaCompress(state, bytes);
}

void sha256(u8 out[32], const u8* bytes, std::size_t size) {
  u32 h[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  const std::size_t whole = size / 64 * 64, rest = size - whole;
  for (std::size_t i = 0; i < whole; i += 64) shaCompress(h, bytes + i);
  u8 tail[128] = {};
  if (rest > 0) std::memcpy(tail, bytes + whole, rest);
  tail[rest] = 0x80;
  const std::size_t length = rest < 56 ? 64 : 128;
  for (int i = 0; i < 8; i++) tail[length - 1 - static_cast<std::size_t>(i)] = static_cast<u8>(static_cast<u64>(size) * 8 >> (8 * i));
  for (std::size_t i = 0; i < length; i += 64) shaCompress(h, tail + i);
  for (int i = 0; i < 8; i++)
    for (int k = 0; k < 4; k++) out[4 * i + k] = static_cast<u8>(h[i] >> (24 - 8 * k));
}

ChaCha::ChaCha(const u8 seed[32]) : state_{0x61707865, 0x3320646e, 0x79622d32, 0x6b206574} {
  for (int i = 0; i < 8; i++) state_[4 + i] = bigEndian(seed + 4 * i);
}

u32 ChaCha::next() {
  if (used_ == 16) {
    std::memcpy(block_, state_, sizeof block_);
    const auto quarter = [this](int a, int b, int c, int d) {
      u32* s = block_;
      s[a] += s[b];
      s[d] = rotateLeft(s[d] ^ s[a], 16);
      s[c] += s[d];
      s[b] = rotateLeft(s[b] ^ s[c], 12);
      s[a] += s[b];
      s[d] = rotateLeft(s[d] ^ s[a], 8);
      s[c] += s[d];
      s[b] = rotateLeft(s[b] ^ s[c], 7);
    };
    for (int round = 0; round < 10; round++) {
      for (int i = 0; i < 4; i++) quarter(i, 4 + i, 8 + i, 12 + i);
      for (int i = 0; i < 4; i++) quarter(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4);
    }
    for (int i = 0; i < 16; i++) block_[i] += state_[i];
    for (int i = 12; i < 16 && ++state_[i] == 0; i++) {
    }
    used_ = 0;
  }
  return block_[used_++];
}

u64 ChaCha::next64() {
  const u64 high = next();
  return high << 32 | next();
}

}  // namespace bionoir
