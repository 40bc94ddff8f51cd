/** The macros a compiler defines before it reads the first line: those of clang for Linux user programs. */
import type { ArchName } from "../target/arch.js";

/** LP64, little-endian, GNU mode: the same on both architectures. */
const COMMON = `
__STDC__ 1
__STDC_VERSION__ 201710L
__STDC_HOSTED__ 1
__STDC_UTF_16__ 1
__STDC_UTF_32__ 1
__clang__ 1
__clang_major__ 18
__clang_minor__ 1
__clang_patchlevel__ 0
__llvm__ 1
__GNUC__ 4
__GNUC_MINOR__ 2
__GNUC_PATCHLEVEL__ 1
__GNUC_STDC_INLINE__ 1
__GXX_ABI_VERSION 1002
__ELF__ 1
__LP64__ 1
_LP64 1
__linux 1
__linux__ 1
linux 1
__gnu_linux__ 1
__unix 1
__unix__ 1
unix 1
__OPTIMIZE__ 1
__NO_INLINE__ 1
__BYTE_ORDER__ 1234
__ORDER_LITTLE_ENDIAN__ 1234
__ORDER_BIG_ENDIAN__ 4321
__ORDER_PDP_ENDIAN__ 3412
__LITTLE_ENDIAN__ 1
__CHAR_BIT__ 8
__SIZEOF_SHORT__ 2
__SIZEOF_INT__ 4
__SIZEOF_LONG__ 8
__SIZEOF_LONG_LONG__ 8
__SIZEOF_POINTER__ 8
__SIZEOF_SIZE_T__ 8
__SIZEOF_PTRDIFF_T__ 8
__SIZEOF_WCHAR_T__ 4
__SIZEOF_WINT_T__ 4
__SIZEOF_FLOAT__ 4
__SIZEOF_DOUBLE__ 8
__SIZEOF_LONG_DOUBLE__ 16
__SIZEOF_INT128__ 16
__POINTER_WIDTH__ 64
__BIGGEST_ALIGNMENT__ 16
__SCHAR_MAX__ 127
__SHRT_MAX__ 32767
__INT_MAX__ 2147483647
__LONG_MAX__ 9223372036854775807L
__LONG_LONG_MAX__ 9223372036854775807LL
__SIZE_TYPE__ long unsigned int
__PTRDIFF_TYPE__ long int
__WINT_TYPE__ unsigned int
__INTMAX_TYPE__ long int
__UINTMAX_TYPE__ long unsigned int
__INTPTR_TYPE__ long int
__UINTPTR_TYPE__ long unsigned int
__INT8_TYPE__ signed char
__INT16_TYPE__ short
__INT32_TYPE__ int
__INT64_TYPE__ long int
__UINT8_TYPE__ unsigned char
__UINT16_TYPE__ unsigned short
__UINT32_TYPE__ unsigned int
__UINT64_TYPE__ long unsigned int
__CHAR16_TYPE__ unsigned short
__CHAR32_TYPE__ unsigned int
__USER_LABEL_PREFIX__
__REGISTER_PREFIX__
`;
const X86_64 = `
__x86_64 1
__x86_64__ 1
__amd64 1
__amd64__ 1
__WCHAR_TYPE__ int
__WCHAR_MAX__ 2147483647
__SSE__ 1
__SSE2__ 1
__MMX__ 1
`;
const ARM64 = `
__aarch64__ 1
__AARCH64EL__ 1
__ARM_64BIT_STATE 1
__ARM_ARCH 8
__ARM_NEON 1
__CHAR_UNSIGNED__ 1
__WCHAR_TYPE__ unsigned int
__WCHAR_MAX__ 4294967295U
`;

/** The text that defines them. */
export function predefinedText(arch: ArchName): string {
  const lines = `${COMMON}${arch === "aarch64" ? ARM64 : X86_64}`.split("\n").filter((line) => line !== "");
  return lines.map((line) => `#define ${line}\n`).join("");
}
