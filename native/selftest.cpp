// Self-test without Node: checks every path this processor has against the portable one and against identities, then
// prints one line. By hand: g++ -std=c++20 -O2 native/selftest.cpp native/src/*.cpp -lpthread -o selftest && ./selftest
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "include/bionoir_kernel.h"

namespace {

int failures = 0;
int checks = 0;

void check(bool ok, const std::string& what) {
  checks++;
  if (ok) return;
  failures++;
  std::printf("FAILED: %s\n", what.c_str());
}

using Bytes = std::vector<uint8_t>;

// A fixed stream: the test is the same in every run.
struct Stream {
  uint64_t state = 0x9e3779b97f4a7c15;
  uint64_t next() {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
  }
  // `count` values below 2^253; some of them edges.
  Bytes scalars(size_t count, bool edges) {
    static const uint8_t MINUS_ONE[32] = {0x00, 0x00, 0x00, 0xf0, 0x93, 0xf5, 0xe1, 0x43, 0x91, 0x70, 0xb9,
                                          0x79, 0x48, 0xe8, 0x33, 0x28, 0x5d, 0x58, 0x81, 0x81, 0xb6, 0x45,
                                          0x50, 0xb8, 0x29, 0xa0, 0x31, 0xe1, 0x72, 0x4e, 0x64, 0x30};
    Bytes out(32 * count);
    for (size_t i = 0; i < count; i++) {
      uint8_t* at = out.data() + 32 * i;
      for (int k = 0; k < 4; k++) {
        const uint64_t x = next();
        std::memcpy(at + 8 * k, &x, 8);
      }
      at[31] &= 0x1f;
      if (!edges) continue;
      if (i % 5 == 0) std::memset(at, 0, 32);
      if (i % 5 == 1) std::memset(at + 1, 0, 31), at[0] = static_cast<uint8_t>(i % 3);
      if (i % 5 == 2) std::memcpy(at, MINUS_ONE, 32);
    }
    return out;
  }
};

struct Kernel {
  bk_kernel* handle = nullptr;
  const char* name;
  Kernel(bk_path path, const char* name) : name(name) {
    bk_error error{};
    const bk_status status = bk_open(&handle, &error, path, 2);
    if (status == BK_UNSUPPORTED_PATH) std::printf("skipped %s: %s\n", name, error.message);
    else check(status == BK_OK, std::string("open ") + name);
  }
  ~Kernel() { bk_close(handle); }
};

Bytes fieldMap(const Kernel& k, bk_field field, bk_operation op, const Bytes& a, const Bytes& b) {
  Bytes out(a.size());
  bk_error error{};
  check(bk_field_map(k.handle, out.data(), &error, field, op, a.data(), b.data(), a.size() / 32) == BK_OK, error.message);
  return out;
}
Bytes multiples(const Kernel& k, bk_group group, const Bytes& scalars) {
  Bytes out(scalars.size() * (group == BK_G1 ? 2 : 4));
  bk_error error{};
  check(bk_multiply_generator(k.handle, out.data(), &error, group, scalars.data(), scalars.size() / 32) == BK_OK, error.message);
  return out;
}
Bytes msm(const Kernel& k, bk_group group, const Bytes& points, const Bytes& scalars) {
  Bytes out(group == BK_G1 ? 64 : 128);
  bk_error error{};
  check(bk_msm(k.handle, out.data(), &error, group, points.data(), scalars.data(), scalars.size() / 32) == BK_OK, error.message);
  return out;
}

void testField(const Kernel& k, const Kernel& reference) {
  Stream stream;
  const Bytes a = stream.scalars(101, true), b = stream.scalars(101, false);
  for (bk_field field : {BK_FQ, BK_FR}) {
    for (int op = BK_ADD; op <= BK_INVERSE; op++) {
      const Bytes mine = fieldMap(k, field, static_cast<bk_operation>(op), a, b);
      check(mine == fieldMap(reference, field, static_cast<bk_operation>(op), a, b),
            std::string(k.name) + ": field operation " + std::to_string(op) + " differs");
    }
    const Bytes product = fieldMap(k, field, BK_MUL, b, fieldMap(k, field, BK_INVERSE, b, b));
    for (size_t i = 0; i < 101; i++) {
      Bytes one(32);
      one[0] = 1;
      check(std::memcmp(product.data() + 32 * i, one.data(), 32) == 0, std::string(k.name) + ": x / x is not 1");
    }
  }
}

// sum s_i (k_i G) = (sum s_i k_i) G.
void testSums(const Kernel& k, const Kernel& reference) {
  Stream stream;
  for (bk_group group : {BK_G1, BK_G2})
    for (size_t count : {0, 1, 2, 7, 33, 500}) {
      for (bool edges : {false, true}) {
        const Bytes scalars = stream.scalars(count, edges), logs = stream.scalars(count, edges);
        const Bytes points = multiples(k, group, logs);
        check(points == multiples(reference, group, logs), std::string(k.name) + ": multiples of the generator differ");
        const Bytes sum = msm(k, group, points, scalars);
        check(sum == msm(reference, group, points, scalars), std::string(k.name) + ": sums differ");
        Bytes total(32);
        const Bytes products = fieldMap(k, BK_FR, BK_MUL, scalars, logs);
        for (size_t i = 0; i < count; i++)
          total = fieldMap(k, BK_FR, BK_ADD, total, Bytes(products.begin() + 32 * i, products.begin() + 32 * (i + 1)));
        check(sum == multiples(k, group, total), std::string(k.name) + ": a sum of " + std::to_string(count) + " is wrong");
        // Repeated bases and equal scalars: doublings and cancellations in every bucket.
        if (count == 0) continue;
        Bytes same, equal;
        for (size_t i = 0; i < 64; i++) {
          same.insert(same.end(), points.begin(), points.begin() + points.size() / count);
          equal.insert(equal.end(), scalars.end() - 32, scalars.end());
        }
        check(msm(k, group, same, equal) == msm(reference, group, same, equal), std::string(k.name) + ": sums of equals differ");
      }
    }
}

void testTransform(const Kernel& k, const Kernel& reference) {
  Stream stream;
  for (uint32_t power : {0u, 1u, 3u, 5u, 6u, 7u, 10u, 11u}) {
    Bytes mine = stream.scalars(size_t{1} << power, power > 3);
    Bytes other = mine;
    bk_error error{};
    check(bk_transform(k.handle, mine.data(), &error, power) == BK_OK, error.message);
    check(bk_transform(reference.handle, other.data(), &error, power) == BK_OK, error.message);
    check(mine == other, std::string(k.name) + ": transform of 2^" + std::to_string(power) + " differs");
  }
}

}  // namespace

int main() {
  check(bk_abi_version() == BK_ABI_VERSION, "the header is of another version");
  const Kernel portable(BK_PATH_PORTABLE, "portable"), adx(BK_PATH_ADX, "adx"), ifma(BK_PATH_IFMA, "ifma");
  for (const Kernel* k : {&portable, &adx, &ifma}) {
    if (k->handle == nullptr) continue;
    testField(*k, portable);
    testSums(*k, portable);
    testTransform(*k, portable);
  }
  std::printf("%d checks, %d failures\n", checks, failures);
  return failures == 0 ? 0 : 1;
}
