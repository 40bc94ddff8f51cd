/*
 * Static probes as systemtap lays them down, by hand: a nop, and a note that says where it is and where its
 * arguments lie. One macro for each number of arguments; sizes are written by the caller, so that every form of an
 * argument can be made.
 */
#ifndef WORKLOAD_USDT_H
#define WORKLOAD_USDT_H

#define USDT_NOTE(provider, name, semaphore, args) USDT_NOTE_AT("nop", provider, name, semaphore, args)
/* With another instruction at its place. */
#define USDT_NOTE_AT(instruction, provider, name, semaphore, args)                                                     \
  "990: " instruction "\n"                                                                                             \
  ".pushsection .note.stapsdt,\"\",\"note\"\n"                                                                         \
  ".balign 4\n"                                                                                                        \
  ".4byte 992f-991f, 994f-993f, 3\n"                                                                                   \
  "991: .asciz \"stapsdt\"\n"                                                                                          \
  "992: .balign 4\n"                                                                                                   \
  "993: .8byte 990b\n"                                                                                                 \
  ".8byte _.stapsdt.base\n"                                                                                            \
  ".8byte " semaphore "\n"                                                                                             \
  ".asciz \"" provider "\"\n"                                                                                          \
  ".asciz \"" name "\"\n"                                                                                              \
  ".asciz \"" args "\"\n"                                                                                              \
  "994: .balign 4\n"                                                                                                   \
  ".popsection\n"                                                                                                      \
  ".ifndef _.stapsdt.base\n"                                                                                           \
  ".pushsection .stapsdt.base,\"aG\",\"progbits\",.stapsdt.base,comdat\n"                                              \
  ".weak _.stapsdt.base\n"                                                                                             \
  ".hidden _.stapsdt.base\n"                                                                                           \
  "_.stapsdt.base: .space 1\n"                                                                                         \
  ".size _.stapsdt.base, 1\n"                                                                                          \
  ".popsection\n"                                                                                                      \
  ".endif\n"

/* `args` as the note holds them, with the operands of the inline assembler: "-4@%0 8@%1". */
#define USDT(provider, name, args, ...) USDT_WITH(provider, name, "0", args, __VA_ARGS__)
#define USDT_WITH(provider, name, semaphore, args, ...)                                                                \
  __asm__ volatile(USDT_NOTE(provider, name, semaphore, args)::__VA_ARGS__ : "memory")

#endif
