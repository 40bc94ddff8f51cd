/**
 * Words that name a built-in type, so that `(word)` before any operand is a cast and `sizeof(word)` asks for a
 * type. Kernel typedefs end in `_t`. Shared by the parser and the formatter; free of Chevrotain.
 */
export const TYPE_WORD =
  /^(?:u?int(?:8|16|32|64)?|(?:__)?[us](?:8|16|32|64)|(?:__)?(?:le|be)(?:16|32|64)|char|short|long|signed|unsigned|bool|_Bool|void|string|buffer|inet|timestamp|username|\w+_t)$/;
