// Refuses memory to every call of the kernel: its first allocation, its second, and so on, one of them alone and all from
// there on. A call must end with BK_NO_MEMORY (or do without), and the kernel must go on. Meant for AddressSanitizer, which ends
// the program at a fault or a leak.
//
// Arguments: threads; a .zkey, its .r1cs, its witness (32 bytes a wire); a .r1cs with rounds and its witness; .bwp files.
#include <atomic>
#include <functional>
#include <new>

#include "fuzz.h"

namespace {

// Allocations left before one is refused; below 0 none is.
std::atomic<long> left{-1};
std::atomic<bool> allFromThere{false}, refused{false};

void* take(std::size_t size, std::size_t alignment) {
  if (left.load() >= 0 && left.fetch_sub(1) == 0) {
    refused = true;
    if (allFromThere) left = 0;
    throw std::bad_alloc();
  }
  void* memory = alignment <= 16 ? std::malloc(size == 0 ? 1 : size) : std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (memory == nullptr) std::abort();
  return memory;
}

}  // namespace

void* operator new(std::size_t size) { return take(size, 16); }
void* operator new[](std::size_t size) { return take(size, 16); }
void* operator new(std::size_t size, std::align_val_t alignment) { return take(size, static_cast<std::size_t>(alignment)); }
void* operator new[](std::size_t size, std::align_val_t alignment) { return take(size, static_cast<std::size_t>(alignment)); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace {

using namespace fuzz;

struct Totals {
  int refusals = 0, named = 0;
};

// `call` releases what it makes, and makes the same allocations in each run but for the order of threads.
void starve(const char* name, Totals* totals, const std::function<bk_status(bk_error*)>& call) {
  bk_error error{};
  bk_status status = call(&error);
  expect(status == BK_OK, name, status, error);
  for (const bool all : {false, true}) {
    for (long nth = 0;; nth++) {
      std::memset(&error, 0, sizeof error);
      allFromThere = all;
      refused = false;
      left = nth;
      status = call(&error);
      left = -1;
      if (!refused) break;
      totals->refusals++;
      totals->named += status == BK_NO_MEMORY;
      const bool said = status == BK_NO_MEMORY && std::strncmp(error.message, "not enough memory", 17) == 0;
      expect(status == BK_OK || said, name, status, error);
    }
  }
  status = call(&error);
  expect(status == BK_OK, name, status, error);
}

void starveGroth16(bk_kernel* kernel, char** paths, Totals* totals) {
  const Bytes zkey = readFile(paths[0]), r1cs = readFile(paths[1]), witness = readFile(paths[2]);
  const Bytes secrets = smallSecrets(4);
  starve("load", totals, [&](bk_error* e) {
    bk_key* key = nullptr;
    const bk_status status = bk_key_load(kernel, &key, e, zkey.data(), zkey.size(), nullptr);
    bk_key_release(key);
    return status;
  });
  bk_error error{};
  bk_key* key = nullptr;
  expect(bk_key_load(kernel, &key, &error, zkey.data(), zkey.size(), nullptr) == BK_OK, "load", BK_INTERNAL, error);
  uint8_t proof[256];
  starve("prove", totals, [&](bk_error* e) {
    return bk_prove(kernel, key, proof, e, witness.data(), witness.size(), nullptr, nullptr);
  });
  bk_key_release(key);
  starve("set up", totals, [&](bk_error* e) {
    uint8_t* out = nullptr;
    size_t size = 0;
    const bk_status status = bk_setup(kernel, &out, &size, e, r1cs.data(), r1cs.size(), secrets.data(), nullptr);
    bk_free(out);
    return status;
  });
}

void starveRounds(bk_kernel* kernel, char** paths, Totals* totals) {
  const Bytes r1cs = readFile(paths[0]), witness = readFile(paths[1]), secrets = smallSecrets(5), blinding = smallSecrets(3);
  Bytes zkey;
  starve("set up with rounds", totals, [&](bk_error* e) {
    uint8_t* out = nullptr;
    size_t size = 0;
    const bk_status status = bk_ultra_setup(kernel, &out, &size, e, r1cs.data(), r1cs.size(), secrets.data(), nullptr);
    if (zkey.empty() && status == BK_OK) zkey.assign(out, out + size);
    bk_free(out);
    return status;
  });
  starve("load with rounds", totals, [&](bk_error* e) {
    bk_ultra_key* key = nullptr;
    const bk_status status = bk_ultra_key_load(kernel, &key, e, zkey.data(), zkey.size(), nullptr);
    bk_ultra_key_release(key);
    return status;
  });
  bk_error error{};
  bk_ultra_key* key = nullptr;
  expect(bk_ultra_key_load(kernel, &key, &error, zkey.data(), zkey.size(), nullptr) == BK_OK, "load with rounds", BK_INTERNAL, error);
  uint32_t shape[4];
  bk_ultra_key_shape(key, shape);
  const uint8_t* first = witness.data() + 32 * (size_t{1} + shape[1] + shape[2]);
  uint8_t commitment[64], proof[256];
  starve("commit", totals, [&](bk_error* e) {
    return bk_ultra_commit(kernel, key, commitment, e, first, 32 * size_t{shape[3]}, blinding.data(), nullptr);
  });
  starve("prove with rounds", totals, [&](bk_error* e) {
    return bk_ultra_prove(kernel, key, proof, e, witness.data(), witness.size(), blinding.data(), nullptr);
  });
  bk_ultra_key_release(key);
}

void starveWitness(bk_kernel* kernel, const char* path, Totals* totals) {
  const Bytes file = readFile(path);
  starve("load a program", totals, [&](bk_error* e) {
    bk_witness_program* program = nullptr;
    const bk_status status = bk_witness_load(kernel, &program, e, file.data(), file.size());
    bk_witness_release(program);
    return status;
  });
  bk_error error{};
  bk_witness_program* program = nullptr;
  expect(bk_witness_load(kernel, &program, &error, file.data(), file.size()) == BK_OK, "load a program", BK_INTERNAL, error);
  uint32_t shape[5];
  bk_witness_shape(program, shape);
  const Bytes inputs(32 * size_t{shape[0]}, 0), challenges(32 * size_t{shape[2]}, 1);
  Bytes wires(32 * size_t{shape[1]});
  starve("solve", totals, [&](bk_error* e) {
    const uint32_t limit[2] = {100000, 0};
    bk_solution* solution = nullptr;
    bk_status status = bk_witness_solve(kernel, program, &solution, e, inputs.data(), inputs.size(), limit, 1, nullptr);
    if (status != BK_OK) return status;
    uint32_t record[64];
    if (bk_solution_stop(solution, record, 64) == 0) {
      status = bk_solution_wires(solution, wires.data(), e, nullptr, 0);
      if (status == BK_OK) status = bk_solution_wires(solution, wires.data(), e, challenges.data(), challenges.size());
      uint8_t* frames = nullptr;
      size_t size = 0;
      if (status == BK_OK) status = bk_solution_frames(solution, &frames, &size, e);
      bk_free(frames);
    }
    bk_solution_release(solution);
    return status;
  });
  bk_witness_release(program);
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 7) return 2;
  Totals totals;
  const auto threads = static_cast<uint32_t>(std::atoi(arguments[1]));
  starve("open", &totals, [&](bk_error* e) {
    bk_kernel* kernel = nullptr;
    const bk_status status = bk_open(&kernel, e, BK_PATH_BEST, threads);
    if (status == BK_OK) bk_close(kernel);
    return status;
  });
  bk_error error{};
  bk_kernel* kernel = nullptr;
  expect(bk_open(&kernel, &error, BK_PATH_BEST, threads) == BK_OK, "open", BK_INTERNAL, error);
  starveGroth16(kernel, arguments + 2, &totals);
  starveRounds(kernel, arguments + 5, &totals);
  for (int i = 7; i < count; i++) starveWitness(kernel, arguments[i], &totals);
  bk_close(kernel);
  std::printf("%d refusals, %d named\n", totals.refusals, totals.named);
  return 0;
}
