# Builds the addon with node-gyp: `node scripts/install-native.mjs`. Kept out of the package's root, where npm would run
# it by itself and fail the installation on machines without a compiler.
{
  "targets": [
    {
      "target_name": "bionoir_kernel",
      "sources": [
        "addon.cpp",
        "src/ceremony.cpp",
        "src/hash.cpp",
        "src/kernel.cpp",
        "src/pool.cpp",
        "src/ultra.cpp",
        "src/mapped.cpp",
        "src/zkey.cpp",
        "src/witness.cpp",
        "src/witness_brillig.cpp",
        "src/witness_forms.cpp",
        "src/witness_program.cpp",
        "src/witness_recipe.cpp",
        "src/witness_solve.cpp",
        "src/engine_portable.cpp",
        "src/engine_adx.cpp",
        "src/engine_ifma.cpp"
      ],
      "cflags_cc!": ["-std=gnu++17", "-std=gnu++20", "-fno-exceptions", "-fno-rtti", "-O2"],
      "cflags_cc": ["-std=c++20", "-O3", "-fomit-frame-pointer", "-fexceptions", "-fvisibility=hidden", "-Wall", "-Wextra", "-Wno-uninitialized"],
      "xcode_settings": {
        "CLANG_CXX_LANGUAGE_STANDARD": "c++20",
        "GCC_ENABLE_CPP_EXCEPTIONS": "YES",
        "GCC_OPTIMIZATION_LEVEL": "3",
        "GCC_SYMBOLS_PRIVATE_EXTERN": "YES"
      }
    }
  ]
}
