// Feeds edited copies of good files to every reader of the kernel. Meant for AddressSanitizer and UBSan, which end the
// program at the first fault; the statuses themselves are checked too: an edit may be accepted or refused by name, never
// answered with BK_INTERNAL or BK_NO_MEMORY.
//
// Arguments: a .zkey, its .r1cs, its witness (32 bytes a wire), a number of cases, a seed.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "include/bionoir_kernel.h"

namespace {

using Bytes = std::vector<uint8_t>;

Bytes readFile(const char* path) {
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

uint64_t state;
uint64_t random(uint64_t limit) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state % limit;
}

// Cuts, flips, or writes a telling number; often near the front, where the headers are.
Bytes edited(const Bytes& good) {
  static const uint32_t NUMBERS[] = {0, 1, 2, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffe, 1u << 28, 12, 32};
  Bytes out = good;
  if (random(5) == 0) out.resize(random(out.size() + 1));
  for (uint64_t k = random(3) + 1; k-- > 0 && out.size() > 8;) {
    const size_t range = random(2) == 0 && out.size() > 900 ? 900 : out.size();
    const size_t at = random(range - 4);
    if (random(2) == 0) out[at] = static_cast<uint8_t>(random(256));
    else std::memcpy(out.data() + at, &NUMBERS[random(10)], 4);
  }
  out.shrink_to_fit();
  return out;
}

void expect(bool ok, const char* what, bk_status status, const bk_error& error) {
  if (ok) return;
  std::fprintf(stderr, "%s: status %d, %s\n", what, status, error.message);
  std::exit(1);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 6) return 2;
  const Bytes zkey = readFile(arguments[1]), r1cs = readFile(arguments[2]), witness = readFile(arguments[3]);
  const int cases = std::atoi(arguments[4]);
  state = std::strtoull(arguments[5], nullptr, 10) | 1;
  bk_kernel* kernel = nullptr;
  bk_error error{};
  expect(bk_open(&kernel, &error, BK_PATH_BEST, 2) == BK_OK, "open", BK_INTERNAL, error);
  uint8_t secrets[128] = {0};
  for (int i = 0; i < 4; i++) secrets[32 * i] = static_cast<uint8_t>(2 + 3 * i);
  int loaded = 0, made = 0, proved = 0;
  for (int i = 0; i < cases; i++) {
    bk_key* key = nullptr;
    const bool untouched = i % 10 == 0;  // so that some proofs are always made
    const Bytes file = untouched ? zkey : edited(zkey);
    bk_status status = bk_key_load(kernel, &key, &error, file.data(), file.size(), nullptr);
    expect(status == BK_OK || status == BK_MALFORMED_KEY, "load", status, error);
    if (status == BK_OK) {
      loaded++;
      const Bytes values = untouched || random(2) == 0 ? witness : edited(witness);
      uint8_t proof[256];
      status = bk_prove(kernel, key, proof, &error, values.data(), values.size(), nullptr, nullptr);
      expect(status == BK_OK || status == BK_MALFORMED_WITNESS, "prove", status, error);
      proved += status == BK_OK;
    }
    bk_key_release(key);
    const Bytes system = untouched ? r1cs : edited(r1cs);
    uint8_t* out = nullptr;
    size_t size = 0;
    status = bk_setup(kernel, &out, &size, &error, system.data(), system.size(), secrets, nullptr);
    expect(status == BK_OK || status == BK_MALFORMED_R1CS, "set up", status, error);
    made += status == BK_OK;
    bk_free(out);
  }
  bk_close(kernel);
  std::printf("%d cases: %d keys loaded, %d proofs, %d set-ups\n", cases, loaded, proved, made);
  return 0;
}
