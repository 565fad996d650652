// What every file of the C border shares: the objects behind the handles, argument checks, and the one place where
// exceptions become statuses.
#pragma once
#include "engine.h"
#include "zkey.h"

struct bk_kernel {
  const bionoir::Engine* engine;
  bk_path path;
  bionoir::Pool pool;
  bk_kernel(const bionoir::Engine* engine, bk_path path, unsigned threads) : engine(engine), path(path), pool(threads) {}
};
struct bk_key {
  std::unique_ptr<bionoir::EngineKey> data;
  const bionoir::Engine* engine;
};

namespace bionoir {

template <class Body>
bk_status guarded(bk_error* error, const Body& body) {
  Failure failure{BK_INTERNAL, "an unknown exception"};
  try {
    body();
    return BK_OK;
  } catch (const Failure& f) {
    failure = f;
  } catch (const std::bad_alloc&) {
    failure = Failure{BK_NO_MEMORY, "not enough memory"};
  } catch (...) {
  }
  if (error != nullptr) std::memcpy(error->message, failure.message, BK_MESSAGE_MAX);
  return failure.status;
}

inline void need(bool condition, const char* what) {
  if (!condition) fail(BK_BAD_ARGUMENT, "%s", what);
}

inline Supervision watched(const bk_supervision* s) {
  return s == nullptr ? Supervision{} : Supervision{s->cancel, s->progress, s->context};
}

// bk_verify and bk_ultra_verify; `rounds` as in Engine::verify.
void verifyProofs(bk_kernel* kernel, std::size_t rounds, int32_t* valid, Span key, Span publics, Span proofs);

// From the operating system; BK_NO_RANDOMNESS where there is none.
void randomBytes(u8* out, std::size_t size);

}  // namespace bionoir
