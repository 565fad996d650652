// Glue for what ceremonies are made of; part of addon.cpp, whose jobs and readers it uses. Large arrays are pinned and read
// or written in place while a promise is pending; secrets are copied and wiped.
#pragma once

#include <functional>

namespace {

struct CeremonyJob final : Job {
  std::function<bk_status(CeremonyJob&, bk_error*)> body;
  std::function<napi_value(napi_env, CeremonyJob&)> finish;
  std::vector<uint8_t> secret;
  std::vector<uint8_t> out;
  int32_t flag = 0;
  uint8_t* zkey = nullptr;
  size_t zkeySize = 0;
  bk_status run(bk_error* e) override { return body(*this, e); }
  napi_value result(napi_env env) override {
    if (finish) return finish(env, *this);
    napi_value nothing;
    napi_get_undefined(env, &nothing);
    return nothing;
  }
  ~CeremonyJob() override {
    bk_free(zkey);
    wipeBytes(secret);
  }
};

napi_value bytesOf(napi_env env, CeremonyJob& job) { return copyBytes(env, job.out.data(), job.out.size()); }
napi_value flagOf(napi_env env, CeremonyJob& job) {
  napi_value out;
  napi_get_boolean(env, job.flag != 0, &out);
  return out;
}

bool readGroup(napi_env env, napi_value value, bk_group& group, size_t& size) {
  uint32_t number = 0;
  if (napi_get_value_uint32(env, value, &number) != napi_ok || (number != BK_G1 && number != BK_G2)) return false;
  group = static_cast<bk_group>(number);
  size = 64 * number;
  return true;
}

// pointsScale(kernel, out, points, scalar, cancel, listener): Promise<void>
napi_value pointsScale(napi_env env, napi_callback_info info) {
  ARGUMENTS(6);
  auto job = std::make_unique<CeremonyJob>();
  job->kernel = readHandle<KernelHandle>(env, a[0]);
  Bytes out, points, scalar;
  EXPECT(job->kernel != nullptr && readBytes(env, a[1], out) && readBytes(env, a[2], points) && readBytes(env, a[3], scalar));
  EXPECT(points.size % 64 == 0 && out.size == points.size && scalar.size == 32);
  job->secret.assign(scalar.data, scalar.data + 32);
  job->body = [out, points](CeremonyJob& j, bk_error* e) {
    return bk_points_scale(j.kernel->object, out.data, e, points.data, points.size / 64, j.secret.data(), &j.supervision);
  };
  pin(env, *job, a[1]);
  pin(env, *job, a[2]);
  return start(env, std::move(job), a[4], a[5]);
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
  auto job = std::make_unique<CeremonyJob>();
  job->kernel = readHandle<KernelHandle>(env, a[0]);
  bk_group group;
  size_t size;
  Bytes points, scalars;
  uint32_t scalarBytes = 0;
  EXPECT(job->kernel != nullptr && readGroup(env, a[1], group, size) && readBytes(env, a[2], points) &&
         readBytes(env, a[3], scalars) && napi_get_value_uint32(env, a[4], &scalarBytes) == napi_ok);
  EXPECT((scalarBytes == 16 || scalarBytes == 32) && points.size % size == 0 && scalars.size == points.size / size * scalarBytes);
  job->out.resize(size);
  job->body = [group, size, points, scalars, scalarBytes](CeremonyJob& j, bk_error* e) {
    return bk_points_combine(j.kernel->object, j.out.data(), e, group, points.data, scalars.data, scalarBytes, points.size / size,
                             &j.supervision);
  };
  job->finish = bytesOf;
  pin(env, *job, a[2]);
  pin(env, *job, a[3]);
  return start(env, std::move(job), a[5], a[6]);
}

// checkSubgroup(kernel, points, seed, cancel, listener): Promise<void>
napi_value checkSubgroup(napi_env env, napi_callback_info info) {
  ARGUMENTS(5);
  auto job = std::make_unique<CeremonyJob>();
  job->kernel = readHandle<KernelHandle>(env, a[0]);
  Bytes points, seed;
  EXPECT(job->kernel != nullptr && readBytes(env, a[1], points) && readBytes(env, a[2], seed));
  EXPECT(points.size % 128 == 0 && seed.size == 32);
  job->secret.assign(seed.data, seed.data + 32);
  job->body = [points](CeremonyJob& j, bk_error* e) {
    return bk_points_check_subgroup(j.kernel->object, e, points.data, points.size / 128, j.secret.data(), &j.supervision);
  };
  pin(env, *job, a[1]);
  return start(env, std::move(job), a[3], a[4]);
}

// pairingCheck(kernel, g1, g2): Promise<boolean>
napi_value pairingCheck(napi_env env, napi_callback_info info) {
  ARGUMENTS(3);
  auto job = std::make_unique<CeremonyJob>();
  job->kernel = readHandle<KernelHandle>(env, a[0]);
  Bytes g1, g2;
  EXPECT(job->kernel != nullptr && readBytes(env, a[1], g1) && readBytes(env, a[2], g2));
  EXPECT(g1.size % 64 == 0 && g2.size == 2 * g1.size);
  job->body = [g1, g2](CeremonyJob& j, bk_error* e) {
    return bk_pairing_check(j.kernel->object, &j.flag, e, g1.data, g2.data, g1.size / 64);
  };
  job->finish = flagOf;
  pin(env, *job, a[1]);
  pin(env, *job, a[2]);
  napi_value nothing;
  napi_get_undefined(env, &nothing);
  return start(env, std::move(job), nothing, nothing);
}

// hashOpen(): Uint8Array(216)
napi_value hashOpen(napi_env env, napi_callback_info) {
  uint8_t* state = nullptr;
  napi_value array = makeBytes(env, BK_HASH_BYTES, &state);
  bk_hash_open(state);
  return array;
}
// hashRepeat(kernel, state, bytes, times, cancel, listener): Promise<void>; times below 2^53.
napi_value hashRepeat(napi_env env, napi_callback_info info) {
  ARGUMENTS(6);
  auto job = std::make_unique<CeremonyJob>();
  job->kernel = readHandle<KernelHandle>(env, a[0]);
  Bytes state, bytes;
  int64_t times = 0;
  EXPECT(job->kernel != nullptr && readBytes(env, a[1], state) && readBytes(env, a[2], bytes) &&
         napi_get_value_int64(env, a[3], &times) == napi_ok);
  EXPECT(state.size == BK_HASH_BYTES && times >= 0);
  job->body = [state, bytes, times](CeremonyJob& j, bk_error* e) {
    return bk_hash_repeat(state.data, e, bytes.data, bytes.size, static_cast<uint64_t>(times), &j.supervision);
  };
  pin(env, *job, a[1]);
  pin(env, *job, a[2]);
  return start(env, std::move(job), a[4], a[5]);
}
// hashPoints(kernel, state, group, points): Promise<void>
napi_value hashPoints(napi_env env, napi_callback_info info) {
  ARGUMENTS(4);
  auto job = std::make_unique<CeremonyJob>();
  job->kernel = readHandle<KernelHandle>(env, a[0]);
  bk_group group;
  size_t size;
  Bytes state, points;
  EXPECT(job->kernel != nullptr && readBytes(env, a[1], state) && readGroup(env, a[2], group, size) && readBytes(env, a[3], points));
  EXPECT(state.size == BK_HASH_BYTES && points.size % size == 0);
  job->body = [group, size, state, points](CeremonyJob& j, bk_error* e) {
    return bk_hash_points(j.kernel->object, state.data, e, group, points.data, points.size / size);
  };
  pin(env, *job, a[1]);
  pin(env, *job, a[3]);
  napi_value nothing;
  napi_get_undefined(env, &nothing);
  return start(env, std::move(job), nothing, nothing);
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
  auto job = std::make_unique<CeremonyJob>();
  job->kernel = readHandle<KernelHandle>(env, a[0]);
  Bytes beacon;
  uint32_t exponent = 0;
  EXPECT(job->kernel != nullptr && readBytes(env, a[1], beacon) && napi_get_value_uint32(env, a[2], &exponent) == napi_ok);
  job->secret.assign(beacon.data, beacon.data + beacon.size);
  job->out.resize(32);
  job->body = [exponent](CeremonyJob& j, bk_error* e) {
    return bk_hash_beacon(j.out.data(), e, j.secret.data(), j.secret.size(), exponent, &j.supervision);
  };
  job->finish = bytesOf;
  return start(env, std::move(job), a[3], a[4]);
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
  EXPECT(napi_get_value_uint32(env, a[2], &count) == napi_ok && count >= 1 && count <= 16);
  uint8_t* out = nullptr;
  napi_value array = makeBytes(env, 96 * count, &out);
  bk_error error{};
  const bk_status status = bk_derive_keys(kernel->object, out, out + 32 * count, &error, seed.data, count);
  return status == BK_OK ? array : throwError(env, error.message, status);
}

// lagrangeDual(kernel, values), lagrangeOdd(kernel, values): Promise<void>, in place
template <bool ODD>
napi_value lagrange(napi_env env, napi_callback_info info) {
  ARGUMENTS(2);
  auto job = std::make_unique<CeremonyJob>();
  job->kernel = readHandle<KernelHandle>(env, a[0]);
  Bytes values;
  EXPECT(job->kernel != nullptr && readBytes(env, a[1], values));
  uint32_t power = 0;
  while (power < 28 && (size_t{32} << power) < values.size) power++;
  EXPECT((size_t{32} << power) == values.size);
  job->body = [values, power](CeremonyJob& j, bk_error* e) {
    return (ODD ? bk_lagrange_odd : bk_lagrange_dual)(j.kernel->object, values.data, e, power);
  };
  pin(env, *job, a[1]);
  napi_value nothing;
  napi_get_undefined(env, &nothing);
  return start(env, std::move(job), nothing, nothing);
}

// setupPowers(kernel, r1cs, power, parts, cancel, listener): Promise<Uint8Array>; parts in the order of bk_powers
napi_value setupPowers(napi_env env, napi_callback_info info) {
  ARGUMENTS(6);
  auto job = std::make_unique<CeremonyJob>();
  job->kernel = readHandle<KernelHandle>(env, a[0]);
  Bytes r1cs;
  bk_powers powers{};
  EXPECT(job->kernel != nullptr && readBytes(env, a[1], r1cs) && napi_get_value_uint32(env, a[2], &powers.power) == napi_ok);
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
    EXPECT(napi_get_element(env, a[3], i, &element) == napi_ok && readBytes(env, element, part) && part.size == parts[i].size);
    *parts[i].to = part.data;
  }
  job->body = [r1cs, powers](CeremonyJob& j, bk_error* e) {
    return bk_setup_powers(j.kernel->object, &j.zkey, &j.zkeySize, e, r1cs.data, r1cs.size, &powers, &j.supervision);
  };
  job->finish = [](napi_env e, CeremonyJob& j) { return copyBytes(e, j.zkey, j.zkeySize); };
  pin(env, *job, a[1]);
  for (uint32_t i = 0; i < 9; i++) {
    napi_value element;
    napi_get_element(env, a[3], i, &element);
    pin(env, *job, element);
  }
  return start(env, std::move(job), a[4], a[5]);
}

constexpr struct {
  const char* name;
  napi_callback call;
} CEREMONY_FUNCTIONS[] = {{"pointsScale", pointsScale},   {"pointMultiply", pointMultiply},
                          {"pointsCombine", pointsCombine}, {"checkSubgroup", checkSubgroup},
                          {"pairingCheck", pairingCheck}, {"hashOpen", hashOpen},
                          {"hashRepeat", hashRepeat},     {"hashPoints", hashPoints},
                          {"hashClose", hashClose},       {"hashBeacon", hashBeacon},
                          {"deriveG2", deriveG2},         {"deriveKeys", deriveKeys},
                          {"lagrangeDual", lagrange<false>}, {"lagrangeOdd", lagrange<true>},
                          {"setupPowers", setupPowers}};

}  // namespace
