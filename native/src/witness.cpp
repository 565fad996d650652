// The C border of the witness engine.
#include "border.h"
#include "witness_solve.h"

using namespace bionoir;

struct bk_witness_program {
  std::shared_ptr<const solver::Program> data;
};
struct bk_solution {
  std::shared_ptr<const solver::Program> program;
  solver::Solution data;
  bk_solution(std::shared_ptr<const solver::Program> program, Pool& pool, const Supervision& supervision)
      : program(std::move(program)), data(*this->program, pool, supervision) {}
};

extern "C" {

bk_status bk_witness_load(bk_kernel* kernel, bk_witness_program** out, bk_error* error, const uint8_t* program,
                          size_t program_length) {
  return guarded(error, [&] {
    need(kernel != nullptr && out != nullptr && (program != nullptr || program_length == 0), "an argument is NULL");
    *out = new bk_witness_program{solver::Program::parse({program, program_length})};
  });
}
void bk_witness_release(bk_witness_program* program) { delete program; }
void bk_witness_shape(const bk_witness_program* program, uint32_t shape[5]) {
  shape[0] = program->data->inputCount;
  shape[1] = program->data->wireCount;
  shape[2] = program->data->challengeCount;
  shape[3] = program->data->slotCount;
  shape[4] = static_cast<u32>(program->data->functions[0].depthCells);
}

bk_status bk_witness_solve(bk_kernel* kernel, const bk_witness_program* program, bk_solution** out, bk_error* error,
                           const uint8_t* inputs, size_t inputs_length, const uint32_t step_limit[2], uint32_t keep_frames,
                           const bk_supervision* supervision) {
  return guarded(error, [&] {
    need(kernel != nullptr && program != nullptr && out != nullptr && (inputs != nullptr || inputs_length == 0) && step_limit != nullptr,
         "an argument is NULL");
    if (inputs_length != std::size_t{32} * program->data->inputCount)
      fail(BK_BAD_ARGUMENT, "%zu bytes of inputs; the program takes %u values of 32", inputs_length, program->data->inputCount);
    auto solution = std::make_unique<bk_solution>(program->data, kernel->pool, watched(supervision));
    solution->data.solve(inputs, static_cast<u64>(step_limit[1]) << 32 | step_limit[0], keep_frames != 0);
    solution->data.unwatch();
    *out = solution.release();
  });
}
void bk_solution_release(bk_solution* solution) { delete solution; }

uint32_t bk_solution_stop(const bk_solution* solution, uint32_t* record, uint32_t capacity) {
  if (!solution->data.stopped) return 0;
  const solver::Stop& stop = solution->data.stop;
  std::vector<u32> words{static_cast<u32>(stop.reason), stop.function, stop.brilligFunction, static_cast<u32>(stop.opcodes.size())};
  words.insert(words.end(), stop.opcodes.begin(), stop.opcodes.end());
  words.insert(words.end(), stop.brilligPlace.begin(), stop.brilligPlace.end());
  for (u32 k = 0; k < words.size() && k < capacity; k++) record[k] = words[k];
  return static_cast<u32>(words.size() < capacity ? words.size() : capacity);
}

size_t bk_solution_size(const bk_solution* solution) { return std::size_t{32} * solution->program->wireCount; }

bk_status bk_solution_wires(bk_solution* solution, uint8_t* wires, bk_error* error, const uint8_t* challenges,
                            size_t challenges_length) {
  return guarded(error, [&] {
    need(solution != nullptr && wires != nullptr && (challenges != nullptr || challenges_length == 0), "an argument is NULL");
    need(!solution->data.stopped, "the program stopped: it has no wires");
    const solver::Program& program = solution->data.program();
    if (challenges_length != 0) {
      need(challenges_length == std::size_t{32} * program.challengeCount, "the number of challenges is not the program's");
      solution->data.finish(challenges);
    }
    solution->data.writeWires(wires);
  });
}

bk_status bk_solution_frames(const bk_solution* solution, uint8_t** frames, size_t* frames_length, bk_error* error) {
  return guarded(error, [&] {
    need(solution != nullptr && frames != nullptr && frames_length != nullptr, "an argument is NULL");
    std::size_t size = 4;
    for (const auto& frame : solution->data.frames) size += 8 + frame.values.size() * 36;
    auto bytes = allocateBytes(size);
    u8* at = bytes.get();
    const auto word = [&](std::size_t x) {
      const u32 w = static_cast<u32>(x);
      std::memcpy(at, &w, 4);
      at += 4;
    };
    word(solution->data.frames.size());
    for (const auto& frame : solution->data.frames) {
      word(frame.function);
      word(frame.values.size());
      for (const auto& [witness, value] : frame.values) {
        word(witness);
        std::memcpy(at, value.w, 32);
        at += 32;
      }
    }
    *frames = bytes.release();
    *frames_length = size;
  });
}

}  // extern "C"
