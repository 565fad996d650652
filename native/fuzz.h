// What the programs that test the kernel under sanitizers share: files, one stream of random numbers, a check of statuses.
#pragma once
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "include/bionoir_kernel.h"

namespace fuzz {

using Bytes = std::vector<uint8_t>;

inline Bytes readFile(const char* path) {
  Bytes out;
  std::FILE* file = std::fopen(path, "rb");
  if (file == nullptr) {
    std::fprintf(stderr, "cannot open %s\n", path);
    std::exit(2);
  }
  uint8_t buffer[4096];
  for (size_t n; (n = std::fread(buffer, 1, sizeof buffer, file)) > 0;) out.insert(out.end(), buffer, buffer + n);
  std::fclose(file);
  return out;
}

inline uint64_t state = 1;
inline void seed(const char* text) { state = std::strtoull(text, nullptr, 10) | 1; }
inline uint64_t random(uint64_t limit) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state % limit;
}

// Numbers at which readers go wrong: ends of ranges, sizes of things.
inline uint32_t tellingNumber() {
  static const uint32_t NUMBERS[] = {0,   1,   2,   3,       12,      32,         64,         128,
                                     255, 1u << 24, 1u << 28, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff};
  return NUMBERS[random(sizeof NUMBERS / sizeof *NUMBERS)];
}

// Ends the program unless `ok`.
inline void expect(bool ok, const char* what, bk_status status, const bk_error& error) {
  if (ok) return;
  std::fprintf(stderr, "%s: status %d, %s\n", what, status, error.message);
  std::exit(1);
}

// `count` secrets of 32 bytes that no set-up refuses.
inline Bytes smallSecrets(size_t count) {
  Bytes out(32 * count, 0);
  for (size_t i = 0; i < count; i++) out[32 * i] = static_cast<uint8_t>(2 + 3 * i);
  return out;
}

}  // namespace fuzz
