/**
 * The headers a C compiler brings itself (C11 clause 4: those of a freestanding implementation), for x86-64 and
 * arm64 Linux. The machine may have no compiler, and these must not depend on which one it has. Where the C
 * library has a fuller version (stdint.h, limits.h), that one is taken as a compiler would: by #include_next.
 */

const STDDEF = `
#pragma once
typedef __SIZE_TYPE__ size_t;
typedef __PTRDIFF_TYPE__ ptrdiff_t;
typedef __WCHAR_TYPE__ wchar_t;
typedef __WINT_TYPE__ wint_t;
#include <__stddef_max_align_t.h>
#undef NULL
#define NULL ((void *)0)
#define offsetof(type, member) __builtin_offsetof(type, member)
`;

// The names of the members are clang's: scripts may not see them, but tests of types do.
const MAX_ALIGN = `
#pragma once
typedef struct {
  long long __clang_max_align_nonce1 __attribute__((__aligned__(__alignof__(long long))));
  long double __clang_max_align_nonce2 __attribute__((__aligned__(__alignof__(long double))));
} max_align_t;
`;

const STDARG = `
#pragma once
typedef __builtin_va_list va_list;
typedef __builtin_va_list __gnuc_va_list;
`;

const STDBOOL = `
#pragma once
#define bool _Bool
#define true 1
#define false 0
#define __bool_true_false_are_defined 1
`;

const STDINT = `
#if __has_include_next(<stdint.h>)
#include_next <stdint.h>
#else
#pragma once
typedef signed char int8_t;
typedef short int16_t;
typedef int int32_t;
typedef long int64_t;
typedef unsigned char uint8_t;
typedef unsigned short uint16_t;
typedef unsigned int uint32_t;
typedef unsigned long uint64_t;
typedef signed char int_least8_t;
typedef short int_least16_t;
typedef int int_least32_t;
typedef long int_least64_t;
typedef unsigned char uint_least8_t;
typedef unsigned short uint_least16_t;
typedef unsigned int uint_least32_t;
typedef unsigned long uint_least64_t;
typedef signed char int_fast8_t;
typedef long int_fast16_t;
typedef long int_fast32_t;
typedef long int_fast64_t;
typedef unsigned char uint_fast8_t;
typedef unsigned long uint_fast16_t;
typedef unsigned long uint_fast32_t;
typedef unsigned long uint_fast64_t;
typedef long intptr_t;
typedef unsigned long uintptr_t;
typedef long intmax_t;
typedef unsigned long uintmax_t;
#define INT8_MIN (-128)
#define INT16_MIN (-32768)
#define INT32_MIN (-2147483647 - 1)
#define INT64_MIN (-9223372036854775807L - 1)
#define INT8_MAX 127
#define INT16_MAX 32767
#define INT32_MAX 2147483647
#define INT64_MAX 9223372036854775807L
#define UINT8_MAX 255
#define UINT16_MAX 65535
#define UINT32_MAX 4294967295U
#define UINT64_MAX 18446744073709551615UL
#define INTPTR_MIN INT64_MIN
#define INTPTR_MAX INT64_MAX
#define UINTPTR_MAX UINT64_MAX
#define SIZE_MAX UINT64_MAX
#endif
`;

const LIMITS = `
#if __has_include_next(<limits.h>)
#ifndef _GCC_LIMITS_H_
#define _GCC_LIMITS_H_
#endif
#include_next <limits.h>
#endif
#ifndef __TSBT_LIMITS
#define __TSBT_LIMITS
#undef CHAR_BIT
#define CHAR_BIT 8
#undef SCHAR_MAX
#define SCHAR_MAX 127
#undef SCHAR_MIN
#define SCHAR_MIN (-128)
#undef UCHAR_MAX
#define UCHAR_MAX 255
#undef CHAR_MAX
#undef CHAR_MIN
#ifdef __CHAR_UNSIGNED__
#define CHAR_MAX UCHAR_MAX
#define CHAR_MIN 0
#else
#define CHAR_MAX SCHAR_MAX
#define CHAR_MIN SCHAR_MIN
#endif
#undef SHRT_MAX
#define SHRT_MAX 32767
#undef SHRT_MIN
#define SHRT_MIN (-32768)
#undef USHRT_MAX
#define USHRT_MAX 65535
#undef INT_MAX
#define INT_MAX 2147483647
#undef INT_MIN
#define INT_MIN (-2147483647 - 1)
#undef UINT_MAX
#define UINT_MAX 4294967295U
#undef LONG_MAX
#define LONG_MAX 9223372036854775807L
#undef LONG_MIN
#define LONG_MIN (-9223372036854775807L - 1L)
#undef ULONG_MAX
#define ULONG_MAX 18446744073709551615UL
#undef LLONG_MAX
#define LLONG_MAX 9223372036854775807LL
#undef LLONG_MIN
#define LLONG_MIN (-9223372036854775807LL - 1LL)
#undef ULLONG_MAX
#define ULLONG_MAX 18446744073709551615ULL
#endif
`;

const HEADERS: Readonly<Record<string, string>> = {
  "stddef.h": STDDEF,
  "__stddef_max_align_t.h": MAX_ALIGN,
  "stdarg.h": STDARG,
  "stdbool.h": STDBOOL,
  "stdint.h": STDINT,
  "limits.h": LIMITS,
  "float.h": "#pragma once\n",
  "stdalign.h": "#pragma once\n#define alignas _Alignas\n#define alignof _Alignof\n",
  "stdnoreturn.h": "#pragma once\n#define noreturn _Noreturn\n",
  "stdatomic.h": "#pragma once\n",
  "iso646.h": "#pragma once\n",
};

export function compilerHeader(name: string): string | undefined {
  return Object.hasOwn(HEADERS, name) ? HEADERS[name] : undefined;
}
