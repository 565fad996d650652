// Glue for the witness engine; part of addon.cpp, whose jobs and readers it uses. Inputs are copied and wiped.
#pragma once

namespace {

struct WitnessLoadJob final : Job {
  Bytes program;  // pinned
  bk_witness_program* loaded = nullptr;
  bk_status run(bk_error* e) override { return bk_witness_load(kernel->object, &loaded, e, program.data, program.size); }
  napi_value result(napi_env env) override { return makeHandle<WitnessHandle>(env, loaded); }
};

struct WitnessSolveJob final : Job {
  std::vector<uint8_t> inputs;  // copied, wiped
  Bytes wires;                  // pinned; written in place
  uint32_t stepLimit[2] = {0, 0}, keepFrames = 0;
  bk_solution* solved = nullptr;
  bk_status run(bk_error* e) override {
    const bk_status status = bk_witness_solve(kernel->object, witnessProgram->object, &solved, e, inputs.data(), inputs.size(),
                                              stepLimit, keepFrames, &supervision);
    uint32_t word = 0;
    if (status != BK_OK || bk_solution_stop(solved, &word, 1) != 0) return status;
    const bk_status written = bk_solution_wires(solved, wires.data, e, nullptr, 0);
    if (written != BK_OK) bk_solution_release(solved);
    return written;
  }
  napi_value result(napi_env env) override { return makeHandle<SolutionHandle>(env, solved); }
  ~WitnessSolveJob() override { wipeBytes(inputs); }
};

struct SolutionWiresJob final : Job {
  Bytes wires;  // pinned; written in place
  std::vector<uint8_t> challenges;
  bk_status run(bk_error* e) override {
    return bk_solution_wires(solution->object, wires.data, e, challenges.data(), challenges.size());
  }
  napi_value result(napi_env env) override {
    napi_value nothing;
    napi_get_undefined(env, &nothing);
    return nothing;
  }
};

// witnessLoad(kernel, program, cancel, listener): Promise<program>
napi_value witnessLoad(napi_env env, napi_callback_info info) {
  ARGUMENTS(4);
  auto job = std::make_unique<WitnessLoadJob>();
  job->kernel = readHandle<KernelHandle>(env, a[0]);
  EXPECT(job->kernel != nullptr && readBytes(env, a[1], job->program));
  pin(env, *job, a[1]);
  return start(env, std::move(job), a[2], a[3]);
}

napi_value wordsOf(napi_env env, const uint32_t* words, size_t count) {
  napi_value buffer, array;
  void* memory = nullptr;
  if (napi_create_arraybuffer(env, 4 * count, &memory, &buffer) != napi_ok) return nullptr;
  if (count > 0) std::memcpy(memory, words, 4 * count);
  napi_create_typedarray(env, napi_uint32_array, count, buffer, 0, &array);
  return array;
}

// witnessShape(program): Uint32Array of five, see bk_witness_shape
napi_value witnessShape(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  const auto* program = readHandle<WitnessHandle>(env, a[0]);
  EXPECT(program != nullptr);
  uint32_t shape[5];
  bk_witness_shape(program->object, shape);
  return wordsOf(env, shape, 5);
}

// witnessSolve(kernel, program, inputs, wires, stepLimitLow, stepLimitHigh, keepFrames, cancel, listener): Promise<solution>
// `wires` are those of round 1, unless the program stopped.
napi_value witnessSolve(napi_env env, napi_callback_info info) {
  ARGUMENTS(9);
  auto job = std::make_unique<WitnessSolveJob>();
  job->kernel = readHandle<KernelHandle>(env, a[0]);
  job->witnessProgram = readHandle<WitnessHandle>(env, a[1]);
  Bytes inputs;
  EXPECT(job->kernel != nullptr && job->witnessProgram != nullptr && readBytes(env, a[2], inputs) &&
         readBytes(env, a[3], job->wires));
  uint32_t shape[5];
  bk_witness_shape(job->witnessProgram->object, shape);
  EXPECT(job->wires.size == size_t{32} * shape[1]);
  EXPECT(napi_get_value_uint32(env, a[4], &job->stepLimit[0]) == napi_ok &&
         napi_get_value_uint32(env, a[5], &job->stepLimit[1]) == napi_ok &&
         napi_get_value_uint32(env, a[6], &job->keepFrames) == napi_ok);
  job->inputs.assign(inputs.data, inputs.data + inputs.size);
  pin(env, *job, a[1]);
  pin(env, *job, a[3]);
  return start(env, std::move(job), a[7], a[8]);
}

// solutionStop(solution): Uint32Array, empty when the program did not stop
napi_value solutionStop(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  const auto* solution = readHandle<SolutionHandle>(env, a[0]);
  EXPECT(solution != nullptr);
  uint32_t first = 0;
  if (bk_solution_stop(solution->object, &first, 1) == 0) return wordsOf(env, &first, 0);
  std::vector<uint32_t> words(1 << 18);
  return wordsOf(env, words.data(), bk_solution_stop(solution->object, words.data(), static_cast<uint32_t>(words.size())));
}

// solutionWires(kernel, solution, wires, challenges, cancel, listener): Promise<void>
napi_value solutionWires(napi_env env, napi_callback_info info) {
  ARGUMENTS(6);
  auto job = std::make_unique<SolutionWiresJob>();
  job->kernel = readHandle<KernelHandle>(env, a[0]);
  job->solution = readHandle<SolutionHandle>(env, a[1]);
  Bytes challenges;
  EXPECT(job->kernel != nullptr && job->solution != nullptr && readBytes(env, a[2], job->wires) && readBytes(env, a[3], challenges));
  EXPECT(bk_solution_size(job->solution->object) == job->wires.size);
  job->challenges.assign(challenges.data, challenges.data + challenges.size);
  pin(env, *job, a[1]);
  pin(env, *job, a[2]);
  return start(env, std::move(job), a[4], a[5]);
}

// solutionFrames(solution): Uint8Array
napi_value solutionFrames(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  const auto* solution = readHandle<SolutionHandle>(env, a[0]);
  EXPECT(solution != nullptr);
  uint8_t* frames = nullptr;
  size_t size = 0;
  bk_error error{};
  const bk_status status = bk_solution_frames(solution->object, &frames, &size, &error);
  if (status != BK_OK) return throwError(env, error.message, status);
  napi_value out = copyBytes(env, frames, size);
  bk_free(frames);
  return out;
}

constexpr struct {
  const char* name;
  napi_callback call;
} WITNESS_FUNCTIONS[] = {{"witnessLoad", witnessLoad},       {"witnessShape", witnessShape},
                         {"witnessRelease", release<WitnessHandle>}, {"witnessSolve", witnessSolve},
                         {"solutionStop", solutionStop},     {"solutionWires", solutionWires},
                         {"solutionFrames", solutionFrames}, {"solutionRelease", release<SolutionHandle>}};

}  // namespace
