// Feeds edited copies of compiled witness programs to the reader, and runs what it accepts. Meant for AddressSanitizer and
// UBSan with one thread, for ThreadSanitizer with several (then inputs are bytes, as networks take). Arguments: threads, cases for each file, a seed, .bwp files.
#include "fuzz.h"

namespace {

using namespace fuzz;

// Cuts, flips a bit, or writes a telling word; one in four files stays as it is.
Bytes edited(const Bytes& good) {
  Bytes out = good;
  if (random(15) == 0) out.resize(random(out.size()));
  for (uint64_t k = random(4); k-- > 0 && out.size() >= 8;) {
    const size_t at = 4 * random(out.size() / 4);
    const uint32_t number = tellingNumber();
    if (random(2) == 0) out[at + random(4)] ^= static_cast<uint8_t>(1u << random(8));
    else std::memcpy(out.data() + at, &number, 4);
  }
  out.shrink_to_fit();
  return out;
}

struct Made {
  int solved = 0, stopped = 0, refused = 0;
};

void solve(bk_kernel* kernel, bk_witness_program* program, bool onlyBytes, Made* made) {
  bk_error error{};
  uint32_t shape[5];
  bk_witness_shape(program, shape);
  Bytes inputs(32 * size_t{shape[0]}, 0);
  for (size_t k = 0; k < inputs.size(); k += 32)
    for (size_t byte = 0; byte < (!onlyBytes && random(3) == 0 ? 31u : 1u); byte++) inputs[k + byte] = static_cast<uint8_t>(random(256));
  const uint32_t limit[2] = {10000, 0};
  bk_solution* solution = nullptr;
  bk_status status = bk_witness_solve(kernel, program, &solution, &error, inputs.data(), inputs.size(), limit, 1, nullptr);
  expect(status == BK_OK || status == BK_MALFORMED_PROGRAM, "solve", status, error);
  if (status != BK_OK) return;
  uint32_t record[64];
  if (bk_solution_stop(solution, record, 64) > 0) {
    made->stopped++;
  } else {
    made->solved++;
    Bytes wires(bk_solution_size(solution)), challenges(32 * size_t{shape[2]}, 7);
    for (size_t k = 31; k < challenges.size(); k += 32) challenges[k] = 1;
    status = bk_solution_wires(solution, wires.data(), &error, nullptr, 0);
    expect(status == BK_OK, "wires", status, error);
    status = bk_solution_wires(solution, wires.data(), &error, challenges.data(), challenges.size());
    expect(status == BK_OK, "wires of round 2", status, error);
    uint8_t* frames = nullptr;
    size_t size = 0;
    status = bk_solution_frames(solution, &frames, &size, &error);
    expect(status == BK_OK, "frames", status, error);
    bk_free(frames);
  }
  bk_solution_release(solution);
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 5) return 2;
  bk_error error{};
  bk_kernel* kernel = nullptr;
  expect(bk_open(&kernel, &error, BK_PATH_PORTABLE, static_cast<uint32_t>(std::atoi(arguments[1]))) == BK_OK, "open", BK_INTERNAL, error);
  seed(arguments[3]);
  Made made;
  for (int file = 4; file < count; file++) {
    const Bytes good = readFile(arguments[file]);
    for (int k = 0; k < std::atoi(arguments[2]); k++) {
      const Bytes bytes = k == 0 ? good : edited(good);
      bk_witness_program* program = nullptr;
      const bk_status status = bk_witness_load(kernel, &program, &error, bytes.data(), bytes.size());
      expect(status == BK_OK || status == BK_MALFORMED_PROGRAM, "load", status, error);
      if (status != BK_OK) {
        made.refused++;
        continue;
      }
      uint32_t shape[5];
      bk_witness_shape(program, shape);
      // what an edit makes enormous would only test the system's memory
      if (shape[3] < 1u << 24 && shape[4] < 1u << 24) solve(kernel, program, std::atoi(arguments[1]) > 1, &made);
      bk_witness_release(program);
    }
  }
  bk_close(kernel);
  std::printf("%d solved, %d stopped, %d refused\n", made.solved, made.stopped, made.refused);
  return 0;
}
