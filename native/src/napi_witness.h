// Glue for the witness engine; part of addon.cpp.
#pragma once

#include "napi_support.h"

namespace {

struct WitnessLoadJob final : Job {
  Bytes program;  // pinned
  bk_witness_program* loaded = nullptr;
  bk_status run(bk_error* e) override { return bk_witness_load(kernel->object, &loaded, e, program.data, program.size); }
  napi_value result(napi_env env) override { return makeHandle<WitnessHandle>(env, loaded); }
};

struct WitnessSolveJob final : Job {
  WitnessHandle* witnessProgram = nullptr;
  WipedCopy inputs;
  Bytes wires;  // pinned; written in place
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
};

struct SolutionWiresJob final : Job {
  SolutionHandle* solution = nullptr;
  Bytes wires;  // pinned; written in place
  WipedCopy challenges;
  bk_status run(bk_error* e) override {
    return bk_solution_wires(solution->object, wires.data, e, challenges.data(), challenges.size());
  }
  napi_value result(napi_env env) override { return undefined(env); }
};

// witnessLoad(kernel, program, cancel, listener): Promise<program>
napi_value witnessLoad(napi_env env, napi_callback_info info) {
  ARGUMENTS(4);
  Draft<WitnessLoadJob> job(env);
  EXPECT(job->useKernel(env, a[0]) && job->useBytes(env, a[1], job->program));
  return start(env, job, a[2], a[3]);
}

// witnessShape(program): Uint32Array of five, see bk_witness_shape
napi_value witnessShape(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  const auto* program = readHandle<WitnessHandle>(env, a[0]);
  EXPECT(program != nullptr);
  uint32_t shape[5];
  bk_witness_shape(program->object, shape);
  return copyWords(env, shape, 5);
}

// witnessSolve(kernel, program, inputs, wires, stepLimitLow, stepLimitHigh, keepFrames, cancel, listener): Promise<solution>
// `wires` are those of round 1, unless the program stopped.
napi_value witnessSolve(napi_env env, napi_callback_info info) {
  ARGUMENTS(9);
  Draft<WitnessSolveJob> job(env);
  job->witnessProgram = job->use<WitnessHandle>(env, a[1]);
  Bytes inputs;
  EXPECT(job->useKernel(env, a[0]) && job->witnessProgram != nullptr && readBytes(env, a[2], inputs) &&
         job->useBytes(env, a[3], job->wires));
  uint32_t shape[5];
  bk_witness_shape(job->witnessProgram->object, shape);
  EXPECT(job->wires.size == size_t{32} * shape[1]);
  EXPECT(readNumber(env, a[4], job->stepLimit[0]) &&
         readNumber(env, a[5], job->stepLimit[1]) &&
         readNumber(env, a[6], job->keepFrames));
  job->inputs.set(inputs);
  return start(env, job, a[7], a[8]);
}

// solutionStop(solution): Uint32Array, empty when the program did not stop
napi_value solutionStop(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  const auto* solution = readHandle<SolutionHandle>(env, a[0]);
  EXPECT(solution != nullptr);
  uint32_t first = 0;
  if (bk_solution_stop(solution->object, &first, 1) == 0) return copyWords(env, &first, 0);
  std::vector<uint32_t> words(1 << 18);
  return copyWords(env, words.data(), bk_solution_stop(solution->object, words.data(), static_cast<uint32_t>(words.size())));
}

// solutionWires(kernel, solution, wires, challenges, cancel, listener): Promise<void>
napi_value solutionWires(napi_env env, napi_callback_info info) {
  ARGUMENTS(6);
  Draft<SolutionWiresJob> job(env);
  job->solution = job->use<SolutionHandle>(env, a[1]);
  Bytes challenges;
  EXPECT(job->useKernel(env, a[0]) && job->solution != nullptr && job->useBytes(env, a[2], job->wires) && readBytes(env, a[3], challenges));
  EXPECT(bk_solution_size(job->solution->object) == job->wires.size);
  job->challenges.set(challenges);
  return start(env, job, a[4], a[5]);
}

// solutionFrames(solution): Uint8Array
napi_value solutionFrames(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  const auto* solution = readHandle<SolutionHandle>(env, a[0]);
  EXPECT(solution != nullptr);
  Made frames;
  bk_error error{};
  const bk_status status = bk_solution_frames(solution->object, &frames.data, &frames.size, &error);
  return status == BK_OK ? frames.copy(env) : throwError(env, error.message, status);
}

constexpr Export WITNESS_FUNCTIONS[] = {{"witnessLoad", witnessLoad},       {"witnessShape", witnessShape},
                         {"witnessRelease", release<WitnessHandle>}, {"witnessSolve", witnessSolve},
                         {"solutionStop", solutionStop},     {"solutionWires", solutionWires},
                         {"solutionFrames", solutionFrames}, {"solutionRelease", release<SolutionHandle>}};

}  // namespace
