// Glue for what ceremonies are made of; part of addon.cpp. Large arrays are pinned and read or written in place while a promise
// is pending; secrets are copied and wiped.
#pragma once

#include <functional>

#include "napi_support.h"

namespace {

struct CeremonyJob final : Job {
  std::function<bk_status(CeremonyJob&, bk_error*)> body;
  std::function<napi_value(napi_env, CeremonyJob&)> finish;
  WipedCopy secret;
  std::vector<uint8_t> out;
  int32_t flag = 0;
  Made zkey;
  bk_status run(bk_error* e) override { return body(*this, e); }
  napi_value result(napi_env env) override { return finish ? finish(env, *this) : undefined(env); }
};

napi_value bytesOf(napi_env env, CeremonyJob& job) { return copyBytes(env, job.out.data(), job.out.size()); }
napi_value flagOf(napi_env env, CeremonyJob& job) { return makeBoolean(env, job.flag != 0); }

// pointsScale(kernel, out, points, scalar, cancel, listener): Promise<void>
napi_value pointsScale(napi_env env, napi_callback_info info) {
  ARGUMENTS(6);
  Draft<CeremonyJob> job(env);
  Bytes out, points, scalar;
  EXPECT(job->useKernel(env, a[0]) && job->useBytes(env, a[1], out) && job->useBytes(env, a[2], points) && readBytes(env, a[3], scalar));
  EXPECT(points.size % 64 == 0 && out.size == points.size && scalar.size == 32);
  job->secret.set(scalar);
  job->body = [out, points](CeremonyJob& j, bk_error* e) {
    return bk_points_scale(j.kernel->object, out.data, e, points.data, points.size / 64, j.secret.data(), &j.supervision);
  };
  return start(env, job, a[4], a[5]);
}

// pointMultiply(kernel, group, point, scalar): Uint8Array
napi_value pointMultiply(napi_env env, napi_callback_info info) {
  ARGUMENTS(4);
  const auto* kernel = readHandle<KernelHandle>(env, a[0]);
  bk_group group;
  size_t size;
  Bytes point, scalar;
  EXPECT(kernel != nullptr && readGroup(env, a[1], group, size) && readBytes(env, a[2], point) && readBytes(env, a[3], scalar));
  EXPECT(point.size == size && scalar.size == 32);
  uint8_t out[128];
  bk_error error{};
  const bk_status status = bk_point_multiply(kernel->object, out, &error, group, point.data, scalar.data);
  return status == BK_OK ? copyBytes(env, out, size) : throwError(env, error.message, status);
}

// pointsCombine(kernel, group, points, scalars, scalarBytes, cancel, listener): Promise<Uint8Array>
napi_value pointsCombine(napi_env env, napi_callback_info info) {
  ARGUMENTS(7);
  Draft<CeremonyJob> job(env);
  bk_group group;
  size_t size;
  Bytes points, scalars;
  uint32_t scalarBytes = 0;
  EXPECT(job->useKernel(env, a[0]) && readGroup(env, a[1], group, size) && job->useBytes(env, a[2], points) &&
         job->useBytes(env, a[3], scalars) && readNumber(env, a[4], scalarBytes));
  EXPECT((scalarBytes == 16 || scalarBytes == 32) && points.size % size == 0 && scalars.size == points.size / size * scalarBytes);
  job->out.resize(size);
  job->body = [group, size, points, scalars, scalarBytes](CeremonyJob& j, bk_error* e) {
    return bk_points_combine(j.kernel->object, j.out.data(), e, group, points.data, scalars.data, scalarBytes, points.size / size,
                             &j.supervision);
  };
  job->finish = bytesOf;
  return start(env, job, a[5], a[6]);
}

// checkSubgroup(kernel, points, seed, cancel, listener): Promise<void>
napi_value checkSubgroup(napi_env env, napi_callback_info info) {
  ARGUMENTS(5);
  Draft<CeremonyJob> job(env);
  Bytes points, seed;
  EXPECT(job->useKernel(env, a[0]) && job->useBytes(env, a[1], points) && readBytes(env, a[2], seed));
  EXPECT(points.size % 128 == 0 && seed.size == 32);
  job->secret.set(seed);
  job->body = [points](CeremonyJob& j, bk_error* e) {
    return bk_points_check_subgroup(j.kernel->object, e, points.data, points.size / 128, j.secret.data(), &j.supervision);
  };
  return start(env, job, a[3], a[4]);
}

// pairingCheck(kernel, g1, g2): Promise<boolean>
napi_value pairingCheck(napi_env env, napi_callback_info info) {
  ARGUMENTS(3);
  Draft<CeremonyJob> job(env);
  Bytes g1, g2;
  EXPECT(job->useKernel(env, a[0]) && job->useBytes(env, a[1], g1) && job->useBytes(env, a[2], g2));
  EXPECT(g1.size % 64 == 0 && g2.size == 2 * g1.size);
  job->body = [g1, g2](CeremonyJob& j, bk_error* e) {
    return bk_pairing_check(j.kernel->object, &j.flag, e, g1.data, g2.data, g1.size / 64);
  };
  job->finish = flagOf;
  return start(env, job);
}

// hashOpen(): Uint8Array(216)
napi_value hashOpen(napi_env env, napi_callback_info) {
  uint8_t* state = nullptr;
  napi_value array = makeBytes(env, BK_HASH_BYTES, &state);
  if (array == nullptr) return nullptr;
  bk_hash_open(state);
  return array;
}
// hashRepeat(kernel, state, bytes, times, cancel, listener): Promise<void>; times below 2^53.
napi_value hashRepeat(napi_env env, napi_callback_info info) {
  ARGUMENTS(6);
  Draft<CeremonyJob> job(env);
  Bytes state, bytes;
  int64_t times = 0;
  EXPECT(job->useKernel(env, a[0]) && job->useBytes(env, a[1], state) && job->useBytes(env, a[2], bytes) &&
         napi_get_value_int64(env, a[3], &times) == napi_ok);
  EXPECT(state.size == BK_HASH_BYTES && times >= 0);
  job->body = [state, bytes, times](CeremonyJob& j, bk_error* e) {
    return bk_hash_repeat(state.data, e, bytes.data, bytes.size, static_cast<uint64_t>(times), &j.supervision);
  };
  return start(env, job, a[4], a[5]);
}
// hashPoints(kernel, state, group, points): Promise<void>
napi_value hashPoints(napi_env env, napi_callback_info info) {
  ARGUMENTS(4);
  Draft<CeremonyJob> job(env);
  bk_group group;
  size_t size;
  Bytes state, points;
  EXPECT(job->useKernel(env, a[0]) && job->useBytes(env, a[1], state) && readGroup(env, a[2], group, size) && job->useBytes(env, a[3], points));
  EXPECT(state.size == BK_HASH_BYTES && points.size % size == 0);
  job->body = [group, size, state, points](CeremonyJob& j, bk_error* e) {
    return bk_hash_points(j.kernel->object, state.data, e, group, points.data, points.size / size);
  };
  return start(env, job);
}
// hashClose(state): Uint8Array(64)
napi_value hashClose(napi_env env, napi_callback_info info) {
  ARGUMENTS(1);
  Bytes state;
  EXPECT(readBytes(env, a[0], state) && state.size == BK_HASH_BYTES);
  uint8_t out[64];
  bk_error error{};
  const bk_status status = bk_hash_close(state.data, &error, out);
  return status == BK_OK ? copyBytes(env, out, sizeof out) : throwError(env, error.message, status);
}
// hashBeacon(kernel, beacon, exponent, cancel, listener): Promise<Uint8Array(32)>
napi_value hashBeacon(napi_env env, napi_callback_info info) {
  ARGUMENTS(5);
  Draft<CeremonyJob> job(env);
  Bytes beacon;
  uint32_t exponent = 0;
  EXPECT(job->useKernel(env, a[0]) && readBytes(env, a[1], beacon) && readNumber(env, a[2], exponent));
  job->secret.set(beacon);
  job->out.resize(32);
  job->body = [exponent](CeremonyJob& j, bk_error* e) {
    return bk_hash_beacon(j.out.data(), e, j.secret.data(), j.secret.size(), exponent, &j.supervision);
  };
  job->finish = bytesOf;
  return start(env, job, a[3], a[4]);
}

// deriveG2(kernel, seed): Uint8Array(128)
napi_value deriveG2(napi_env env, napi_callback_info info) {
  ARGUMENTS(2);
  const auto* kernel = readHandle<KernelHandle>(env, a[0]);
  Bytes seed;
  EXPECT(kernel != nullptr && readBytes(env, a[1], seed) && seed.size == 32);
  uint8_t out[128];
  bk_error error{};
  const bk_status status = bk_derive_g2(kernel->object, out, &error, seed.data);
  return status == BK_OK ? copyBytes(env, out, sizeof out) : throwError(env, error.message, status);
}
// deriveKeys(kernel, seed, count): Uint8Array: count scalars, then count points
napi_value deriveKeys(napi_env env, napi_callback_info info) {
  ARGUMENTS(3);
  const auto* kernel = readHandle<KernelHandle>(env, a[0]);
  Bytes seed;
  uint32_t count = 0;
  EXPECT(kernel != nullptr && readBytes(env, a[1], seed) && seed.size == 32);
  EXPECT(readNumber(env, a[2], count) && count >= 1 && count <= 16);
  uint8_t* out = nullptr;
  napi_value array = makeBytes(env, 96 * count, &out);
  if (array == nullptr) return nullptr;
  bk_error error{};
  const bk_status status = bk_derive_keys(kernel->object, out, out + 32 * count, &error, seed.data, count);
  return status == BK_OK ? array : throwError(env, error.message, status);
}

// lagrangeDual(kernel, values), lagrangeOdd(kernel, values): Promise<void>, in place
template <bool ODD>
napi_value lagrange(napi_env env, napi_callback_info info) {
  ARGUMENTS(2);
  Draft<CeremonyJob> job(env);
  Bytes values;
  uint32_t power = 0;
  EXPECT(job->useKernel(env, a[0]) && readPowerOfTwo(env, a[1], values, power));
  job->pin(env, a[1]);
  job->body = [values, power](CeremonyJob& j, bk_error* e) {
    return (ODD ? bk_lagrange_odd : bk_lagrange_dual)(j.kernel->object, values.data, e, power);
  };
  return start(env, job);
}

// setupPowers(kernel, r1cs, power, parts, cancel, listener): Promise<Uint8Array>; parts in the order of bk_powers
napi_value setupPowers(napi_env env, napi_callback_info info) {
  ARGUMENTS(6);
  Draft<CeremonyJob> job(env);
  Bytes r1cs;
  bk_powers powers{};
  EXPECT(job->useKernel(env, a[0]) && job->useBytes(env, a[1], r1cs) && readNumber(env, a[2], powers.power));
  EXPECT(powers.power >= 1 && powers.power <= 27);
  const size_t n = size_t{1} << powers.power;
  const struct {
    const uint8_t** to;
    size_t size;
  } parts[] = {{&powers.lagrange_tau_g1, 64 * n},  {&powers.lagrange_tau_g2, 128 * n}, {&powers.lagrange_alpha_g1, 64 * n},
               {&powers.lagrange_beta_g1, 64 * n}, {&powers.lagrange_double, 128 * n}, {&powers.tau_g1, 128 * n},
               {&powers.alpha_g1, 64},             {&powers.beta_g1, 64},              {&powers.beta_g2, 128}};
  for (uint32_t i = 0; i < 9; i++) {
    napi_value element;
    Bytes part;
    EXPECT(napi_get_element(env, a[3], i, &element) == napi_ok && job->useBytes(env, element, part) && part.size == parts[i].size);
    *parts[i].to = part.data;
  }
  job->body = [r1cs, powers](CeremonyJob& j, bk_error* e) {
    return bk_setup_powers(j.kernel->object, &j.zkey.data, &j.zkey.size, e, r1cs.data, r1cs.size, &powers, &j.supervision);
  };
  job->finish = [](napi_env e, CeremonyJob& j) { return j.zkey.copy(e); };
  return start(env, job, a[4], a[5]);
}

constexpr Export CEREMONY_FUNCTIONS[] = {{"pointsScale", pointsScale},   {"pointMultiply", pointMultiply},
                          {"pointsCombine", pointsCombine}, {"checkSubgroup", checkSubgroup},
                          {"pairingCheck", pairingCheck}, {"hashOpen", hashOpen},
                          {"hashRepeat", hashRepeat},     {"hashPoints", hashPoints},
                          {"hashClose", hashClose},       {"hashBeacon", hashBeacon},
                          {"deriveG2", deriveG2},         {"deriveKeys", deriveKeys},
                          {"lagrangeDual", lagrange<false>}, {"lagrangeOdd", lagrange<true>},
                          {"setupPowers", setupPowers}};

}  // namespace
